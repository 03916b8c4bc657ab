"""A portable AT modem driver: attach to the network, open datagram sockets.

    from nce_modem import BG95, Modem
    modem = Modem(board, family=BG95)
    await modem.attach()
    port = await modem.open_datagram("udp.os.1nce.com", 4445)

Runs on MicroPython and CPython, on the standard library alone.
"""

from nce_modem.errors import AttachError, ModemError, ModemReset, ModemSilent, PdpLost, SocketDead
from nce_modem.families.quectel import BG95, BG96
from nce_modem.modem import Modem

__all__ = [
    "BG95",
    "BG96",
    "AttachError",
    "Modem",
    "ModemError",
    "ModemReset",
    "ModemSilent",
    "PdpLost",
    "SocketDead",
]
