"""Events of SIMs, version 2 of the API: what the Data Streamer sends as well."""

from typing import Literal

from nce_api.models.sides import Answer
from nce_api.models.sims_v2 import Described, Named, Quota

FailureCause = Literal[
    "IMSI_NOT_FOUND",
    "APN_NOT_AUTHORIZED",
    "PDN_NOT_SUPPORTED",
    "IMEI_LOCK_BREACHED",
    "NO_QUOTA_FOUND",
    "QUOTA_EXPIRED",
    "QUOTA_EXHAUSTED",
    "MONTHLY_USAGE_LIMIT_EXCEEDED",
    "DATA_SERVICE_BARRED",
    "IMEI_LOCK_ENFORCED",
    "INACTIVITY_TIMER_EXPIRED",
]


class Country(Answer):
    """A country."""

    id: int | None = None
    name: str | None = None
    country_code: str | None = None
    mcc: str | None = None
    iso_code: str | None = None


class TapCode(Answer):
    """An operator's code in roaming records."""

    id: int | None = None
    tapcode: str | None = None


class NetworkCode(Answer):
    """An operator's network code."""

    id: int | None = None
    mnc: str | None = None


class LocationDetail(Answer):
    """The network that a device registered in, or why it could not."""

    id: int | None = None
    name: str | None = None
    country: Country | None = None
    tapcode: list[TapCode] | None = None
    mnc: list[NetworkCode] | None = None
    update_location_failure_reason: str | None = None


class Volume(Answer):
    """MB of one session."""

    tx: float | None = None
    rx: float | None = None
    total: float | None = None


class RecordedUliV1(Answer):
    """Where the device is, as 2G and 3G say it."""

    lac: int | None = None
    ci: int | None = None
    sac: int | None = None
    rac: int | None = None


class RecordedCgi(Answer):
    """A cell: its location area and number."""

    lac: int | None = None
    ci: int | None = None


class RecordedSai(Answer):
    """A service area."""

    lac: int | None = None
    sac: int | None = None


class RecordedRai(Answer):
    """A routing area."""

    lac: int | None = None
    rac: int | None = None


class RecordedUliV2(Answer):
    """Where the device is, as 4G says it."""

    cgi: RecordedCgi | None = None
    sai: RecordedSai | None = None
    rai: RecordedRai | None = None
    tac: int | None = None
    eci: int | None = None
    lac: int | None = None
    menbi: int | None = None
    emenbi: int | None = None


class RecordedPdpContext(Answer):
    """A data session as events record it: numbers."""

    tariff_id: str | None = None
    operator_id: str | None = None
    ratezone_id: str | None = None
    nsapi: int | None = None
    sgsn_control_plane_ip_address: str | None = None
    rac: int | None = None
    sgsn_data_plane_ip_address: str | None = None
    ci: int | None = None
    lac: int | None = None
    ue_ip_address: str | None = None
    mnc: str | None = None
    rat_type: int | None = None
    tx_teid_data_plane: int | None = None
    rx_teid: int | None = None
    ggsn_data_plane_ip_address: str | None = None
    mcc: str | None = None
    tx_teid_control_plane: int | None = None
    ggsn_control_plane_ip_address: str | None = None
    sac: int | None = None
    gtp_version: int | None = None
    apn: str | None = None
    imeisv: str | None = None
    imsi: str | None = None
    breakout_ip: str | None = None
    pdp_context_id: int | None = None
    tunnel_created: str | None = None
    region: str | None = None
    ipcan_session_id: str | None = None
    gtp_v1_uli: RecordedUliV1 | None = None
    gtp_v2_uli: RecordedUliV2 | None = None


class PdpDetail(Answer):
    """A data session that began or ended, or why it could not."""

    id: int | None = None
    name: str | None = None
    country: Country | None = None
    volume: Volume | None = None
    data_service_failure_cause: FailureCause | str | None = None
    pdp_context: RecordedPdpContext | None = None


class QuotaThreshold(Answer):
    """When 1NCE warns."""

    percentage: int | None = None
    volume: float | None = None


class QuotaDetail(Answer):
    """The quota that an event is about."""

    volume: float | None = None
    threshold_volume: float | None = None
    threshold_percentage: int | None = None
    threshold: QuotaThreshold | None = None
    id: int | None = None
    expiry_date: str | None = None
    total_volume: float | None = None


class QuotaEventDetail(Answer):
    """The quota that an event is about, and its pool."""

    quota: QuotaDetail | Quota
    regional_pool: Named | None = None


class VpnClient(Answer):
    """A client of the VPN."""

    version: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None


class VpnDetail(Answer):
    """A client of the VPN."""

    vpn_id: int | None = None
    region: str | None = None
    client: VpnClient | None = None


class EventEndpoint(Answer):
    """The device, as the network knows it."""

    id: int | None = None
    name: str | None = None
    ip_address: str | None = None
    imei: str | None = None


class EventSim(Answer):
    """The SIM."""

    id: int | None = None
    iccid: str | None = None
    msisdn: str | None = None


class EventImsi(Answer):
    """The IMSI that was used."""

    id: int | None = None
    imsi: str | None = None


class RecordedEvent(Answer):
    """An event of a SIM, as the Data Streamer sends it."""

    id: int | None = None
    event_type: Described | None = None
    timestamp: str | None = None
    alert: bool | None = None
    user: str | None = None
    description: str | None = None
    event_source: Described | None = None
    event_severity: Described | None = None
    organisation: Named | None = None
    endpoint: EventEndpoint | None = None
    sim: EventSim | None = None
    imsi: EventImsi | None = None
    detail: LocationDetail | PdpDetail | QuotaEventDetail | VpnDetail | None = None
