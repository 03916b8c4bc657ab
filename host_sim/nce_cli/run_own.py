"""`nce sim run`: somebody's own firmware in a simulated world.

nce sim run main.py --family sim7080 --template template.json
nce sim run main.py --cpython --coverage off@30,on@90 --until 10 --timeline run.jsonl
nce sim run main.py --qemu --flash board
nce sim run main.py --pico --until 10
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer
from rich.console import Console

from nce_cli.messages import failed, in_a_folder, refuse
from nce_cli.modem_sim import Family, Seed, StartTime, WorldName, start_ms_of
from nce_cli.run_shown import RunShown
from nce_cli.script_file import steps_of
from nce_cli.world_log import as_object
from nce_sim.firmware.watched import FirmwareFailed

if TYPE_CHECKING:
    from nce_sim.control.script import Step
    from nce_sim.scenarios.own_firmware import OwnOptions, OwnOutcome, OwnRun

LATE_STATUS = 124  # as timeout(1) has it
INTERRUPTED_STATUS = 130
MOST_BOARD_HEAP_KIB = 1024
PROTOCOLS = {"udp": ("UDP",), "coap": ("COAP",)}
EPILOG = """Exit status: the firmware's; 0 when --until was reached; 1 the run failed; 2 wrong
usage; 124 the deadline passed; 128 and its number when a signal ended the firmware; 130 Ctrl-C."""


app = typer.Typer(add_completion=False)


@app.command(epilog=EPILOG)
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
    qemu: Annotated[
        bool, typer.Option("--qemu", help="Run it on an emulated board, a Cortex-M3.")
    ] = False,
    pico: Annotated[
        bool,
        typer.Option("--pico", help="Run it on an emulated Raspberry Pi Pico, in virtual time."),
    ] = False,
    image: Annotated[
        Path | None,
        typer.Option(
            help="MicroPython for --qemu or --pico. Default: build/qemu/firmware.elf or "
            "build/pico/frozen.bin."
        ),
    ] = None,
    heap_kib: Annotated[
        int | None,
        typer.Option(
            min=64,
            max=65_536,
            help="MicroPython's heap, in KiB; half of it is a 32-bit board's. Default: 512, and "
            "256 with --qemu, which has at most 1024.",
        ),
    ] = None,
    flash: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="The working folder, as a board's flash. Default: the folder of your file. With "
            "--qemu or --pico: the folder that keeps flash.img or pico.img. Default: a blank "
            "flash.",
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
    deadline_s: Annotated[
        float,
        typer.Option(min=1, help="End the run after this time; with --pico, of the board's time."),
    ] = 300,
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
    seed: Seed = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print everything that happens.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Run your own firmware against a simulated modem, SIM, network and 1NCE OS.

    Its `from board import Board` gives a board whose modem is the simulated one. Modules are found
    beside your file, in its `lib`, and among the packages of this project. Other commands reach
    the world while it runs, such as `nce sim coverage off`; with --pico, whose time is virtual,
    --coverage and --script do that.
    """
    from nce_sim.scenarios.own_firmware import OwnOptions

    interpreter = _interpreter(micropython, cpython, qemu, pico)
    if interpreter == "qemu" and heap_kib is not None and heap_kib > MOST_BOARD_HEAP_KIB:
        raise typer.BadParameter(
            f"{heap_kib}: the emulated board has at most {MOST_BOARD_HEAP_KIB}",
            param_hint="--heap-kib",
        )
    if cpython and heap_kib is not None:
        raise typer.BadParameter(
            f"{heap_kib}: CPython's heap has no size; leave it out", param_hint="--heap-kib"
        )
    if image is not None and interpreter not in ("qemu", "pico"):
        raise typer.BadParameter("goes with --qemu or --pico", param_hint="--image")
    _check_pico(interpreter, heap_kib, name)
    options = OwnOptions(
        firmware,
        interpreter=interpreter,
        heap_kib=heap_kib,
        image=image,
        family=family,
        seed=seed,
        start_ms=start_ms_of(start),
        db=None if db is None else str(db),
        templates=[_template(text) for text in template or ()],
        script=sorted([*steps_of(script), *_coverage(coverage)], key=lambda step: step.at_ms),
        until=until,
        deadline_s=deadline_s,
        console_bytes=console_bytes,
        control=None if interpreter == "pico" else name,
        flash=flash,
    )
    shown = RunShown(Console(stderr=as_json), verbose, as_json)
    try:
        outcome = _ran(options, _run(options, shown, _Files(timeline, pcap)))
    except (FirmwareFailed, OSError) as error:
        refuse(error, 1)
    if outcome is None:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(INTERRUPTED_STATUS)
    shown.end(outcome)
    _leave(outcome)


def _interpreter(micropython: bool, cpython: bool, qemu: bool, pico: bool) -> str:
    given = {"micropython": micropython, "cpython": cpython, "qemu": qemu, "pico": pico}
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        text = " and ".join(f"--{name}" for name in names)
        raise typer.BadParameter(f"{text}: give one of them, not both")
    return names[0] if names else "micropython"


def _check_pico(interpreter: str, heap_kib: int | None, name: str) -> None:
    """Refuse what does not go with an emulated Pico."""
    if interpreter != "pico":
        return
    if heap_kib is not None:
        raise typer.BadParameter(
            f"{heap_kib}: a Pico has the heap of its image, 240 KiB", param_hint="--heap-kib"
        )
    if name:
        raise typer.BadParameter(
            f"{name}: other commands do not reach a world in virtual time; --coverage and "
            "--script say what happens, and when",
            param_hint="--name",
        )


class _Files(NamedTuple):
    """What is written at the end."""

    timeline: Path | None
    pcap: Path | None

    def write(self, run: OwnRun) -> None:
        from nce_sim.record.pcap import write_pcap

        records = run.world.timeline.records()
        path = self.timeline
        try:
            if path is not None:
                with path.open("w", encoding="utf-8") as file:
                    for record in records:
                        file.write(json.dumps(as_object(record), default=str) + "\n")
            path = self.pcap
            if path is not None:
                write_pcap(path, records, run.world.settings.calendar_start_s)
        except OSError as error:
            raise FirmwareFailed(f"{path} cannot be written: {error.strerror}") from error


def _ran(
    options: OwnOptions, running: Coroutine[Any, Any, OwnOutcome | None]
) -> OwnOutcome | None:
    """The outcome, in the time that the firmware has."""
    if options.interpreter != "pico":
        return asyncio.run(running)
    from nce_sim.clock import run_virtual

    return run_virtual(lambda clock: running)


async def _run(options: OwnOptions, shown: RunShown, files: _Files) -> OwnOutcome | None:
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
