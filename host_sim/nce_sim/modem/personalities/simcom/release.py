"""SIMCom's release assistance: `AT+CRAI`, given before the datagram that it speaks of (D).

    AT+CRAI=1           # once: nothing follows the next datagram
    AT+CRAI=2,1         # until it is set again: one answer follows each

It is for NB-IoT (TS 24.301, 9.9.4.25); with other radio access it is taken, without an effect (I).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command
from nce_sim.modem.personalities.simcom.memory import SimcomRam
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()


@COMMANDS.add("+CRAI")
def release_assistance(modem: Modem, command: Command) -> None:
    """`AT+CRAI=<0 none, 1 nothing follows, 2 one answer>[,<0 once, 1 always>]`."""
    arguments, ram = command.set_arguments, modem.ram.of(SimcomRam)
    ram.release_assistance = arguments.integer(0, 0, 2)
    ram.assists_always = bool(arguments.integer(1, 0, 1, default=0))


def datagram_left(modem: Modem) -> None:
    """A datagram was sent: what AT+CRAI said of it goes to the network."""
    ram, cell = modem.ram.of(SimcomRam), modem.radio.cell
    assistance = ram.release_assistance
    if not ram.assists_always:
        ram.release_assistance = 0
    if assistance and cell is not None and cell.rat == "NB-IoT":
        modem.power_saving.nothing_follows(assistance - 1)
