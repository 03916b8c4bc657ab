"""The root of the command line: one group per room of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from nce import __version__
from nce_cli.rooms import Rooms

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


class Root(Rooms):
    """`nce`."""

    rooms = ROOMS


app = typer.Typer(
    name="nce",
    cls=Root,
    help="1NCE IoT SDK and simulated world.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
