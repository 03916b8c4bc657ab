"""`nce sim run`: somebody's own firmware in a simulated world.

nce sim run main.py --family sim7080 --template template.json
nce sim run main.py --cpython --coverage off@30,on@90 --until 10 --timeline run.jsonl
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from nce_cli.messages import failed, in_a_folder, refuse, say
from nce_cli.modem_sim import Family, StartTime, WorldName, start_ms_of
from nce_cli.world_log import TOLD, WorldLog, as_object
from nce_sim.firmware.watched import FirmwareFailed

if TYPE_CHECKING:
    from nce_sim.control.script import Step
    from nce_sim.record.timeline import Record
    from nce_sim.scenarios.own_firmware import OwnOptions, OwnOutcome, OwnRun

LATE_STATUS = 124  # as timeout(1) has it
INTERRUPTED_STATUS = 130
SHOWN_MESSAGES = 20
LONGEST_VALUE = 200
PROTOCOLS = {"udp": ("UDP",), "coap": ("COAP",)}
EPILOG = """Exit status: the firmware's; 0 when --until was reached; 1 the run failed; 2 wrong
usage; 124 the deadline passed; 128 and its number when a signal ended the firmware; 130 Ctrl-C."""


def run(
    firmware: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Your main program."),
    ],
    family: Family = "bg95",
    micropython: Annotated[
        bool, typer.Option("--micropython", help="Run it on MicroPython (default).")
    ] = False,
    cpython: Annotated[bool, typer.Option("--cpython", help="Run it on this Python.")] = False,
    heap_kib: Annotated[
        int,
        typer.Option(
            min=64, max=65_536, help="MicroPython's heap, in KiB; half of it is a 32-bit board's."
        ),
    ] = 512,
    flash: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="The working folder, as a board's flash. Default: the folder of your file.",
        ),
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[coap=|udp=]FILE",
            help="An Energy Saver template, of one protocol or of both. May be given again.",
        ),
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Faults and other events, a line of JSON for each."
        ),
    ] = None,
    coverage: Annotated[
        str | None,
        typer.Option(metavar="off@S,on@S", help="Coverage ends and comes at these seconds."),
    ] = None,
    until: Annotated[
        int | None, typer.Option(min=1, help="End well when 1NCE OS has so many messages.")
    ] = None,
    deadline_s: Annotated[float, typer.Option(min=1, help="End the run after this time.")] = 300,
    console_bytes: Annotated[
        int, typer.Option(min=1_000, help="End the run when the firmware prints more.")
    ] = 16_000_000,
    timeline: Annotated[
        Path | None,
        typer.Option(callback=in_a_folder, help="Write the timeline, a line of JSON a record."),
    ] = None,
    pcap: Annotated[
        Path | None, typer.Option(callback=in_a_folder, help="Write what was on the air.")
    ] = None,
    db: Annotated[
        Path | None,
        typer.Option(
            callback=in_a_folder, help="Keep the Device Inspector's database in this file."
        ),
    ] = None,
    start: StartTime = None,
    name: WorldName = "",
    seed: Annotated[int, typer.Option(help="The world's seed; the same seed, the same run.")] = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print everything that happens.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Run your own firmware against a simulated modem, SIM, network and 1NCE OS.

    Its `from board import Board` gives a board whose modem is the simulated one. Modules are found
    beside your file, in its `lib`, and among the packages of this project. Other commands reach
    the world while it runs, such as `nce sim coverage off`.
    """
    from nce_sim.scenarios.own_firmware import OwnOptions

    if micropython and cpython:
        raise typer.BadParameter("give --micropython or --cpython, not both")
    options = OwnOptions(
        firmware,
        interpreter="cpython" if cpython else "micropython",
        heap_kib=None if cpython else heap_kib,
        family=family,
        seed=seed,
        start_ms=start_ms_of(start),
        db=None if db is None else str(db),
        templates=[_template(text) for text in template or ()],
        script=sorted([*_script(script), *_coverage(coverage)], key=lambda step: step.at_ms),
        until=until,
        deadline_s=deadline_s,
        console_bytes=console_bytes,
        control=name,
        flash=flash,
    )
    shown = _Shown(Console(stderr=as_json), verbose, as_json)
    try:
        outcome = asyncio.run(_run(options, shown, _Files(timeline, pcap)))
    except (FirmwareFailed, OSError) as error:
        refuse(error, 1)
    if outcome is None:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(INTERRUPTED_STATUS)
    shown.end(outcome)
    _leave(outcome)


class _Files(NamedTuple):
    """What is written at the end."""

    timeline: Path | None
    pcap: Path | None

    def write(self, run: OwnRun) -> None:
        from nce_sim.record.pcap import write_pcap

        records = run.world.timeline.records()
        if self.timeline is not None:
            with self.timeline.open("w", encoding="utf-8") as file:
                for record in records:
                    file.write(json.dumps(as_object(record), default=str) + "\n")
        if self.pcap is not None:
            write_pcap(self.pcap, records, run.world.settings.calendar_start_s)


async def _run(options: OwnOptions, shown: _Shown, files: _Files) -> OwnOutcome | None:
    """The outcome; None after Ctrl-C or SIGTERM."""
    from nce_sim.scenarios.own_firmware import OwnRun

    loop = asyncio.get_running_loop()
    run = OwnRun(options, shown.line, shown.record, shown.step)
    shown.begin(run.start_ms)
    running = loop.create_task(run.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        return await running
    except asyncio.CancelledError:
        return None
    finally:
        files.write(run)


class _Shown:
    """What is printed while it runs, and at the end."""

    def __init__(self, console: Console, is_verbose: bool, as_json: bool) -> None:
        self._console = console
        self._is_verbose = is_verbose
        self._as_json = as_json
        self._log = WorldLog(0, is_verbose)

    def begin(self, start_ms: int) -> None:
        self._log = WorldLog(start_ms, self._is_verbose)

    def line(self, text: str) -> None:
        if self._as_json:
            _print({"kind": "console", "line": text})
        else:
            say(self._console, text)

    def record(self, record: Record) -> None:
        if self._as_json:
            if self._is_verbose or record.kind in TOLD:
                _print(as_object(record))
            return
        for line in self._log.lines(record):
            say(self._console, f"| {line}")

    def step(self, text: str) -> None:
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


def _leave(outcome: OwnOutcome) -> NoReturn:
    """End with the status of the run."""
    from nce_sim.scenarios.own_firmware import LATE

    if outcome.how == LATE:
        failed(outcome.why)
        sys.stdout.flush()
        raise typer.Exit(LATE_STATUS)
    status = outcome.status
    if status:
        how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
        failed(f"the firmware {how}")
    raise typer.Exit(status if status >= 0 else 128 - status)


def _template(text: str) -> tuple[tuple[str, ...], str]:
    """Protocols and the template's text, of `[coap=|udp=]FILE`."""
    protocol, equals, file = text.partition("=")
    if not equals:
        protocol, file = "", text
    elif protocol not in PROTOCOLS:
        raise typer.BadParameter(f"{text!r}: the protocol is coap or udp", param_hint="--template")
    protocols = PROTOCOLS.get(protocol, ("COAP", "UDP"))
    try:
        return protocols, Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--template") from error


def _script(script: Path | None) -> list[Step]:
    from nce_sim.control.script import ScriptMistake, read_script

    if script is None:
        return []
    try:
        return read_script(script.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ScriptMistake) as error:
        raise typer.BadParameter(f"{script}: {error}", param_hint="--script") from error


def _coverage(text: str | None) -> Sequence[Step]:
    """The steps of `off@30,on@90`."""
    from nce_sim.control.script import LATEST_S, Step

    steps = []
    for part in text.split(",") if text else ():
        found = re.fullmatch(r"(on|off)@(\d{1,8}(?:\.\d{1,3})?)", part.strip())
        if found is None or float(found[2]) > LATEST_S:
            raise typer.BadParameter(
                f"{part!r} is not on@SECONDS or off@SECONDS", param_hint="--coverage"
            )
        steps.append(Step(0, round(float(found[2]) * 1000), "coverage", {"state": found[1]}))
    return steps
