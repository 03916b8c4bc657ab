"""Groups of commands that stand for modules until one of them is called.

    class Root(Rooms):
        rooms = {"sim": ("nce_cli.sim", "Run a simulated world.")}

    app = typer.Typer(cls=Root)

A module is imported when its command is used: `nce --help` needs no SQLAlchemy, and no modem is
needed by `nce sim status`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

# Name, the module whose `app` it is, and the help that the group shows without it.
RoomTable = Mapping[str, tuple[str, str]]


class Rooms(TyperGroup):
    """A group with `rooms`, before other commands."""

    rooms: ClassVar[RoomTable] = {}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        named = {
            name: TyperCommand(name, help=summary) for name, (_, summary) in self.rooms.items()
        }
        self.commands = {**named, **self.commands}

    def entered(self, name: str) -> Any:
        """The command of that name, imported; None when there is none."""
        if name not in self.rooms:
            return self.commands.get(name)
        command = get_command(importlib.import_module(self.rooms[name][0]).app)
        command.name = name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.rooms:
            command = self.entered(name)
        return name, command, rest
