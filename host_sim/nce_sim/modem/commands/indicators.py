"""Indicators and their URCs. 3GPP TS 27.007, 8.9 and 8.10.

+CIND +CMER, of the families that have them: `+CIEV: <number>,<value>` when one changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import ROAMING
from nce_sim.modem.sms.store import UNREAD
from nce_sim.modem.stored import BIT, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

# <mode>, <keyp>, <disp>, <ind>, <bfr>: with mode 1 to 3 and ind 1 or 2, changes are told.
CMER = Stored("+CMER", (0, 0, 0, 0, 0), ((0, 3), (0, 0), (0, 0), (0, 2), BIT))
BARS = 5
FULL_BATTERY = 5


def _signal(modem: Modem) -> int:
    cell = modem.radio.cell
    return 0 if cell is None else max(0, min(BARS, (cell.rssi_dbm + 113) // 12))


def _unread(modem: Modem) -> int:
    messaging = modem.messaging
    received = messaging.store.memory(messaging.memories[2])
    return int(any(message.status == UNREAD for message in received.values()))


def _full(modem: Modem) -> int:
    store, name = modem.messaging.store, modem.messaging.memories[2]
    return int(len(store.memory(name)) >= store.capacities[name])


# The order of a phone (TS 27.007, 8.9): description, range, value.
INDICATORS = (
    ("battchg", "0-5", lambda modem: FULL_BATTERY),
    ("signal", "0-5", _signal),
    ("service", "0,1", lambda modem: int(modem.radio.is_registered)),
    ("message", "0,1", _unread),
    ("call", "0,1", lambda modem: 0),
    ("roam", "0,1", lambda modem: int(modem.radio.stat == ROAMING)),
    ("smsfull", "0,1", _full),
)


def values(modem: Modem) -> tuple[int, ...]:
    """All indicators now."""
    return tuple(value(modem) for _, _, value in INDICATORS)


@COMMANDS.add("+CIND")
def indicators(modem: Modem, command: Command) -> None:
    """`AT+CIND?`: all values; `=?` their names and ranges. None can be set here."""
    if command.form is Form.TEST:
        shown = ",".join(f'("{name}",({span}))' for name, span, _ in INDICATORS)
        modem.info(f"+CIND: {shown}")
    elif command.form is Form.READ:
        modem.info(f"+CIND: {','.join(map(str, values(modem)))}")
    else:
        raise CommandFailed()


@COMMANDS.add("+CMER")
def event_reporting(modem: Modem, command: Command) -> None:
    """`AT+CMER=<mode>,<keyp>,<disp>,<ind>`: whether changes of indicators are told."""
    if command.form is Form.TEST:
        modem.info("+CMER: (0-3),(0),(0),(0-2),(0,1)")
    elif command.form is Form.READ:
        modem.info(f"+CMER: {','.join(map(str, modem.stored(CMER)))}")
    elif command.form is Form.SET:
        arguments = command.arguments
        arguments.at_most(len(CMER.ranges))
        wanted = tuple(
            arguments.integer(i, low, high, default=0) for i, (low, high) in enumerate(CMER.ranges)
        )
        modem.store(CMER, wanted)
        modem.ram.indicators = values(modem)
    else:
        raise CommandFailed()


def report_indicators(modem: Modem) -> None:
    """Tell of the indicators that changed since the last time, if the host wants to know."""
    mode, _, _, wanted, _ = modem.stored(CMER)
    if not (mode and wanted):
        return
    before, modem.ram.indicators = modem.ram.indicators, values(modem)
    for number, (old, new) in enumerate(zip(before, modem.ram.indicators, strict=True), 1):
        if old != new:
            modem.urc(f"+CIEV: {number},{new}")
