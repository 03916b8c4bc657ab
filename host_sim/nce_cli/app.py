"""The root of the command line: one group per room of the project.

A group's module is imported when it is used: `nce --help` needs no SQLAlchemy and no cryptography.
"""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from nce import __version__

# Name, the module whose `app` it is, and the help that `nce --help` shows without it.
ROOMS = {
    "sim": ("nce_cli.sim", "Run a simulated world."),
    "portal": (
        "nce_cli.portal",
        "Show the Customer Portal for an account of 1NCE, or of a simulator, until Ctrl-C.",
    ),
    "bcl": ("nce_cli.bcl_tools", "Work with Energy Saver templates (BCL)."),
    "lwm2m": ("nce_cli.lwm2m", "Work with LwM2M."),
    "board": ("nce_cli.board", "Build firmware for a board, flash it and follow it."),
    "hil": (
        "nce_cli.hil",
        "Work with hardware in the loop: a simulated modem at a port, sessions recorded and "
        "played back.",
    ),
    "modem": ("nce_cli.modem_log", "Work with a real modem."),
    "doctor": (
        "nce_cli.doctor",
        "Attach a modem, or read a log of one, and say where it stops and what to try.",
    ),
}


class Rooms(TyperGroup):
    """A group whose commands stand for modules until one of them is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in ROOMS:
            command = get_command(importlib.import_module(ROOMS[name][0]).app)
            command.name = name
        return name, command, rest


app = typer.Typer(
    name="nce",
    cls=Rooms,
    help="1NCE IoT SDK and simulated world.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, (_, _help) in ROOMS.items():
    app.add_typer(typer.Typer(help=_help), name=_name)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"nce-iot {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """1NCE IoT SDK and simulated world."""
