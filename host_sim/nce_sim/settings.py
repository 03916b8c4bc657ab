"""What the simulated network and modem assume where a choice had to be made.

Each field is a fact somebody may want to change; the mark beside it says where it is from:

    [D] documented by 1NCE or the modem's vendor      [F] seen in a log or capture
    [S] a standard (3GPP, ITU-T)                      [U] undocumented: ours, change it freely

    World(seed=1, settings=Settings(network=NetworkSettings(backbone_latency_ms=40)))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nce_sim.network.link import LTE_M, LinkProfile


@dataclass(frozen=True)
class NetworkSettings:
    """The account, the core network and its names."""

    account_block: str = "10.160.0.0/24"  # [D] a /24 out of 10.160.0.0/11; which one is ours
    first_host: int = 1  # [D] `.0` is possible; 254 of 256 are usable
    apn: str = "iot.1nce.net"  # [D]
    coap_host: str = "10.60.2.219"  # [F]
    udp_host: str = "10.60.2.239"  # [F]
    lwm2m_host: str = "10.60.2.240"  # [U]
    dns_host: str = "10.60.0.53"  # [U] 1NCE hands out 8.8.8.8 and 8.8.4.4
    # [F] 1NCE answers with two addresses per name, here it is one: name the pair to have it so.
    more_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dns_ttl_s: int = 60  # [U]
    backbone_latency_ms: int = 5  # [U] between gateway and service, each way
    an_empty_apn_is_accepted: bool = False  # [D] "no auto-APN"; what a wrong one meets is [F]

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """All names the network knows, in lower case, with their addresses."""
        return {
            "coap.os.1nce.com": (self.coap_host,),
            "udp.os.1nce.com": (self.udp_host,),
            "lwm2m.os.1nce.com": (self.lwm2m_host,),
            **{name.lower(): addresses for name, addresses in self.more_names.items()},
        }


@dataclass(frozen=True)
class CellSettings:
    """The one cell in sight and the operator behind it."""

    plmn: str = "26201"  # [F]
    operator_long: str = "Telekom.de 1nce.net"  # [F] the SIM's SPN is appended
    operator_short: str = "TDG 1nce.net"  # [U]
    rat: str = "LTE-M"
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
    roaming: bool = True  # [D] HPLMN is 901-40: always a guest


@dataclass(frozen=True)
class Settings:
    """Everything a `World` assumes."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    cell: CellSettings = field(default_factory=CellSettings)
    calendar_start_s: int = 1_767_225_600  # [U] seconds since 1970 when the clock shows 0
