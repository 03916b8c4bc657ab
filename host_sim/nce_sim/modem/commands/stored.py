"""Commands that do nothing but remember numbers, as one table.

stored_commands((CSCON,))       # a table with `AT+CSCON`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable, Handler
from nce_sim.modem.stored import Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem


def stored_commands(rows: Iterable[Stored]) -> CommandTable:
    """A command table in which each row reads, sets and tests its numbers."""
    return CommandTable({row.name: _handler(row) for row in rows})


def _handler(row: Stored) -> Handler:
    def handle(modem: Modem, command: Command) -> None:
        if command.form is Form.READ:
            modem.info(f"{row.name}: {','.join(map(str, modem.stored(row)))}")
        elif command.form is Form.TEST:
            shown = ",".join(
                f"({low}-{high})" if high > low else f"({low})" for low, high in row.ranges
            )
            modem.info(f"{row.name}: {shown}")
        elif command.form is Form.SET:
            arguments = command.arguments
            arguments.at_most(len(row.ranges))
            numbers = tuple(
                arguments.integer(i, low, high, default=row.default[i])
                for i, (low, high) in enumerate(row.ranges)
            )
            modem.store(row, numbers)
        else:
            raise CommandFailed()

    return handle
