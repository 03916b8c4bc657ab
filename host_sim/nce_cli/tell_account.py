"""Commands of `nce sim` on the time of a running world and on the account of its SIMs.

nce sim time --advance-s 14400
nce sim exhaust 1
nce sim top-up 1
nce sim limit 1 data 1000000
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from nce_cli.tell import Json, Sim, WhichWorld, ask_world, shown

# A jump over years of events takes its time.
_PATIENCE_S = 600.0


def time(
    advance_s: Annotated[
        float | None, typer.Option(min=0, help="Let so many seconds pass at once.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.01, max=10_000, help="Run so much faster than real time.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Tell the time of a running world; let it jump ahead, or run at another speed."""
    arguments = {"advance_s": advance_s, "speed": speed}
    result = ask_world("time", arguments, world, _PATIENCE_S)
    shown(result, "The world's time is {time}, its speed {speed:g}", as_json)


def limit(
    sim: Sim,
    kind: Annotated[Literal["data", "sms_mo", "sms_mt"], typer.Argument()],
    volume: Annotated[
        int | None, typer.Argument(min=0, help="Bytes or messages a month. Default: no limit.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Limit what a SIM of a running world may use in a month, or lift the limit."""
    _print_account(
        ask_world("limit", {"sim": sim, "kind": kind, "volume": volume}, world), as_json
    )


def lock(
    sim: Sim,
    imei: Annotated[
        str | None, typer.Argument(help="Default: the IMEI of the next attach.")
    ] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Lock a SIM of a running world to one IMEI."""
    _print_account(ask_world("lock", {"sim": sim, "imei": imei}, world), as_json)


def platform(
    sim: Sim,
    number: Annotated[Literal["1.0", "2.0"], typer.Argument(metavar="PLATFORM")],
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Put a SIM of a running world, that has used no data, on 1NCE's Platform 1.0 or 2.0."""
    _print_account(ask_world("platform", {"sim": sim, "platform": number}, world), as_json)


def _plain(verb: str, summary: str) -> Callable[..., None]:
    """The command of a verb that takes a SIM alone."""

    def command(sim: Sim, world: WhichWorld = None, as_json: Json = False) -> None:
        _print_account(ask_world(verb, {"sim": sim}, world), as_json)

    command.__doc__ = summary
    return command


_PLAIN = {
    "account": "Tell what a SIM of a running world has left.",
    "exhaust": "Use up the data volume of a SIM of a running world.",
    "top-up": "Give a SIM of a running world its first volume again.",
    "expire": "End the lifetime of a SIM of a running world now.",
    "extend": "Give a SIM of a running world another lifetime.",
    "reset": "Let a SIM of a running world attach again.",
    "unlock": "Allow a SIM of a running world in any device.",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (time, limit, lock, platform):
        app.command()(command)
    for verb, summary in _PLAIN.items():
        app.command(verb)(_plain(verb, summary))


def _print_account(result: dict[str, Any], as_json: bool) -> None:
    limits = ", ".join(
        f"{name} {volume}" for name, volume in result["limits"].items() if volume is not None
    )
    states = [name for name in ("enabled", "expired") if result[f"is_{name}"]]
    state = {**result, "limits_shown": limits or "none", "state": ", ".join(states) or "disabled"}
    if as_json:
        shown(result, "", as_json)
        return
    text = (
        "SIM {sim} ({state}): {data_bytes_left} B and {sms_left} SMS left, limits: {limits_shown}"
    )
    shown(state, text, as_json)
