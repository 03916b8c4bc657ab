"""`nce hil`: a simulated modem at a real port, and sessions between a board and a real modem.

nce hil bridge --port /dev/ttyUSB0 --family bg95 --power-key dtr --script hole.jsonl
nce hil record --port /dev/ttyUSB1 --board /dev/ttyUSB0 -o session.jsonl
nce hil replay session.jsonl --port /dev/ttyUSB0

A port may be a URL of pyserial's, such as `rfc2217://192.0.2.7:2217` for a board elsewhere. Local
ports are locked.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from nce_cli import exit_codes
from nce_cli.backend_options import backend_settings
from nce_cli.hil_record import record
from nce_cli.messages import refuse
from nce_cli.modem_log import Minutes
from nce_cli.modem_sim import Family, Line, Place, Run, WorldName, serve
from nce_cli.port_problem import refuse_port
from nce_cli.replay import replay
from nce_cli.script_file import steps_of
from nce_sim.control.place import ControlError

if TYPE_CHECKING:
    from nce_sim.ports.serial_device import KeyLine

app = typer.Typer(
    help="Work with hardware in the loop: a simulated modem at a port, sessions recorded and "
    "played back.",
    no_args_is_help=True,
    add_completion=False,
)
# The other end's output -> the input of this port at which it arrives over a null-modem cable.
ARRIVES_AT: dict[str, KeyLine] = {"dtr": "dsr", "rts": "cts"}


@app.command(
    epilog="""Exit status: 0 ended by Ctrl-C, SIGTERM or --minutes; 1 the run failed; 2 wrong
usage, or a wrong script; 3 no such port; 4 the port is forbidden; 5 another program has the port;
9 the port cannot be opened for another reason, or went away."""
)
def bridge(
    port: Annotated[
        str,
        typer.Option(
            help="The serial port that is wired to the board's UART, or its URL: rfc2217://…"
        ),
    ],
    family: Family = "bg95",
    baud: Annotated[int, typer.Option(min=300, max=4_000_000, help="The port's rate.")] = 115_200,
    power_key: Annotated[
        Literal["dtr", "rts"] | None,
        typer.Option(
            help="The other end's line that is the power key: dtr arrives at DSR of this port, "
            "rts at CTS. The modem is then off until it is pressed."
        ),
    ] = None,
    off: Annotated[
        bool, typer.Option("--off", help="Leave the modem off; `nce sim key` presses its key.")
    ] = False,
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Faults and other events, a line of JSON for each."
        ),
    ] = None,
    minutes: Minutes = None,
    name: WorldName = "",
    seed: Annotated[int, typer.Option(help="The world's seed; the same seed, the same run.")] = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print what happens to the modem.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Let a simulated modem serve a real board, in real time until Ctrl-C.

    The modem has a SIM and a network with 1NCE OS. Commands such as `nce sim coverage off` and
    `nce sim fault reset` change its world; a script does the same at times of its own.
    """
    steps = steps_of(script)
    key_line = None if power_key is None else ARRIVES_AT[power_key]
    run = Run(
        family,
        Line(None, False, port, baud, key_line),
        backend_settings(False, False, None, "source"),
        off or power_key is not None,
        Place(seed, name, None),
        verbose,
        as_json,
        steps,
        minutes,
    )
    try:
        is_well = asyncio.run(serve(run, Console(stderr=as_json)))
    except ControlError as error:
        refuse(error, 1)
    except (OSError, ValueError) as error:  # pyserial has a ValueError for a wrong URL
        refuse_port(port, error)
    if not is_well:
        refuse(f"{port} went away", exit_codes.PORT_FAILED)


app.command(
    epilog="""Exit status: 0 recorded until Ctrl-C or --minutes; 1 the file took no more; 2 wrong
usage, or a file that cannot be written; 3 no such port; 4 a port is forbidden; 5 another program
has a port; 9 a port cannot be opened for another reason, or went away."""
)(record)
app.command(
    epilog="""Exit status: 0 the whole session was played; 1 the host did something else; 2 wrong
usage, or no session; 3 no such port; 4 the port is forbidden; 5 another program has the port; 9
the port cannot be opened for another reason, or went away; 130 Ctrl-C."""
)(replay)
