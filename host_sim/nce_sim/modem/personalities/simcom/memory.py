"""What a SIMCom modem remembers beside what all modems do."""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.modem.sockets.dtls_tunnel import Credentials


@dataclass
class SslContext:
    """`AT+CSSLCFG` of one context, as far as it has an effect."""

    version: int | None = None
    protocol: int | None = None
    ignores_clock: int = 0
    server_name: str | None = None


@dataclass
class SslSocket:
    """`AT+CASSLCFG` of one id, as far as it has an effect."""

    is_secure: int = 0
    context: int = 0
    psk_table: str | None = None
    authority: str | None = None
    certificate: str | None = None


@dataclass
class SimcomNvm:
    """Kept through power cycles."""

    preferred_mode: int = 2  # AT+CNMP
    iot_mode: int = 3  # AT+CMNB
    bands: dict[str, str] = field(default_factory=lambda: {"CAT-M": "20,8", "NB-IOT": "20,8"})
    # Of the customer's folder (AT+CFS…); one may hold a key.
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    psk_tables: dict[str, Credentials] = field(default_factory=dict)
    authorities: dict[str, bytes] = field(default_factory=dict)
    # Of this device, each with its key.
    certificates: dict[str, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)


@dataclass
class SimcomRam:
    """New after each start."""

    name_servers: tuple[str, str] = ("0.0.0.0", "0.0.0.0")  # AT+CDNSCFG
    task_apn: str | None = None  # AT+CSTT
    bearers: dict[int, tuple[int, str]] = field(default_factory=dict)  # AT+CNCFG: type and APN
    chosen_id: int | None = None  # AT+CACID
    files_are_open: bool = False  # between AT+CFSINIT and AT+CFSTERM
    ssl_contexts: dict[int, SslContext] = field(default_factory=dict)
    ssl_sockets: dict[int, SslSocket] = field(default_factory=dict)
    release_assistance: int = 0  # AT+CRAI
    assists_always: bool = False


@dataclass
class NetNvm:
    """What an A76XX keeps through power cycles."""

    preferred_mode: int = 2  # AT+CNMP


@dataclass
class NetRam:
    """What an A76XX forgets with each start."""

    echoes_payload: bool = True  # AT+CIPCFG="DATAECHO"
    timeouts_ms: tuple[int, int, int] = (120_000, 120_000, 120_000)  # AT+CIPTIMEOUT
    receiver_rests_until_ms: int = 0  # AT+CGPS=1 is refused until then
    socket_settings: list[int] = field(default_factory=lambda: [10, 0, 0, 1, 0, 0, 500, 0])
