"""SIMs, version 1 of the API (it retires on 2026-12-31), and what version 2 shares with it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from nce_api.models.sides import Answer, OpenRequest

SimState = Literal["Enabled", "Disabled"]
RadioName = Literal["2G", "3G", "4G", "5G", "NB-IoT"]
Session = Literal["OFFLINE", "ONLINE", "ATTACHED"]
SmsDirection = Literal["MT", "MO"]
AddressTypeId = Literal[145, 161, 208]
CodingScheme = Literal[0, 4, 8]
LimitedService = Literal["data", "smsMO", "smsMT"]
# The document spells it with a hyphen.
IsoCode = Annotated[str | None, Field(validation_alias="iso-code", serialization_alias="iso-code")]


class QuotaStatus(Answer):
    """How much is left: 0 more than 20 %, 1 less, 2 nothing."""

    id: int | None = None
    description: str | None = None
    threshold_reached_date: str | None = None
    quota_exceeded_date: str | None = None


class Sim(Answer):
    """A SIM, in both versions of the API."""

    iccid: str | None = None
    iccid_with_luhn: str | None = None
    imsi: str | None = None
    imsi_2: str | None = None
    current_imsi: str | None = None
    msisdn: str | None = None
    imei: str | None = None
    imei_lock: bool | None = None
    status: SimState | str | None = None
    activation_date: str | None = None
    ip_address: str | None = None
    current_quota: float | None = None
    quota_status: QuotaStatus | None = None
    current_quota_SMS: int | None = None
    quota_status_SMS: QuotaStatus | None = None
    label: str | None = None


class SimUpdate(OpenRequest):
    """How a SIM shall be."""

    iccid: str
    label: str | None = None
    imei_lock: bool = False
    status: SimState


SimUpdates = list[SimUpdate]
"""How several SIMs shall be."""


class IccidRange(OpenRequest):
    """SIMs whose numbers follow one another."""

    # `from` is a word of Python.
    model_config = ConfigDict(validate_by_name=True)

    from_: str | None = Field(default=None, validation_alias="from", serialization_alias="from")
    to: str | None = None


class SimTransfer(OpenRequest):
    """SIMs that move to another organisation of the same customer."""

    target_organisation: int | None = None
    iccid_ranges: list[IccidRange] | None = None
    iccids: list[str] | None = None


class OperatorCountry(Answer):
    """An operator's country."""

    model_config = ConfigDict(validate_by_name=True)

    id: str | None = None
    name: str | None = None
    iso_code: IsoCode = None


class Operator(Answer):
    """A mobile operator."""

    id: str | None = None
    name: str | None = None
    country: OperatorCountry | None = None


class Country(Answer):
    """A country."""

    model_config = ConfigDict(validate_by_name=True)

    country_id: str | None = None
    name: str | None = None
    country_code: str | None = None
    mcc: str | None = None
    iso_code: IsoCode = None
    latitude: str | None = None
    longitude: str | None = None


class Location(Answer):
    """Where a SIM is registered."""

    iccid: str | None = None
    imsi: str | None = None
    last_updated: str | None = None
    last_updated_gprs: str | None = None
    sgsn_number: str | None = None
    vlr_number: str | None = None
    vlr_number_np: str | None = None
    msc_number_np: str | None = None
    sgsn_number_np: str | None = None
    operator_id: str | None = None
    msc: str | None = None
    sgsn_ip_address: str | None = None
    operator: Operator | None = None
    country: Country | None = None


class RatType(Answer):
    """How the device reaches the network."""

    rat_type_id: str | None = None
    description: RadioName | str | None = None


class PdpContext(Answer):
    """A data session, every value as text."""

    pdp_context_id: str | None = None
    endpoint_id: str | None = None
    tariff_profile_id: str | None = None
    tariff_id: str | None = None
    ratezone_id: str | None = None
    organisation_id: str | None = None
    imsi_id: str | None = None
    imsi: str | None = None
    sim_id: str | None = None
    teid_data_plane: str | None = None
    teid_control_plane: str | None = None
    gtp_version: str | None = None
    nsapi: str | None = None
    sgsn_control_plane_ip_address: str | None = None
    sgsn_data_plane_ip_address: str | None = None
    ggsn_control_plane_ip_address: str | None = None
    ggsn_data_plane_ip_address: str | None = None
    created: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    operator_id: str | None = None
    lac: str | None = None
    ci: str | None = None
    ue_ip_address: str | None = None
    imeisv: str | None = None
    duration: str | None = None
    rat_type: RatType | None = None


class Connectivity(Answer):
    """Whether a SIM is attached and has a session."""

    status: Session | str | None = None
    location: Location | None = None
    pdp_context: PdpContext | None = None
    services: list[str] | None = None


class CellGlobalId(Answer):
    """A cell."""

    cid: int | None = None
    lac: int | None = None
    mcc: str | None = None
    mnc: str | None = None


class SubscriberLocation(Answer):
    """The cell that a SIM was last seen in."""

    current_location_retrieved: bool | None = None
    age_of_location: int | None = None
    cell_global_id: CellGlobalId | None = None


class SubscriberInfo(Answer):
    """What the visited network says about a SIM."""

    success: bool | None = None
    state: str | None = None
    location: SubscriberLocation | None = None


class UssdInfo(Answer):
    """Whether the device answered."""

    success: bool | None = None
    error: str | None = None


class ConnectivityInfo(Answer):
    """What the visited network says; 2G and 3G only."""

    ussd_info: UssdInfo | None = None
    subscriber_info: SubscriberInfo | None = None
    request_timestamp: str | None = None
    reply_timestamp: str | None = None


class Event(Answer):
    """An event of a SIM."""

    timestamp: str | None = None
    event_type: str | None = None
    iccid: str | None = None
    imei: str | None = None
    imsi: str | None = None
    country: str | None = None
    operator: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    alert: bool | None = None
    event_severity: str | None = None


class EventPage(Answer):
    """Events of a SIM."""

    events: list[Event] | None = None
    totalEvents: int | None = None
    totalPages: int | None = None


class TrafficType(Answer):
    """5 data, 6 SMS."""

    description: str | None = None
    id: int | None = None
    unit: str | None = None


class Currency(Answer):
    """The currency of a cost."""

    id: int | None = None
    symbol: str | None = None
    code: str | None = None


class Usage(Answer):
    """Traffic of one day, every number as text: MB, or messages."""

    cost: str | None = None
    currency: Currency | None = None
    traffic_type: TrafficType | None = None
    volume: str | None = None
    volume_rx: str | None = None
    volume_tx: str | None = None


class UsageDay(Answer):
    """Data and SMS of one day."""

    data: Usage | None = None
    date: str | None = None
    sms: Usage | None = None


class DailyUsage(Answer):
    """Data and SMS, day by day."""

    stats: list[UsageDay] | None = None


class Quota(Answer):
    """What is left of data (MB) or SMS."""

    volume: float | None = None
    total_volume: float | None = None
    expiry_date: str | None = None
    peak_throughput: int | None = None
    last_volume_added: float | None = None
    last_status_change_date: str | None = None
    threshold_percentage: int | None = None


class SmsStatus(Answer):
    """How far an SMS is."""

    id: int | None = None
    description: str | None = None


class SmsType(Answer):
    """To the device (MT) or from it (MO)."""

    id: int | None = None
    description: SmsDirection | str | None = None


class AddressType(Answer):
    """145 international, 161 national, 208 letters."""

    id: AddressTypeId | int | None = None


class Sms(Answer):
    """An SMS."""

    id: int | None = None
    submit_date: str | None = None
    delivery_date: str | None = None
    expiry_date: str | None = None
    final_date: str | None = None
    retry_date: str | None = None
    last_delivery_attempt: str | None = None
    retry_count: str | None = None
    source_address: str | None = None
    iccid: str | None = None
    msisdn: str | None = None
    imsi: str | None = None
    msc: str | None = None
    dcs: CodingScheme | int | None = None
    udh: str | None = None
    payload: str | None = None
    status: SmsStatus | None = None
    sms_type: SmsType | None = None
    source_address_type: AddressType | None = None


class SmsAddressType(OpenRequest):
    """145 international, 161 national, 208 letters."""

    id: AddressTypeId | None = None


class NewSms(OpenRequest):
    """An SMS to a device."""

    source_address: str | None = None
    payload: str | None = None
    udh: str | None = None
    dcs: int | None = None
    source_address_type: SmsAddressType | None = None
    expiry_date: str | None = None


TopUpIccids = list[str]
"""ICCIDs of the SIMs that get more volume."""


class AutoTopUp(OpenRequest):
    """SIMs that get more volume by themselves when 20 % are left."""

    enabled: bool | None = None
    iccids: list[str] | None = None


class Limit(Answer):
    """A monthly limit."""

    id: int | None = None
    limit: str | None = None
    unit: str | None = None


class Limits(Answer):
    """Monthly limits of all SIMs."""

    data: Limit | None = None
    smsMt: Limit | None = None
    smsMo: Limit | None = None


class LimitsUpdate(OpenRequest):
    """Monthly limits of all SIMs, by their numbers."""

    dataLimitId: int | None = None
    smsMtLimitId: int | None = None
    smsMoLimitId: int | None = None


class Extension(OpenRequest):
    """SIMs whose lifetime is extended."""

    iccids: list[str] | None = None
    productId: int | None = None
