"""A modem of a family with its bearer up, and a host of TCP at 203.0.113.7:80."""

from nce_sim.ports.typist import Typist
from nce_sim.settings import Settings
from nce_sim.world import World
from support.tcp_hosts import Host
from support.tcp_programs import CAT1, ended

OK = b"\r\nOK\r\n"
# What makes sockets possible after the attach.
BEARERS = {
    "bg95": ["AT+QISDE=0;+QIACT=1"],
    "sim7000": ["AT+CIPMUX=1", "AT+CIPRXGET=1", 'AT+CSTT="iot.1nce.net"', "AT+CIICR", "AT+CIFSR"],
    "sim7080": ['AT+CNCFG=0,1,"iot.1nce.net"', "AT+CNACT=0,1"],
    # URCs go to the USB port as delivered.
    **{family: ['AT+QURCCFG="urcport","uart1"', "AT+QISDE=0;+QIACT=1"] for family in CAT1},
    # The payload of a send comes back as delivered.
    "a7672": ['AT+CIPCFG="DATAECHO",OFF', "AT+CIPRXGET=1", "AT+NETOPEN"],
    "sim7600": ["AT+CIPRXGET=1", "AT+NETOPEN"],
    "sara-r422": ["AT+CGACT=1,1", "AT+UPSD=0,0,0", "AT+UPSD=0,100,1", "AT+UPSDA=0,3"],
    "sara-r5": ["AT+UPSD=0,0,0", "AT+UPSD=0,100,1", "AT+UPSDA=0,3"],
}
for twin, family in (("bg96", "bg95"), ("bg77", "bg95"), ("sim7070", "sim7080")):
    BEARERS[twin] = BEARERS[family]


class Bench:
    """A modem with a bearer, and a host at SERVER."""

    def __init__(self, family: str, *, is_echo: bool = True, settings: Settings | None = None):
        self.world = World(5, settings=settings or Settings())
        modem = self.world.add_modem(self.world.add_sim(), family)
        self.typist = Typist(self.world, modem)
        self.modem = modem
        self.host = Host(self.world, is_echo=is_echo)
        self.typist.attach()
        self.typist.ask("AT+CMEE=1")
        for line in BEARERS.get(family, ()):
            self.typist.ask(line, 2_000)

    def type(self, data: bytes, wait_ms: int = 3_000) -> bytes:
        return self.typist.type(ended(self.typist, data), wait_ms)
