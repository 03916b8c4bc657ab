"""A portable AT modem driver: attach to the network, open datagram sockets.

    from nce_modem import Modem
    modem = Modem(board)                    # asks who is there; or: family="bg95", family=BG95
    await modem.attach()
    port = await modem.open_datagram("udp.os.1nce.com", 4445)

Runs on MicroPython and CPython, on the standard library alone. Names are loaded when they are
first asked for: a device holds the code of one family.
"""

from nce_modem.modem import Modem

if 0 & 1:  # for type checkers alone
    from nce_modem.seams import (
        BG77 as BG77,
    )
    from nce_modem.seams import (
        BG95 as BG95,
    )
    from nce_modem.seams import (
        BG96 as BG96,
    )
    from nce_modem.seams import (
        GM02S as GM02S,
    )
    from nce_modem.seams import (
        NRF91 as NRF91,
    )
    from nce_modem.seams import (
        SARA_R5 as SARA_R5,
    )
    from nce_modem.seams import (
        SARA_R410 as SARA_R410,
    )
    from nce_modem.seams import (
        SARA_R412 as SARA_R412,
    )
    from nce_modem.seams import (
        SARA_R422 as SARA_R422,
    )
    from nce_modem.seams import (
        SIM7000 as SIM7000,
    )
    from nce_modem.seams import (
        SIM7070 as SIM7070,
    )
    from nce_modem.seams import (
        SIM7080 as SIM7080,
    )
    from nce_modem.seams import (
        SIM7080_TELLING_ID as SIM7080_TELLING_ID,
    )
    from nce_modem.seams import (
        SIM7090 as SIM7090,
    )
    from nce_modem.seams import (
        Any,
    )
    from nce_modem.seams import (
        AttachError as AttachError,
    )
    from nce_modem.seams import (
        CommandFailed as CommandFailed,
    )
    from nce_modem.seams import (
        CommandTimeout as CommandTimeout,
    )
    from nce_modem.seams import (
        DatagramTooLarge as DatagramTooLarge,
    )
    from nce_modem.seams import (
        LineClosed as LineClosed,
    )
    from nce_modem.seams import (
        ModemError as ModemError,
    )
    from nce_modem.seams import (
        ModemReset as ModemReset,
    )
    from nce_modem.seams import (
        ModemSilent as ModemSilent,
    )
    from nce_modem.seams import (
        OpenFailed as OpenFailed,
    )
    from nce_modem.seams import (
        PdpLost as PdpLost,
    )
    from nce_modem.seams import (
        SendFailed as SendFailed,
    )
    from nce_modem.seams import (
        SocketDead as SocketDead,
    )
    from nce_modem.seams import (
        UsageError as UsageError,
    )


# Where the other names live: "error", or the module of a family.
ERRORS = (
    "AttachError ModemError ModemReset ModemSilent PdpLost SocketDead UsageError DatagramTooLarge "
    "CommandFailed CommandTimeout LineClosed OpenFailed SendFailed"
)
FAMILIES = (
    "quectel:BG95 BG96 BG77,simcom7080:SIM7070 SIM7080 SIM7090 SIM7080_TELLING_ID,"
    "simcom7000:SIM7000,"
    "ublox:SARA_R410 SARA_R412,ublox5:SARA_R422 SARA_R5,nordic:NRF91,sequans:GM02S"
)

__all__ = ["Modem"]


def __getattr__(name: str) -> "Any":
    module = "errors" if name in ERRORS.split(" ") else ""
    for row in FAMILIES.split(","):
        room, names = row.split(":")
        if name in names.split(" "):
            module = "families." + room
    if not module:
        raise AttributeError("nce_modem has no %s" % name)
    return getattr(__import__("nce_modem." + module, None, None, (name,)), name)
