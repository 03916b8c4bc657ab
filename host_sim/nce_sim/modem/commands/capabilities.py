"""What a modem can and how it is: tables of their own, as not every family has each.

+GCAP +WS46 +CBC +CLAC (V.250, 6.1.9; TS 27.007, 5.9, 8.4 and 8.37)

    commands=STANDARD.joined(BATTERY, LISTS)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.stored import Kept, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

CAPABILITIES, NETWORKS, BATTERY, LISTS = (CommandTable() for _ in range(4))

GSM, LTE, GSM_AND_LTE = 12, 28, 30  # <n> of +WS46 (TS 27.007, table 4)
WS46 = Stored("+WS46", (LTE,), ((GSM, GSM_AND_LTE),), Kept.NVM)
CHARGED_PERCENT, SUPPLY_MV = 80, 3_800  # a bench supply


@CAPABILITIES.add("+GCAP")
def capabilities(modem: Modem, command: Command) -> None:
    """`AT+GCAP`: GSM commands are there, and no fax or data classes (V.250, 6.1.9)."""
    if command.form is not Form.TEST:
        modem.info("+GCAP: +CGSM")


@NETWORKS.add("+WS46")
def wireless_network(modem: Modem, command: Command) -> None:
    """`AT+WS46`: E-UTRAN alone; by it ModemManager knows an LTE modem (TS 27.007, 5.9)."""
    if command.form is Form.TEST:
        modem.info(f"+WS46: ({LTE})")
    elif command.form is Form.READ:
        modem.info(f"+WS46: {modem.stored(WS46)[0]}")
    elif command.form is Form.SET:
        if command.arguments.integer(0, 0, 255) != LTE:
            raise ArgumentMistake(f"WS46 has {LTE} alone")
    else:
        raise CommandFailed()


@BATTERY.add("+CBC")
def battery(modem: Modem, command: Command) -> None:
    """`AT+CBC`: no battery charges (0), its level, and the supply in mV as the makers add it."""
    if command.form is Form.TEST:
        modem.info("+CBC: (0-2),(1-100),<voltage>")
    elif command.form is Form.EXECUTE:
        modem.info(f"+CBC: 0,{CHARGED_PERCENT},{SUPPLY_MV}")
    else:
        raise CommandFailed()


@LISTS.add("+CLAC")
def list_commands(modem: Modem, command: Command) -> None:
    """`AT+CLAC`: all commands there are."""
    for name in sorted(modem.personality.commands):
        modem.info(f"AT{name}")
