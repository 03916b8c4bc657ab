"""A portable AT modem driver: attach to the network, open datagram sockets and TCP streams.

    from nce_modem import Modem
    modem = Modem(board)                    # asks the modem; or: family="bg95", family=BG95
    await modem.attach()
    port = await modem.open_datagram("udp.os.1nce.com", 4445)
    reader, writer = await modem.open_connection("example.com", 80)

Runs on MicroPython and CPython, on the standard library alone. Names are loaded when they are
first asked for: a device holds the code of one family.
"""

from nce_modem.families import load_family
from nce_modem.modem import Modem

if 1 - 1:  # for type checkers alone
    # isort: off
    from nce_modem.seams import (
        Any,
        AttachError as AttachError,
        ModemError as ModemError,
        ModemReset as ModemReset,
        ModemSilent as ModemSilent,
        PdpLost as PdpLost,
        SocketDead as SocketDead,
        UsageError as UsageError,
        DatagramTooLarge as DatagramTooLarge,
        CommandFailed as CommandFailed,
        CommandTimeout as CommandTimeout,
        LineClosed as LineClosed,
        OpenFailed as OpenFailed,
        SendFailed as SendFailed,
        BG95 as BG95,
        BG96 as BG96,
        BG77 as BG77,
        EC21 as EC21,
        EC25 as EC25,
        EG91 as EG91,
        EG95 as EG95,
        SIM7070 as SIM7070,
        SIM7080 as SIM7080,
        SIM7090 as SIM7090,
        SIM7080_TELLING_ID as SIM7080_TELLING_ID,
        SIM7000 as SIM7000,
        A76XX as A76XX,
        SIM7600 as SIM7600,
        SARA_R410 as SARA_R410,
        SARA_R412 as SARA_R412,
        SARA_R422 as SARA_R422,
        SARA_R5 as SARA_R5,
        NRF91 as NRF91,
        GM02S as GM02S,
        GM02SP as GM02SP,
    )
    # isort: on

# In `errors`; every other name is a family.
ERRORS = (
    "AttachError ModemError ModemReset ModemSilent PdpLost SocketDead UsageError DatagramTooLarge "
    "CommandFailed CommandTimeout LineClosed OpenFailed SendFailed"
)

__all__ = ["Modem"]


def __getattr__(name: str) -> "Any":
    if name in ERRORS.split(" "):
        return getattr(__import__("nce_modem.errors", None, None, (name,)), name)
    found = load_family(name)
    if found is None:
        raise AttributeError("nce_modem has no %s" % name)
    return found
