"""Calls, as modems without a data channel answer them. ITU-T V.250, 6.3; TS 27.007, 6 and 8.1.

D A H O +CHUP +CLCC +CPAS +FCLASS

A simulated modem carries data over its sockets alone. Dialling fails as on a modem that may not
connect: `ATD*99#` (TS 27.007, 10.2.1) ends in NO CARRIER. There is no PPP behind it, because the
kernels this runs on have none to offer; voice is not part of these modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.stored import stored_commands
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import NO_CARRIER, CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.stored import Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

READY = 0  # <pas> of +CPAS: the modem takes commands
DIAL_MS = 200
# T.31, 8.2 [D]; that 0, data, is all there is [I]. wvdial sets it before it dials.
FCLASS = Stored("+FCLASS", (0,), ((0, 0),))
FAX = stored_commands((FCLASS,))


@COMMANDS.add("D")
def dial(modem: Modem, command: Command) -> Steps:
    """`ATD…`: no call, neither for data nor for voice, gets a carrier (V.250, 6.3.1)."""
    yield Pause(DIAL_MS, abortable=True)
    modem.mistake("dialled a modem without a data channel", number_length=len(command.text))
    return NO_CARRIER


@COMMANDS.add("A", "O")
def answer(modem: Modem, command: Command) -> str:
    """`ATA`, `ATO`: nobody calls, and there is no call to go back to (V.250, 6.3.5 and 6.3.7)."""
    return NO_CARRIER


@COMMANDS.add("H", "+CHUP")
def hang_up(modem: Modem, command: Command) -> None:
    """`ATH`, `AT+CHUP`: OK, with a call or without (V.250, 6.3.6; TS 27.007, 6.5)."""


@COMMANDS.add("+CLCC")
def current_calls(modem: Modem, command: Command) -> None:
    """`AT+CLCC`: the calls, of which there are none (TS 27.007, 7.18)."""


@COMMANDS.add("+CPAS")
def activity(modem: Modem, command: Command) -> None:
    """`AT+CPAS`: 0 ready, 3 rings, 4 in a call (TS 27.007, 8.1)."""
    if command.form is Form.TEST:
        modem.info("+CPAS: (0,3,4)")
    elif command.form is Form.EXECUTE:
        modem.info(f"+CPAS: {READY}")
    else:
        raise CommandFailed()


CALLS = ("D", "A", "O", "H", "+CHUP", "+CLCC")  # what a modem for data alone does not know
