"""Commands of `nce sim` that control a running world.

nce sim status
nce sim sms 1 "hello"
nce sim key                             # press the first modem's power key
nce sim coverage off --world world-2
nce sim fault reset --command +QISEND
nce sim track walk.gpx --loop

Each finds the world that is running; where there are several, `--world` names one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from nce_cli.messages import refuse
from nce_sim.control.client import PATIENCE_S, ask
from nce_sim.control.place import ControlError, find

Sim = Annotated[
    str, typer.Argument(help="The SIM's number (1 is the first), ICCID, address or twin.")
]
WhichModem = Annotated[int, typer.Argument(min=1, help="The modem's number; 1 is the first.")]
WhichWorld = Annotated[
    str | None,
    typer.Option(
        "--world", metavar="NAME|PATH", help="The world, by its name or the path of its socket."
    ),
]
OfModem = Annotated[
    int, typer.Option("--modem", min=1, help="The modem's number. Default: 1, the first.")
]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]


def sms(
    sim: Sim,
    text: Annotated[str, typer.Argument(help="The text; it must fit into one message.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="The sender's number.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Send an SMS to a SIM of a running world."""
    result = ask_world("sms", {"sim": sim, "text": text, "source": source}, world)
    shown(result, "SMS {id} to SIM {sim}: {status}", as_json)


def key(
    modem: WhichModem = 1,
    hold_ms: Annotated[
        int | None,
        typer.Option(
            min=0, max=60_000, help="How long to press it. Default: long enough to switch on."
        ),
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Press the power key of a modem of a running world, and release it."""
    patience_s = PATIENCE_S + (hold_ms or 0) / 1000
    result = ask_world("key", {"modem": modem, "hold_ms": hold_ms}, world, patience_s)
    shown(result, "Modem {number}: key held for {hold_ms} ms, power {power}", as_json)


def power(
    modem: Annotated[int, typer.Argument(min=1, help="The modem's number; 1 is the first.")],
    state: Annotated[
        Literal["on", "off", "cut", "kill"],
        typer.Argument(
            help="off: an orderly shutdown; cut: the power fails; kill: a crash, then a boot."
        ),
    ],
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Switch a modem of a running world on or off."""
    result = ask_world("power", {"modem": modem, "state": state}, world)
    shown(result, "Modem {number}: power {power}", as_json)


def enable(sim: Sim, world: WhichWorld = None, as_json: Json = False) -> None:
    """Enable a SIM of a running world."""
    shown(ask_world("enable", {"sim": sim}, world), "SIM {sim} is enabled", as_json)


def disable(sim: Sim, world: WhichWorld = None, as_json: Json = False) -> None:
    """Disable a SIM of a running world."""
    shown(ask_world("disable", {"sim": sim}, world), "SIM {sim} is disabled", as_json)


def coverage(
    state: Annotated[Literal["on", "off"], typer.Argument()],
    cell: Annotated[
        int | None, typer.Option(min=1, help="The number of one cell. Default: all cells.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Switch coverage in a running world on or off."""
    result = ask_world("coverage", {"state": state, "cell": cell}, world)
    shown(result, f"Coverage is {state} in {{cells}} cell(s)", as_json)


def fault(
    name: Annotated[str, typer.Argument(help="The fault, such as reset; another name lists all.")],
    command: Annotated[
        str | None, typer.Option(help="Wait for this AT command, such as +QISEND.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Wait for so many commands. Default: 1.")
    ] = None,
    point: Annotated[
        str | None,
        typer.Option(help="The point of the command: received, prompt, after_payload, …"),
    ] = None,
    modem: OfModem = 1,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let a fault happen to a modem of a running world, now or at a command to come."""
    told = {"name": name, "command": command, "count": count, "point": point, "modem": modem}
    result = ask_world("fault", told, world)
    shown(result, "The fault {fault!r} " + _WHEN[result["is_waiting"]], as_json)


_WHEN = {True: "waits for its command", False: "happens"}


def track(
    file: Annotated[Path, typer.Argument(help="A recorded track: a .gpx or a .csv file.")],
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end.")] = False,
    modem: OfModem = 1,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Move a modem of a running world along a track, from now on."""
    told = {"file": str(file.absolute()), "loop": loop, "modem": modem}
    end = "which then begins again" if loop else "where it then stays"
    text = f"Modem {{modem}} is on a track of {{points}} points and {{duration_s:g}} s, {end}"
    shown(ask_world("track", told, world), text, as_json)


def stay(
    latitude: Annotated[float, typer.Argument(help="Degrees, -90 to 90; north is plus.")],
    longitude: Annotated[float, typer.Argument(help="Degrees, -180 to 180; east is plus.")],
    altitude_m: Annotated[float, typer.Option("--altitude-m", help="Metres above the sea.")] = 0,
    modem: OfModem = 1,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Keep a modem of a running world at one place, from now on."""
    told = {"latitude": latitude, "longitude": longitude, "altitude_m": altitude_m}
    result = ask_world("stay", {**told, "modem": modem}, world)
    shown(result, "Modem {modem} stays at {latitude}, {longitude}, {altitude_m:g} m", as_json)


def sky(
    state: Annotated[Literal["indoors", "outdoors"], typer.Argument()],
    modem: OfModem = 1,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let a modem of a running world hear no satellite (indoors), or all (outdoors)."""
    shown(
        ask_world("sky", {"state": state, "modem": modem}, world),
        f"Modem {{modem}} is {state}",
        as_json,
    )


def towers(
    file: Annotated[Path, typer.Argument(help="Cells of OpenCelliD: a .csv or .csv.gz file.")],
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Import the places of cell towers into a running world, for its Device Locator."""
    result = ask_world("towers", {"file": str(file.absolute())}, world)
    shown(result, "{towers} tower(s) imported; {all_towers} are known", as_json)


def status(world: WhichWorld = None, as_json: Json = False) -> None:
    """Show the SIMs, modems and cells of a running world."""
    result = ask_world("status", {}, world)
    if as_json:
        print(json.dumps(result))
        return
    console = Console()
    console.print(f"The world's time is {result['time']}.", highlight=False)
    for kind in ("sims", "modems", "cells"):
        rows: list[dict[str, Any]] = result[kind]
        if not rows:
            continue
        table = Table(title={"sims": "SIMs", "modems": "Modems", "cells": "Cells"}[kind])
        for heading in rows[0]:
            table.add_column(heading.removeprefix("is_").replace("_", " "))
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        console.print(table)


COMMANDS = (status, sms, key, power, enable, disable, coverage, fault, track, sky, towers)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in COMMANDS:
        app.command()(command)
    # Degrees of the south and of the west begin with a minus, which is no option there.
    app.command(context_settings={"ignore_unknown_options": True})(stay)


def ask_world(
    verb: str, arguments: dict[str, Any], world: str | None, patience_s: float = PATIENCE_S
) -> dict[str, Any]:
    """The result of a verb of the world that is running."""
    try:
        return ask(find(world), verb, arguments, patience_s=patience_s)
    except ControlError as error:
        refuse(error, 1)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(130) from None


def shown(result: dict[str, Any], text: str, as_json: bool) -> None:
    """Print a result as JSON, or as `text` with its fields."""
    print(json.dumps(result) if as_json else text.format(**result))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
