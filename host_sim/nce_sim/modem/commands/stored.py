"""Commands that do nothing but remember numbers, as one table.

stored_commands((Stored("+CSCON", (0,), ((0, 1),)),))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nce_sim.modem.grammar import Command, Form
from nce_sim.modem.personality import CommandTable, Handler, Stored
from nce_sim.modem.results import CommandFailed

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem


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
