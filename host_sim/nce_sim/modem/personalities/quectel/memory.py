"""What a Quectel modem remembers beside what all modems do.

modem.nvm.of(QuectelNvm).configuration.rats     # what AT+QCFG lets it scan
modem.ram.of(QuectelRam).data_format            # AT+QICFG="dataformat"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

# AT+QCFG: name and value as delivered.
QCFG_DEFAULTS = {
    "gprsattach": "1",
    "nwscanseq": "020301",
    "nwscanmode": "0",
    "iotopmode": "2",
    "band": "0xf,0x100002000000000f0e189f,0x10004200000000090e189f",
    "servicedomain": "1",
    "roamservice": "255",
    "celevel": "0",
    "psm/enter": "0",
    "psm/urc": "0",
    "psm/threshold": "20",
    "urc/ri/ring": '"pulse",120,1000,5000,"off",1',
    "urc/ri/smsincoming": '"pulse",120,1',
    "urc/ri/other": '"pulse",120,1',
    "urc/delay": "0",
    "urc/cache": "0",
    "risignaltype": '"respective"',
    "ledmode": "0",
    "cmux/urcport": "0",
    "apready": "0,0,500",
    "airplanecontrol": "0",
    "simeffect": "1",
    "nccconf": "9f0",
    "usbcfg": "0",
    "ntp": "60,15",
    "lapiconf": "2,2",
    "fast/poweroff": "0,0",
}
# AT+QICFG without "dataformat": name and value at each start.
QICFG_DEFAULTS = {
    "transpktsize": "1024",
    "transwaittm": "2",
    "viewmode": "0",
    "recvind": "0",  # whether the URC of a buffered socket tells the length (D)
    "tcp/retranscfg": "12,6",
    "udp/readmode": "0",
    "udp/sendmode": "0",
}
# AT+QGPSCFG: names that are remembered, without an effect, and their values as delivered (I).
QGPSCFG_DEFAULTS = {"outport": '"usbnmea"', "nmeasrc": "0", "autogps": "0", "gnssconfig": "1"}
# AT+QSSLCFG of each context: name and value at each start.
SSL_CONTEXTS = 6
SSL_DEFAULTS = {
    "sslversion": "4",
    "ciphersuite": "0XFFFF",
    "cacert": "",
    "clientcert": "",
    "clientkey": "",
    "seclevel": "0",
    "ignorelocaltime": "1",
    "negotiatetime": "300",
    "sni": "0",
}
SCANS_ALL, SCANS_GSM = "0", "1"  # "nwscanmode"; 3 is LTE only
IOT_OPERATION_MODES = {"0": ("LTE-M",), "1": ("NB-IoT",), "2": ("LTE-M", "NB-IoT")}


class Configuration:
    """`AT+QCFG`: what the host reads back, and the meaning of the few that have an effect here."""

    def __init__(self) -> None:
        self.texts = dict(QCFG_DEFAULTS)

    @property
    def rats(self) -> tuple[str, ...]:
        """The access technologies that are scanned."""
        scanned = self.texts["nwscanmode"].strip()
        gsm = ("2G",) if scanned in (SCANS_ALL, SCANS_GSM) else ()
        iot = IOT_OPERATION_MODES.get(self.texts["iotopmode"].strip(), ())
        return gsm if scanned == SCANS_GSM else gsm + iot

    @property
    def tells_psm_timers(self) -> bool:
        """Whether `+QPSMTIMER` is told before the modem sleeps."""
        return self.texts["psm/urc"].strip() == "1"


class DataFormat(NamedTuple):
    """`AT+QICFG="dataformat"`: whether what is sent, and what is received, is in hexadecimal."""

    sends_hexadecimal: bool = False
    receives_hexadecimal: bool = False


class Login(NamedTuple):
    """User, password and authentication of `AT+QICSGP`."""

    user: str = ""
    password: str = ""
    authentication: int = 0


@dataclass
class QuectelNvm:
    """Kept through power cycles."""

    configuration: Configuration = field(default_factory=Configuration)
    logins: dict[int, Login] = field(default_factory=dict, repr=False)
    urc_port: str = "uart1"
    data_format: DataFormat | None = None  # in a profile that an owner before stored
    files: dict[str, bytes] = field(default_factory=dict, repr=False)  # AT+QFUPL, without "UFS:"


@dataclass
class QuectelRam:
    """New after each start."""

    payload_is_echoed: int = 1  # AT+QISDE
    data_format: DataFormat = field(default_factory=DataFormat)
    socket_settings: dict[str, str] = field(default_factory=lambda: dict(QICFG_DEFAULTS))
    ssl_contexts: list[dict[str, str]] = field(
        default_factory=lambda: [dict(SSL_DEFAULTS) for _ in range(SSL_CONTEXTS)]
    )
    reports_sim: int = 0  # AT+QSIMSTAT
    name_servers: tuple[str, str] | None = None  # AT+QIDNSCFG; None: what the network gave
    receiver_settings: dict[str, str] = field(default_factory=lambda: dict(QGPSCFG_DEFAULTS))
    receiver_priority: int | None = None  # AT+QGPSCFG="priority"; None: as after a start
