"""The assumptions of the simulated network and modem, where a choice had to be made.

Each field is a fact that you may want to change; its mark names the source:

    [D] documented by 1NCE or the modem's vendor      [F] seen in a log or capture
    [S] a standard (3GPP, ITU-T)                      [U] undocumented: ours, change it freely

    World(seed=1, settings=Settings(network=NetworkSettings(backbone_latency_ms=40)))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from nce_sim.link_profile import LTE_M, LinkProfile


@dataclass(frozen=True)
class TcpSettings:
    """TCP as every host of the world speaks it: modems and hosts on the internet."""

    send_buffer: int = 8_192  # [U] bytes that wait for their acknowledgement
    receive_buffer: int = 8_192  # [U] bytes that wait to be read: the largest window
    first_rto_ms: int = 1_000  # [S] RFC 6298, 2.1
    least_rto_ms: int = 1_000  # [S] RFC 6298, 2.4
    most_rto_ms: int = 60_000  # [S] RFC 6298, 2.5: at least that
    most_syn_repeats: int = 6  # [U] 127 s for an answer at first; RFC 9293, 3.8.3 wants 3 minutes
    most_repeats: int = 12  # [U] some 8 minutes; RFC 9293, 3.8.3: at least 100 s
    time_wait_ms: int = 240_000  # [S] twice the MSL of RFC 9293, 3.4.2; Linux has 60 s
    most_in_time_wait: int = 64  # [U] of one host; the oldest is forgotten first
    fin_wait_2_ms: int = 60_000  # [U] for the peer's FIN after a close; Linux has the same
    most_half_open: int = 64  # [U] handshakes of one host's listeners under way


@dataclass(frozen=True)
class NetworkSettings:
    """The account, the core network and its names."""

    account_block: str = (
        "10.160.0.0/24"  # [D] a /24 out of 10.160.0.0/11; which one is free to choose
    )
    # [D] the next /24 whenever one is used up; [U] which: those up to the end of its /16
    next_account_blocks: tuple[str, ...] = tuple(
        f"10.160.{number}.0/24" for number in range(1, 256)
    )
    # [D] all 256 of a /24 (another text of 1NCE's: 254); [U] which comes first, `.0` is the last
    first_host: int = 1
    apn: str = "iot.1nce.net"  # [D] new SIMs of Platform 2.0 have "sensor.net" [D]
    coap_host: str = "10.60.2.219"  # [F]
    udp_host: str = "10.60.2.239"  # [F]
    lwm2m_host: str = "10.60.2.240"  # [U]
    proxy_host: str = "10.60.2.241"  # [U]
    controller_host: str = "10.60.2.242"  # [U] actions come from it, not from an endpoint [D]
    onboarding_host: str = "10.60.2.243"  # [U] the older onboarding, over HTTP
    dns_host: str = "10.60.0.53"  # [U] 1NCE hands out 8.8.8.8 and 8.8.4.4
    # [F] 1NCE answers with two addresses per name, here it is one: name the pair to have it so.
    more_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dns_ttl_s: int = 60  # [U]
    dns_patience_ms: int = 20_000  # [U] then a look-up without coverage fails
    backbone_latency_ms: int = 5  # [U] between gateway and service, each way
    ping_hops: int = 9  # [U] routers between a device and a host that it pings
    an_empty_apn_is_accepted: bool = False  # [D] "no auto-APN"; the answer to a wrong one is [F]
    public_dns_hosts: tuple[str, ...] = ("8.8.8.8", "8.8.4.4")  # [D]
    rate_bps: int | None = (
        1_000_000  # [D] each way of a PDP session; None is as fast as the air interface
    )
    # [D] Platform 2.0 drops the excess; 1.0 leaves it to the visited network: here it queues
    excess_is_dropped: bool = False
    rate_queue_ms: int = 1_000  # [U] how long the queue may get; the burst when excess is dropped
    breakout_mode: str = "Manual"  # [D] new accounts are "Automatic": without 1NCE OS and VPN
    breakout_region: str = "Frankfurt"  # [D] one of `regions`
    regions: Mapping[str, str] = field(  # [D] the names, [U] the public addresses
        default_factory=lambda: {
            "Frankfurt": "198.51.100.1",
            "N. California": "198.51.100.2",
            "N. Virginia": "198.51.100.3",
            "Tokyo": "198.51.100.4",
            "Sao Paulo": "198.51.100.5",
        }
    )
    # [D] in Manual mode; the service description of 2023 (3) has Frankfurt alone
    os_regions: tuple[str, ...] = ("Frankfurt", "N. Virginia")
    udp_idle_s: int = 120  # [D] an older, hidden text says 350
    tcp_idle_s: int = 600  # [D]
    # [U] a TCP segment whose NAT binding ended is answered by RST; else nobody answers
    tcp_forgotten_is_reset: bool = False
    tcp: TcpSettings = field(default_factory=TcpSettings)
    # [U] who may answer through an open NAT binding: only hosts that the device wrote to, or all
    nat_is_open_to_anybody: bool = False
    nat_inbound_keeps_alive: bool = True  # [U]
    buffered_in_psm: int = 0  # [U] datagrams kept for a device that sleeps; more are lost

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """All names the network knows, in lower case, with their addresses."""
        return {
            "coap.os.1nce.com": (self.coap_host,),
            "udp.os.1nce.com": (self.udp_host,),
            "lwm2m.os.1nce.com": (self.lwm2m_host,),
            # The documents spell it with `coaps` for DTLS; 1NCE's own client does not.
            "device.connectivity-suite.cloud": (self.onboarding_host,),
            "coap.proxy.os.1nce.com": (self.proxy_host,),
            "coaps.proxy.os.1nce.com": (self.proxy_host,),
            **{name.lower(): addresses for name, addresses in self.more_names.items()},
        }


@dataclass(frozen=True)
class CellSettings:
    """A cell in sight and the operator behind it."""

    plmn: str = "26201"  # [F]
    operator_long: str = "Telekom.de 1nce.net"  # [F] the SIM's SPN is appended
    operator_short: str = "TDG 1nce.net"  # [U]
    rat: str = "LTE-M"  # or "2G", "3G", "LTE", "NB-IoT"
    band: int = 20  # [U]
    earfcn: int = 6400  # [U] in band 20
    tac: int = 0x2B0F  # [U]
    ci: int = 0x01A2D003  # [U]
    pci: int = 211  # [U]
    rsrp_dbm: int = -94  # [U]
    rsrq_db: float = -9.0  # [U]
    sinr_db: int = 14  # [U]
    rssi_dbm: int = -67  # [U]
    link: LinkProfile = LTE_M
    search_ms: tuple[int, int] = (1_500, 6_000)  # [U] until the cell is found
    attach_ms: tuple[int, int] = (400, 1_500)  # [U] from request to accept
    attach_retry_ms: int = 10_000  # [S] T3411, TS 24.301 10.2
    attach_tries: int = 5  # [S] the attach attempt counter, TS 24.301 5.5.1.2.6
    attach_pause_ms: int = 720_000  # [S] T3402, TS 24.301 10.2: after so many tries
    cell_lost_ms: tuple[int, int] = (
        1_000,
        5_000,
    )  # [U] until a modem notices that the cell is gone
    stat_without_coverage: int = 2  # [S] of +CEREG: searching; 4, unknown, is as good (TS 27.007)
    roaming: bool = True  # [D] HPLMN is 901-40: always a guest
    # [D] automatic breakout takes the nearest region; [U] its name here, such as "N. California".
    # None goes by the operator's country.
    nearest_region: str | None = None
    # Power saving: 1NCE does not say what is granted; the visited network decides.
    psm_is_granted: bool = True  # [U]
    psm_t3412: str | None = None  # [U] eight bits that replace the requested ones
    psm_t3324: str | None = None  # [U]
    edrx_is_granted: bool = True  # [U]
    edrx_cycle: str | None = None  # [U] four bits that replace the requested ones
    paging_window: str | None = None  # [U] the same for the window; 0011 where none is requested
    # [U] where its tower stands, and how far it reaches: in Cologne, half a kilometre from where
    # the modems are
    latitude: float = 50.944700
    longitude: float = 6.961900
    range_m: int = 1_200
    rai_is_heeded: bool = True  # [U] whether "no data follows" (RAI) ends the connection at once


@dataclass(frozen=True)
class RoamingRule:
    """How a visited operator treats the account's SIMs."""

    rats: tuple[str, ...] | None = None  # None is all; [D] NB-IoT is missing at many operators
    is_forbidden: bool = False
    forbidden_emm_cause: int = 11  # [S] PLMN not allowed, TS 24.301 A.1
    rat_emm_cause: int = 15  # [F] no suitable cells in tracking area
    # [U] the IMSIs that it takes, by their first digits; None is all. A card with several profiles
    # may be welcome with one of them alone.
    imsi_prefixes: tuple[str, ...] | None = None
    reports_lte_m: bool = False  # [D] to most operators' cores LTE-M is LTE (rat_type 6, not 9)
    country: tuple[str, str, str] = ("Germany", "de", "49")  # name, ISO code, country code


@dataclass(frozen=True)
class PlatformRules:
    """What 1NCE's two platforms do in different ways.

    A SIM of the world's own platform has what `AccountSettings` and `NetworkSettings` say; these
    rules are for a SIM of the other one. A megabyte is of its platform in any case.
    """

    megabyte: int
    data_volume: int
    session_rounding: int
    has_endpoint_events: bool
    excess_is_dropped: bool
    apns: tuple[str, ...]


PLATFORM_1, PLATFORM_2 = "1.0", "2.0"
PLATFORMS = {
    PLATFORM_1: PlatformRules(1_000_000, 500_000_000, 1, False, False, ("iot.1nce.net",)),  # [D]
    # [D] 500 MB of 1024 kB; the APN of Platform 1.0 stays valid
    PLATFORM_2: PlatformRules(
        1_048_576, 524_288_000, 1_000, True, True, ("sensor.net", "iot.1nce.net")
    ),
}


@dataclass(frozen=True)
class AccountSettings:
    """The organisation and its tariff."""

    organisation_id: int = 8_000_001  # [U]
    first_endpoint_id: int = 10_000_000  # [U]
    platform: str = "1.0"  # [D] of new SIMs: "1.0" or "2.0"; an account may have both
    data_volume: int = 500_000_000  # [D] 500 MB of 10^6 bytes; bytes at the IP layer
    sms_volume: int = 250  # [D] sent and received together
    threshold: float = 0.2  # [D] of the volume there was after the last purchase [F]
    # [D] Platform 2.0 has events for a SIM that is enabled or disabled: 42 and 43
    has_endpoint_events: bool = False
    session_rounding: int = 1  # [D] Platform 1.0 counts bytes; 1000 is Platform 2.0
    lifetime_days: int = 3_652  # [D] ten years
    extension_grace_days: int = 548  # [D] 18 months
    auto_top_up_every_h: int = 4  # [D] at 0, 4, 8, 12, 16 and 20 o'clock
    zone_offset_h: int = 1  # [D] CET, also in summer; that months begin by it is [U]
    usage_interval_ms: int = 900_000  # [D] one record per 15 minutes
    usage_step: int = 100_000  # [D] bytes that make such a record
    # How a device is refused, as (EMM cause, ESM cause). [U] except the codes, which are [D]:
    # 1NCE names none on Platform 1.0; a wrong APN was seen to end in (19, 8).
    refusal_causes: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: {
            "SIM_DISABLED": (8, 8),
            "QUOTA_EXPIRED": (8, 8),
            "IMEI_LOCK_BREACHED": (6, 8),
            "QUOTA_EXHAUSTED": (19, 8),
            "MONTHLY_USAGE_LIMIT_EXCEEDED": (19, 8),
            "CONNECTION_RESET": (10, 36),
        }
    )


@dataclass(frozen=True)
class SmsSettings:
    """The short message service centre."""

    centre_address: str = "+882285000016868"  # [F]
    source_address: str = "1234567890"  # [U] the sender of a message when the API names none
    delivery_ms: int = 800  # [U] from the centre to a modem that is attached
    mt_expiry_ms: int = 86_400_000  # [D] 24 h
    mo_expiry_ms: int = 86_400_000  # [F] exactly 24 h
    # [D] 5, 15 and about 30 minutes after it was sent; [U] doubled from there
    forwarder_tries_min: tuple[int, ...] = (5, 15, 30, 60, 120, 240, 480, 960)
    kept_days: int = 31  # [U] in the database, after their end
    # [U] the codes of +CMS ERROR; [S] are their meanings (TS 24.011, E.2; TS 27.005, 3.2.5)
    cms_over_limit: int = 8  # operator determined barring
    cms_bad_pdu: int = 304  # invalid PDU mode parameter
    cms_not_stored: int = 41  # temporary failure: the database does not take it
    cms_no_service: int = 69  # requested facility not implemented: SMS over NB-IoT


@dataclass(frozen=True)
class ReceiverSettings:
    """The receiver of satellites and the sky; data sheets give 26 to 40 s for a cold start."""

    cold_start_ms: int = 32_000  # [U] without ephemerides
    warm_start_ms: int = 28_000  # [U] with an almanac: ephemerides take 18 to 30 s to receive [S]
    hot_start_ms: int = 2_000  # [U] with ephemerides
    ephemerides_ms: int = 7_200_000  # [U] how long a receiver uses them; they hold for 4 h [S]
    almanac_ms: int = 30 * 86_400_000  # [U]
    ephemerides_survive_power_off: bool = True  # [D] Nordic: in flash; [U] all others
    satellites: int = 9  # [U] used, and in view
    hdop: Decimal = Decimal("1.1")  # [U]
    accuracy_m: Decimal = Decimal("4.5")  # [U]
    # [U] where a modem is that follows no track: Cologne
    latitude: Decimal = Decimal("50.941278")
    longitude: Decimal = Decimal("6.958281")
    altitude_m: Decimal = Decimal("53.0")


@dataclass(frozen=True)
class ModemSettings:
    """Details that vendors leave open; the times and texts of a model are in `Personality`."""

    # Modems that speak DTLS themselves. The suites that each offers when it may choose:
    dtls_suites: tuple[int, ...] = (0xC0A8, 0x00A8, 0x00AE)  # [U]
    dtls_retransmit_ms: int = 1_000  # [S] the first time-out, then doubled: RFC 6347, 4.2.4.1
    dtls_handshake_limit_ms: int = 63_000  # [U] then the waiting command fails
    # A datagram longer than `AT+QIRD` asked for: the rest comes with the next read, or is lost.
    quectel_short_read_keeps_rest: bool = True  # [U]
    # The length of `AT+QISEND` under `AT+QICFG="dataformat",1`: [U]. Of `+QIRD` bytes count [F].
    quectel_hex_length_counts_digits: bool = False
    # u-blox and Sequans: the URC of a TCP socket that its peer closed comes once its bytes are
    # read; else at once, and the bytes are lost with the socket.
    stream_end_waits_for_the_reader: bool = True  # [U]
    # SIMCom. The manual has a <recv_mode> of `AT+CAOPEN` [D], which firmware in the field refused.
    simcom_open_takes_receive_mode: bool = True
    simcom_dead_id_stays: bool = True  # [U] `AT+CASTATE?` shows it, with 0, until `AT+CACLOSE`
    # SIM7000 may freeze when `AT+CIPRXGET` asks for more than there is [F].
    sim7000_long_read_freezes: bool = False
    # `+CANEW` tells of a UDP server's peers [F]; whether `+CADATAIND` tells of their data, too:
    simcom_udp_server_tells_data: bool = True  # [U]
    receiver: ReceiverSettings = field(default_factory=ReceiverSettings)
    # `AT+QGPSCFG="priority"` after a start: 0 the receiver first, 1 LTE first.
    quectel_gnss_priority: int = 1  # [U]
    # GM02SP tells of a search without a fix after so long, with an uncertainty of 20000000 [F].
    sequans_capture_ms: int = 66_000  # [F] 66563
    sequans_assistance_ms: int = 3_000  # [U] to load ephemerides by LTE
    # SARA-R5: the number of an application that puts PSM off, told by `+UUPSMR: 2,<number>` [S].
    sara_sleep_is_blocked_by: int | None = None
    nordic_cnma_limit_ms: int = 15_000  # [U] for AT+CNMA; then the client is unregistered [D]
    # The first SLM. Nordic's manual: the data, then `#XRECV: <type>, <size>` [D]. Not in it:
    old_slm_receive_timeout_s: int = 10  # [U] until AT#XSOCKETOPT sets another
    # [U] data that comes as text; other data is shown, and counted, as hexadecimal digits
    old_slm_text: bytes = bytes(range(0x20, 0x7F)) + b"\r\n\t"


@dataclass(frozen=True)
class Settings:
    """Everything a `World` assumes."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    cell: CellSettings = field(default_factory=CellSettings)
    more_cells: tuple[CellSettings, ...] = ()
    roaming: Mapping[str, RoamingRule] = field(default_factory=dict)  # by PLMN
    account: AccountSettings = field(default_factory=AccountSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    modem: ModemSettings = field(default_factory=ModemSettings)
    calendar_start_s: int = 1_767_225_600  # [U] seconds since 1970 when the clock shows 0
    timeline_bytes: int = 128_000_000  # memory for the records of the timeline

    @classmethod
    def platform_2(cls) -> Settings:
        """1NCE's Platform 2.0: another APN; sessions of whole kB; no more than 1 Mbit/s."""
        return cls(
            network=NetworkSettings(apn="sensor.net", excess_is_dropped=True),
            account=AccountSettings(
                platform=PLATFORM_2,
                data_volume=524_288_000,
                session_rounding=1_000,
                has_endpoint_events=True,
            ),
        )
