"""Commands of `nce sim` on the states of a running world.

nce sim snapshot lunch
nce sim snapshots
nce sim restore lunch
nce sim rewind                          # to the state right after the start
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from nce_cli.tell import Json, WhichWorld, ask_world, shown

Name = Annotated[str, typer.Argument(help="The name of the state.")]
_BACK = "The world is at {name} again; its time is {time}"


def snapshot(name: Name, world: WhichWorld = None, as_json: Json = False) -> None:
    """Keep the state of a running world under a name; it ends with the world."""
    shown(ask_world("snapshot", {"name": name}, world), "{name} is kept, of {time}", as_json)


def restore(name: Name, world: WhichWorld = None, as_json: Json = False) -> None:
    """Let a running world go back to a state that was kept; modems attach again."""
    shown(ask_world("restore", {"name": name}, world), _BACK, as_json)


def rewind(world: WhichWorld = None, as_json: Json = False) -> None:
    """Let a running world go back to the state right after its start."""
    shown(ask_world("rewind", {}, world), _BACK, as_json)


def snapshots(world: WhichWorld = None, as_json: Json = False) -> None:
    """List the states of a running world that were kept."""
    result = ask_world("snapshots", {}, world)
    if as_json:
        print(json.dumps(result))
        return
    for one in result["snapshots"]:
        print(f"{one['name']}, of {one['time']}")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (snapshot, restore, rewind, snapshots):
        app.command()(command)
