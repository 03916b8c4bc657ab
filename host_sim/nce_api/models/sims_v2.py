"""SIMs, version 2 of the API: status, quotas and SMS."""

from typing import Literal

from pydantic import Field

from nce_api.models.sides import Answer, OpenRequest
from nce_api.models.sims import AddressTypeId, SimState, SmsDirection

QuotaStateId = Literal[0, 1, 2]
QuotaStateName = Literal["EXHAUSTED", "ACTIVE", "EXPIRED"]
QuotaService = Literal["sms", "data"]
SessionWithBlock = Literal["ONLINE", "ATTACHED", "OFFLINE", "BLOCKED"]
TrafficLimit = Literal["REACHED", "NOT_REACHED"]
SmsStateName = Literal["DELIVERED", "FAILED", "PENDING", "EXPIRED"]
SmsStateId = Literal[4, 5, 2, 6]
SmsTypeId = Literal[1, 2]


class SimUpdate(OpenRequest):
    """How a SIM shall be; what is left out stays."""

    iccid: str | None = None
    label: str | None = None
    imei_lock: bool | None = None
    status: SimState | None = None


class QuotaState(Answer):
    """Whether a quota can be used."""

    id: QuotaStateId | int | None = None
    description: QuotaStateName | str | None = None


class Quota(Answer):
    """What is left of data (MB) or SMS."""

    id: int | None = None
    status: QuotaState | None = None
    volume: float | None = None
    total_volume: float | None = None
    accumulated_total_volume: float | None = None
    last_volume_added: float | None = None
    service: QuotaService | str | None = None
    threshold_percentage: int | None = None
    threshold_volume: float | None = None
    expiry_date: str | None = None
    created_at: str | None = None


class SessionState(Answer):
    """Whether a SIM is attached, has a session, or is blocked."""

    description: SessionWithBlock | str


class TrafficLimitState(Answer):
    """Whether the monthly limit is reached."""

    description: TrafficLimit | str


class OperatorCountry(Answer):
    """An operator's country."""

    id: int
    name: str
    iso_code: str


class Operator(Answer):
    """A mobile operator."""

    id: int
    name: str
    mnc: str
    country: OperatorCountry


class LocationCountry(Answer):
    """A country."""

    country_id: str
    name: str
    country_code: str
    mcc: str
    iso_code: str


class Location(Answer):
    """Where a SIM is registered."""

    iccid: str
    imsi: str
    last_updated: str | None = None
    sgsn_number: str | None = None
    vlr_number: str | None = None
    operator_id: str | None = None
    msc: str | None = None
    sgsn_ip_address: str | None = None
    mme_name: str | None = None
    mme_realm: str | None = None
    sgsn_name: str | None = None
    sgsn_realm: str | None = None
    operator: Operator | None = None
    country: LocationCountry | None = None


class UliV1(Answer):
    """Where the device is, as 2G and 3G say it."""

    lac: str | None = None
    ci: str | None = None
    sac: str | None = None
    rac: str | None = None


class Cgi(Answer):
    """A cell: its location area and number."""

    lac: str | None = None
    ci: str | None = None


class Sai(Answer):
    """A service area."""

    lac: str | None = None
    sac: str | None = None


class Rai(Answer):
    """A routing area."""

    lac: str | None = None
    rac: str | None = None


class UliV2(Answer):
    """Where the device is, as 4G says it."""

    cgi: Cgi | None = None
    sai: Sai | None = None
    rai: Rai | None = None
    tac: str | None = None
    eci: str | None = None
    lac: str | None = None
    menbi: str | None = None
    emenbi: str | None = None


class RatType(Answer):
    """How the device reaches the network."""

    rat_type_id: str
    description: str


class PdpContext(Answer):
    """A data session, every value as text."""

    pdp_context_id: str
    endpoint_id: str
    tariff_id: str
    ratezone_id: str
    organisation_id: str
    imsi_id: str
    imsi: str
    sim_id: str
    tx_teid_data_plane: str
    tx_teid_control_plane: str
    rx_teid: str
    rx_teid_data_plane: str
    rx_teid_control_plane: str
    gtp_version: str
    nsapi: str
    sgsn_control_plane_ip_address: str
    sgsn_data_plane_ip_address: str
    ggsn_control_plane_ip_address: str
    ggsn_data_plane_ip_address: str
    created: str
    mcc: str
    mnc: str
    operator_id: str | None = None
    lac: str
    ci: str
    sac: str
    rac: str
    gtp_v1_uli: UliV1 | None = None
    gtp_v2_uli: UliV2 | None = None
    ue_ip_address: str
    imeisv: str
    rat_type: RatType
    region: str
    apn: str
    ipcan_session_id: str | None = None


class Connectivity(Answer):
    """Whether a SIM is attached and which sessions it has."""

    status: SessionState
    data_traffic_limit_state: TrafficLimitState | None = None
    location: Location | None = None
    pdp_contexts: list[PdpContext] | None = None
    services: list[str]


class SmsAddressType(OpenRequest):
    """145 international, 161 national, 208 letters."""

    id: AddressTypeId | None = None


class NewSms(OpenRequest):
    """An SMS to a device."""

    source_address: str | None = None
    payload: str | None = None
    udh: str | None = Field(default=None, pattern="^([0-9a-fA-F])*$")
    dcs: int | None = None
    source_address_type: SmsAddressType | None = None
    expiry_date: str | None = None


class SmsId(Answer):
    """The number of an SMS."""

    id: str | None = None


class Named(Answer):
    """A number and a name."""

    id: int | None = None
    name: str | None = None


class SmsStatus(Answer):
    """How far an SMS is."""

    description: SmsStateName | str | None = None
    id: SmsStateId | int | None = None


class SmsType(Answer):
    """To the device (MT) or from it (MO)."""

    description: SmsDirection | str | None = None
    id: SmsTypeId | int | None = None


class Described(Answer):
    """A number and what it stands for."""

    description: str | None = None
    id: int | None = None


class Sms(Answer):
    """An SMS."""

    submit_date: str | None = None
    delivery_date: str | None = None
    expiry_date: str | None = None
    final_date: str | None = None
    retry_date: str | None = None
    last_delivery_attempt: str | None = None
    retry_count: int | None = None
    gsm_map_error: str | None = None
    dcs: int | None = None
    pid: int | None = None
    source_address: str | None = None
    endpoint: Named | None = None
    sim_id: int | None = None
    iccid: str | None = None
    msisdn: str | None = None
    imsi: str | None = None
    msc: int | None = None
    udh: str | None = None
    payload: str | None = None
    id: int | None = None
    status: SmsStatus | None = None
    sms_type: SmsType | None = None
    source_address_type: Described | None = None
