"""Commands of `nce sim` on what lies between a device and the internet in a running world.

nce sim card out
nce sim card in --sim 3                 # another SIM, such as one that was ordered
nce sim signal -118 --cell 1
nce sim link --latency-ms 2000 --loss-percent 20
nce sim link                            # as at the start
nce sim rebind-nat
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from nce_cli.tell import Json, OfModem, WhichWorld, ask_world, shown

OfCell = Annotated[
    int | None, typer.Option("--cell", min=1, help="The number of one cell. Default: all cells.")
]


def card(
    state: Annotated[Literal["out", "in"], typer.Argument()],
    modem: OfModem = 1,
    sim: Annotated[
        str | None,
        typer.Option(help="Another SIM to put in: its number, ICCID, address or twin."),
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Take the SIM out of a modem of a running world, put it back, or put another one in."""
    result = ask_world("card", {"state": state, "modem": modem, "sim": sim}, world)
    shown(result, "The SIM of modem {modem} is {state}", as_json)


def signal(
    rsrp_dbm: Annotated[int, typer.Argument(help="-156 to -44 dBm; -94 is usual.")],
    cell: OfCell = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let the cells of a running world be heard so strong; none below -135 dBm."""
    result = ask_world("signal", {"rsrp_dbm": rsrp_dbm, "cell": cell}, world)
    shown(result, "{cells} cell(s) are heard at {rsrp_dbm} dBm", as_json)


def link(
    latency_ms: Annotated[
        int | None, typer.Option(min=0, max=60_000, help="The least latency, one way.")
    ] = None,
    jitter_ms: Annotated[
        int | None, typer.Option(min=0, max=60_000, help="How much more it is at most.")
    ] = None,
    loss_percent: Annotated[
        float | None, typer.Option(min=0, max=100, help="Of the datagrams, each way.")
    ] = None,
    cell: OfCell = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Set latency and loss of the cells of a running world; without options, as at the start."""
    told = {"latency_ms": latency_ms, "jitter_ms": jitter_ms, "loss_percent": loss_percent}
    result = ask_world("link", {**told, "cell": cell}, world)
    if as_json:
        print(json.dumps(result))
        return
    for one in result["cells"]:
        least_ms, most_ms = one["latency_ms"]
        loss = f"{one['loss_percent']:g} % lost"
        print(f"Cell {one['number']}: {least_ms} to {most_ms} ms one way, {loss}")


def rebind_nat(
    sim: Annotated[str | None, typer.Argument(help="Of one SIM. Default: all.")] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Forget the NAT's bindings in a running world: devices get other public ports."""
    result = ask_world("rebind-nat", {"sim": sim}, world)
    shown(result, "{bindings} binding(s) are forgotten", as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (card, link, rebind_nat):
        app.command()(command)
    # A signal begins with a minus, which is no option there.
    app.command(context_settings={"ignore_unknown_options": True})(signal)
