"""What `nce sim up` prints: the world at its start, then what happens in it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from nce_cli.api_options import api_lines, portal_lines
from nce_cli.messages import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from nce_sim.record.timeline import Record


def print_world(console: Console, description: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(description), flush=True)
        return
    # A narrow terminal drops the last columns; the twin tells the address, too.
    width = console.width
    _print_table(console, "SIMs", description["sims"], ("iccid", "pty", "twin", "address"), width)
    endpoints = description["endpoints"]
    _print_table(console, "Endpoints", endpoints, ("service", "twin", "address"), width)
    block = description["twins"]
    say(console, "There are no twins." if block is None else f"The block of twins is {block}.")
    say(console, f"The world's time is {description['time']}.")
    say(
        console,
        f"`nce sim status` and similar commands reach it at {description['control']['socket']}",
    )
    for line in [] if description["api"] is None else api_lines(description["api"]):
        say(console, line)
    for line in [] if description["portal"] is None else portal_lines(description["portal"]):
        say(console, line)
    say(console, "Press Ctrl-C to stop it.")
    sys.stdout.flush()


_HEADINGS = {"iccid": "ICCID", "pty": "modem"}


def _print_table(
    console: Console, title: str, rows: list[dict[str, Any]], names: tuple[str, ...], width: int
) -> None:
    """The first columns, as many as fit into the terminal; every cell is complete."""
    cells = {name: [str(row[name] or "") for row in rows] for name in names}
    table = Table(title=title)
    used = 1
    shown: list[str] = []
    for name in names:
        used += 3 + max(map(len, (*cells[name], _HEADINGS.get(name, name))))
        if shown and used > width:
            break
        shown.append(name)
        table.add_column(_HEADINGS.get(name, name), overflow="fold", no_wrap=False)
    for values in zip(*(cells[name] for name in shown), strict=True):
        table.add_row(*values)
    console.print(table)


def printer(
    console: Console, start_ms: int, is_verbose: bool, as_json: bool
) -> Callable[[Record], None]:
    """Returns the function that gets every record of the timeline and prints some of them."""
    from nce_cli.world_log import TOLD, WorldLog, as_object

    log = WorldLog(start_ms, is_verbose)

    def print_json(record: Record) -> None:
        if is_verbose or record.kind in TOLD:
            print(json.dumps(as_object(record), default=str), flush=True)

    def print_lines(record: Record) -> None:
        for line in log.lines(record):
            say(console, line)

    return print_json if as_json else print_lines
