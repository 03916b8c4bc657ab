"""What `nce sim run` prints: console, network and, at the end, what 1NCE OS has.

shown = RunShown(Console(), is_verbose=False, as_json=False)
shown.begin(run.start_ms)
shown.line("boot"), shown.record(record), shown.end(outcome)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from nce_cli.messages import say
from nce_cli.world_log import TOLD, WorldLog, as_object

if TYPE_CHECKING:
    from nce_sim.record.timeline import Record
    from nce_sim.scenarios.own_firmware import OwnOutcome

SHOWN_MESSAGES = 20
LONGEST_VALUE = 200


class RunShown:
    """What is printed while it runs, and at the end."""

    def __init__(self, console: Console, is_verbose: bool, as_json: bool) -> None:
        self._console = console
        self._is_verbose = is_verbose
        self._as_json = as_json
        self._log = WorldLog(0, is_verbose)

    def begin(self, start_ms: int) -> None:
        """The time at which the world's clock shows 0."""
        self._log = WorldLog(start_ms, self._is_verbose)

    def line(self, text: str) -> None:
        """A line of the firmware's console."""
        if self._as_json:
            _print({"kind": "console", "line": text})
        else:
            say(self._console, text)

    def record(self, record: Record) -> None:
        """What happened in the world."""
        if self._as_json:
            if self._is_verbose or record.kind in TOLD:
                _print(as_object(record))
            return
        for line in self._log.lines(record):
            say(self._console, f"| {line}")

    def step(self, text: str) -> None:
        """A step of the script."""
        if self._as_json:
            _print({"kind": "step", "text": text})
        else:
            say(self._console, f"| {text.removeprefix('script line 0: ')}")

    def end(self, outcome: OwnOutcome) -> None:
        """What 1NCE OS has."""
        if self._as_json:
            messages = [
                {
                    "received_ms": one.received_ms,
                    "protocol": one.protocol,
                    "topic": one.topic,
                    "is_decoded": one.is_json,
                    "value": one.value if one.is_json else one.value.hex(),
                }
                for one in outcome.messages
            ]
            _print(
                {"kind": "end", "how": outcome.how, "status": outcome.status, "messages": messages}
            )
            return
        last = outcome.messages[-SHOWN_MESSAGES:]
        count = len(outcome.messages)
        table = Table(title=f"1NCE OS has {count} message{'' if count == 1 else 's'}")
        for title in ("protocol", "topic", "value"):
            table.add_column(title, overflow="fold")
        for one in last:
            value = json.dumps(one.value) if one.is_json else one.value.hex()
            cut = value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "..."
            topic = json.dumps(one.topic or "")[1:-1]
            table.add_row(*(_plain(text) for text in (one.protocol, topic, cut)))
        if last:
            self._console.print(table)
        else:
            say(self._console, "1NCE OS has no message.")
        if count > len(last):
            say(self._console, f"These are the last {len(last)}.")


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(text)


def _print(value: dict[str, Any]) -> None:
    print(json.dumps(value, default=str), flush=True)
