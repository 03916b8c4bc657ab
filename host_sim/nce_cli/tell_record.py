"""Commands of `nce sim` that tell what was in a running world.

nce sim timeline --modem 2 --last-s 600
nce sim exchange
nce sim capture run.pcap
nce sim settings
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from nce_cli.messages import in_a_folder, refuse
from nce_cli.tell import Json, OfModem, WhichWorld, ask_world
from nce_cli.whole_file import write_whole

LastSeconds = Annotated[
    int, typer.Option("--last-s", min=1, max=604_800, help="How far back, in the world's time.")
]
_LIFELINES = ("device", "modem", "network", "1NCE OS", "customer")


def timeline(
    modem: OfModem = 1,
    last_s: LastSeconds = 3_600,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Tell the radio state, signal, bytes and events of a device of a running world."""
    result = ask_world("timeline", {"modem": modem, "last_s": last_s}, world)
    if as_json:
        print(json.dumps(result))
        return
    lines = [(one["start"], f"radio {one['state']}") for one in result["states"]]
    for one in result["signal"]:
        level = one["rsrp_dbm"]
        lines.append((one["time"], "no signal" if level is None else f"signal {level} dBm"))
    for one in result["volumes"]:
        lost = f", {one['lost']} B of them lost" if one["lost"] else ""
        lines.append((one["time"], f"{one['up']} B up, {one['down']} B down{lost}"))
    lines += [(one["time"], f"{one['kind']}: {one['text']}") for one in result["moments"]]
    for time, text in sorted(lines, key=lambda line: line[0]):
        print(f"{_clock(time)}  {_printable(text)}")


def exchange(modem: OfModem = 1, world: WhichWorld = None, as_json: Json = False) -> None:
    """Tell the last exchange of a device of a running world, step by step."""
    result = ask_world("exchange", {"modem": modem}, world)
    if as_json:
        print(json.dumps(result))
        return
    for one in result["steps"]:
        ends = [_LIFELINES[one[name]] for name in ("start", "end")]
        way = ends[0] if ends[0] == ends[1] else " → ".join(ends)
        print(f"{_clock(one['time'])}  {way:<20}  {_printable(one['text'])}")
    if not result["steps"]:
        print("It has sent nothing yet.")


def capture(
    file: Annotated[
        Path, typer.Argument(callback=in_a_folder, dir_okay=False, help="The file to write.")
    ],
    modem: OfModem = 1,
    last_s: LastSeconds = 3_600,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Write the datagrams of a device of a running world to a pcap file."""
    result = ask_world("capture", {"modem": modem, "last_s": last_s}, world)
    try:
        write_whole(file, base64.b64decode(result.pop("pcap")))
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror}", 1)
    if as_json:
        print(json.dumps({**result, "file": str(file)}))
        return
    left_out = f"; {result['left_out']} older ones do not fit" if result["left_out"] else ""
    print(f"{result['packets']} packet(s) in {file}{left_out}")


def settings(world: WhichWorld = None, as_json: Json = False) -> None:
    """Tell the settings that a running world began with."""
    result = ask_world("settings", {}, world)
    if as_json:
        print(json.dumps(result))
        return
    for one in result["settings"]:
        print(f"{one['name']} = {one['value']}")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (timeline, exchange, capture, settings):
        app.command()(command)


def _clock(time: str) -> str:
    return f"{datetime.fromisoformat(time):%H:%M:%S.%f}"[:-3]


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
