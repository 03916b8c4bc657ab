"""The root of the command line: one group per room of the project."""

from __future__ import annotations

from typing import Annotated

import typer

from nce import __version__
from nce_cli.doctor import doctor
from nce_cli.modem_log import log
from nce_sim.cli.bcl_tools import app as bcl_app
from nce_sim.cli.firmware import app as firmware_app
from nce_sim.cli.sim import app as sim_app

app = typer.Typer(
    name="nce",
    help="1NCE IoT SDK and simulated world.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(sim_app, name="sim")
app.add_typer(bcl_app, name="bcl")
app.add_typer(firmware_app, name="firmware")
app.command()(doctor)

modem_app = typer.Typer(help="Work with a real modem.", no_args_is_help=True)
modem_app.command()(log)


@modem_app.callback()
def modem() -> None:
    """Work with a real modem."""


app.add_typer(modem_app, name="modem")


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
