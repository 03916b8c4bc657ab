"""`nce sim lwm2m`: the LwM2M clients of a running world.

nce sim lwm2m                               # who is registered, with what, for how long
nce sim lwm2m read 1 /3303/0/5700
nce sim lwm2m write 1 /3311/0/5850 true
nce sim lwm2m execute 1 /3/0/4
nce sim lwm2m observe 1 /3303/0/5700        # --end ends it
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nce_cli.messages import refuse
from nce_cli.tell import Json, Sim, WhichWorld, ask_world
from nce_sim.control.client import PATIENCE_S

app = typer.Typer(help="List the LwM2M clients of a running world, or ask one of them.")

ResourcePath = Annotated[
    str, typer.Argument(metavar="PATH", help="Such as /3303/0/5700: object, instance, resource.")
]
WaitS = Annotated[
    int, typer.Option(min=1, max=86_400, help="How long to wait for the client's answer.")
]


@app.callback(invoke_without_command=True)
def clients(context: typer.Context, world: WhichWorld = None, as_json: Json = False) -> None:
    """List the LwM2M clients of a running world, or ask one of them."""
    if context.invoked_subcommand is not None:
        return
    result = ask_world("lwm2m", {}, world)
    if as_json:
        print(json.dumps(result))
        return
    console = Console()
    if not result["clients"]:
        console.print("No LwM2M client is registered.")
        return
    table = Table(title="LwM2M clients")
    for heading in ("SIM", "name", "address", "version", "lifetime left", "objects", "observed"):
        table.add_column(heading)
    for one in result["clients"]:
        table.add_row(*(escape(cell) for cell in _cells(one)))
    console.print(table)


@app.command()
def read(
    sim: Sim,
    path: ResourcePath,
    wait_s: WaitS = 100,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Read an object, an instance or a resource of a client."""
    _act(sim, "read", path, None, wait_s, world, as_json)


# A number below zero begins with a minus, which is no option there.
@app.command(context_settings={"ignore_unknown_options": True})
def write(
    sim: Sim,
    path: ResourcePath,
    data: Annotated[
        str, typer.Argument(help="The value as a text; base64 where the resource is opaque.")
    ],
    wait_s: WaitS = 100,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Write a resource of a client."""
    _act(sim, "write", path, data, wait_s, world, as_json)


@app.command()
def execute(
    sim: Sim,
    path: ResourcePath,
    wait_s: WaitS = 100,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Execute a resource of a client."""
    _act(sim, "execute", path, None, wait_s, world, as_json)


@app.command()
def observe(
    sim: Sim,
    path: ResourcePath,
    end: Annotated[bool, typer.Option("--end", help="End the observation.")] = False,
    wait_s: WaitS = 100,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let a client notify of a path from now on; what it sends is telemetry."""
    _act(sim, "observe-end" if end else "observe-start", path, None, wait_s, world, as_json)


def _act(
    sim: str,
    action: str,
    path: str,
    data: str | None,
    wait_s: int,
    world: str | None,
    as_json: bool,
) -> None:
    told = {"sim": sim, "action": action, "path": path, "data": data, "wait_s": wait_s}
    result = ask_world("lwm2m-action", told, world, PATIENCE_S + wait_s)
    if as_json:
        print(json.dumps(result))
    elif result["status"] == "SUCCEEDED":
        print(_text(result))
    if result["status"] != "SUCCEEDED":
        # With --json the whole answer is on the other stream.
        refuse(result["errorMessage"], 1)


def _text(result: dict[str, Any]) -> str:
    """The values, a line each; else the code."""
    code: str = result["code"]
    lines = [
        f"{path} = {json.dumps(value)}"
        for path, value in json.loads(result.get("payload", "{}")).items()
    ]
    if result["errorMessage"]:
        lines.append(result["errorMessage"])
    return "\n".join(lines) or f"{code[0]}.{code[1:]}"


def _cells(one: dict[str, Any]) -> list[str]:
    objects = (
        number if version is None else f"{number} ({version})"
        for number, version in one["objects"].items()
    )
    way = " by DTLS" if one["is_secure"] else ""
    queue = ", queue mode" if one["is_queueing"] else ""
    return [
        str(one["sim"] or one["iccid"]),
        one["endpoint_name"],
        one["address"] + way,
        one["version"] + queue,
        f"{one['lifetime_left_s']} of {one['lifetime_s']} s",
        " ".join(objects),
        " ".join(one["observations"]),
    ]


def add_to(room: typer.Typer) -> None:
    """Add the command and its own."""
    room.add_typer(app, name="lwm2m")
