"""Commands that do nothing but remember numbers, as one table.

stored_commands((Stored("+CSCON", (0,), ((0, 1),)),))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable, Handler, Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem


_BIT = (0, 1)
# What all families remember (TS 27.007, 10.1.30, 10.1.19, 8.40, 8.41; V.250, 6.2.11 and 6.2.12).
STANDARD_STORED = (
    Stored("+CSCON", (0,), (_BIT,)),
    Stored("+CGEREP", (0, 0), ((0, 2), _BIT)),
    Stored("+CTZR", (0,), ((0, 2),), kept="nvm"),
    Stored("+CTZU", (0,), ((0, 3),), kept="nvm"),
    Stored("+IFC", (0, 0), ((0, 2), (0, 2)), kept="nvm"),
    Stored("+ICF", (3, 3), ((3, 3), (0, 3)), kept="nvm"),
)


def stored_commands(rows: Iterable[Stored]) -> CommandTable:
    """A command table in which each row reads, sets and tests its numbers."""
    return CommandTable({row.name: _handler(row) for row in rows})


def _handler(row: Stored) -> Handler:
    def handle(modem: Modem, command: Command) -> None:
        memory = modem.nvm if row.kept == "nvm" else modem.ram
        if command.form is Form.READ:
            values = memory.get(row.name, row.default)
            modem.info(f"{row.name}: {','.join(map(str, values))}")
        elif command.form is Form.TEST:
            shown = ",".join(
                f"({low}-{high})" if high > low else f"({low})" for low, high in row.ranges
            )
            modem.info(f"{row.name}: {shown}")
        elif command.form is Form.SET:
            arguments = command.arguments
            arguments.at_most(len(row.ranges))
            memory[row.name] = tuple(
                arguments.integer(i, low, high, default=row.default[i])
                for i, (low, high) in enumerate(row.ranges)
            )
        else:
            raise CommandFailed()

    return handle


def stored_value(modem: Modem, row: Stored, position: int = 0) -> int:
    """What a stored command holds now."""
    memory = modem.nvm if row.kept == "nvm" else modem.ram
    values: tuple[int, ...] = memory.get(row.name, row.default)
    return values[position]
