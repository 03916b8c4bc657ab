"""Commands of `nce sim` on the trouble of 1NCE OS in a running world.

nce sim trouble coaps error --count 2
nce sim trouble api slow --delay-ms 3000
nce sim troubles
nce sim end-trouble
nce sim rotate-key 1
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import typer

from nce_cli.tell import Json, Sim, WhichWorld, ask_world, shown


def trouble(
    endpoint: Annotated[
        Literal["coap", "coaps", "udp", "proxy", "lwm2m", "bootstrap", "onboarding", "api"],
        typer.Argument(),
    ],
    kind: Annotated[
        Literal["error", "silence", "slow", "down"],
        typer.Argument(help="down: nothing reaches it until the trouble is ended."),
    ],
    count: Annotated[
        int | None,
        typer.Option(min=1, help="For so many requests. Default: until it is ended."),
    ] = None,
    delay_ms: Annotated[int | None, typer.Option(min=1, help="How slow, with slow.")] = None,
    status: Annotated[
        str | None,
        typer.Option(help="The status of an error. Default: 503, which is 5.03 in CoAP."),
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let an endpoint of 1NCE OS in a running world refuse, be silent, slow or down."""
    told = {"endpoint": endpoint, "kind": kind, "count": count, "delay_ms": delay_ms}
    _print(ask_world("trouble", {**told, "status": status}, world), as_json)


def troubles(world: WhichWorld = None, as_json: Json = False) -> None:
    """List the troubles of 1NCE OS in a running world."""
    result = ask_world("troubles", {}, world)
    if as_json:
        print(json.dumps(result))
        return
    for one in result["troubles"]:
        _print(one, as_json)
    if not result["troubles"]:
        print("There is no trouble.")


def end_trouble(
    number: Annotated[
        int | None, typer.Argument(min=1, help="Of one trouble. Default: all.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """End a trouble of 1NCE OS in a running world, or all of them."""
    result = ask_world("end-trouble", {"number": number}, world)
    shown(result, "{ended} trouble(s) ended", as_json)


def rotate_key(sim: Sim, world: WhichWorld = None, as_json: Json = False) -> None:
    """Make a new key for a SIM of a running world; its device has the old one."""
    shown(ask_world("rotate-key", {"sim": sim}, world), "SIM {sim} has a new key", as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (trouble, troubles, end_trouble, rotate_key):
        app.command()(command)


def _print(one: dict[str, Any], as_json: bool) -> None:
    parts = [
        "" if one["status"] is None else f" {one['status']}",
        "" if one["delay_ms"] is None else f" by {one['delay_ms']} ms",
        ", until it is ended" if one["left"] is None else f", for {one['left']} request(s)",
    ]
    shown({**one, "more": "".join(parts)} if not as_json else one, _LINE, as_json)


_LINE = "Trouble {number}: {endpoint} {kind}{more}; met {met} request(s)"
