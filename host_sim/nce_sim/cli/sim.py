"""`nce sim`: worlds to run firmware against."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from nce_sim.cli import tell
from nce_sim.cli.backend_options import (
    CoapsDevice,
    ConnectionId,
    SessionIds,
    SessionTickets,
    backend_settings,
)
from nce_sim.cli.modem_sim import Family, StartTime, WorldName, modem, start_ms_of
from nce_sim.firmware.process import SOURCE_ROOT, FirmwareFailed

if TYPE_CHECKING:
    # The backend with its libraries: a world that runs elsewhere is told things without them.
    from nce_sim.scenarios import first_light as story
    from nce_sim.scenarios.report import Report

app = typer.Typer(help="Run a simulated world.", no_args_is_help=True, add_completion=False)
app.command()(modem)

# As it is: neither markup, nor colours, nor line breaks in a path.
PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}

Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
Seed = Annotated[int, typer.Option(help="The world's seed; the same seed, the same run.")]


@app.command()
def demo(
    interpreter: Annotated[
        Literal["micropython", "cpython"], typer.Option(help="What runs the firmware.")
    ] = "micropython",
    heap_kib: Annotated[
        int, typer.Option(min=64, max=65536, help="MicroPython's heap, in KiB.")
    ] = 256,
    seed: Seed = 1,
    db: Annotated[
        Path | None, typer.Option(help="Keep the Device Inspector's database in this file.")
    ] = None,
    kill_modem_at: Annotated[
        int | None,
        typer.Option(min=1, help="Kill the modem in the middle of this fix; it boots again."),
    ] = None,
    kill_stage: Annotated[
        Literal["prompt", "sent"],
        typer.Option(help="When: before the fix has left, or before its answer is back."),
    ] = "prompt",
    deadline_s: Annotated[float, typer.Option(min=1, help="End the run after so long.")] = 300,
    source: Annotated[
        Path, typer.Option(help="The source tree that holds firmware/.")
    ] = SOURCE_ROOT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every line.")] = False,
    as_json: Json = False,
) -> None:
    """Power-on to decoded telemetry: real firmware, simulated everything else.

    Runs the CoAP blueprint against a simulated BG95, network and 1NCE OS, then compares what the
    Device Inspector holds with the recorded track. Exit status 0 when every fix is equal.
    """
    from nce_sim.scenarios import first_light as story

    options = story.Options(
        interpreter=interpreter,
        heap_kib=heap_kib,
        seed=seed,
        db=None if db is None else str(db),
        kill_modem_at_fix=kill_modem_at,
        kill_stage=kill_stage,
        deadline_s=deadline_s,
        source_root=source,
    )
    console = Console(stderr=as_json)
    try:
        report = asyncio.run(_with_progress(options, console, verbose))
    except FirmwareFailed as error:
        console.print(f"[red]Failed:[/] {error}", highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Interrupted.")
        raise typer.Exit(130) from None
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        print_report(console, report)
    if not report.is_perfect:
        raise typer.Exit(1)


async def _with_progress(options: story.Options, console: Console, verbose: bool) -> Report:
    from nce_sim.scenarios import first_light as story

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=not verbose,
    )
    with bar:
        task = bar.add_task("powering on", total=None)

        def show(progress: story.Progress) -> None:
            is_fix = progress.line.startswith("acknowledged ")
            bar.update(
                task,
                total=progress.fixes,
                completed=progress.acknowledged,
                description="sending fixes" if progress.acknowledged else progress.line[:40],
            )
            if verbose or not (is_fix or progress.line.startswith("summary ")):
                bar.console.print(progress.line, highlight=False, markup=False)

        return await story.first_light(options, show)


def print_report(console: Console, report: Report) -> None:
    """The report as a table a newcomer can read."""
    table = Table(title=f"First light on {report.interpreter}", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in report_rows(report):
        table.add_row(name, value)
    console.print(table)
    for line in report.unexpected:
        console.print(f"[red]Unexpected:[/] {line}", highlight=False)
    verdict = "[green]equal[/]" if report.is_perfect else "[red]not equal[/]"
    console.print(f"{report.equal}/{report.fixes} {verdict}")


def report_rows(report: Report) -> list[tuple[str, str]]:
    """The report's figures, named."""
    saved = 1 - report.bytes_per_fix / report.json_bytes_per_fix
    rows = [
        ("fixes sent", f"{report.fixes}"),
        ("acknowledged (2.04)", f"{report.acknowledged}"),
        ("decoded by the Energy Saver", f"{report.decoded}"),
        ("equal to the recorded track", f"{report.equal}/{report.fixes}"),
        ("stored twice (acknowledgement lost)", f"{report.stored_twice}"),
        ("payload, Energy Saver", f"{report.payload_bytes} B"),
        ("payload, the same record as JSON", f"{report.json_payload_bytes:.0f} B"),
        ("over the air per fix, up + down", f"{report.bytes_per_fix:.0f} B"),
        ("over the air per fix as JSON", f"{report.json_bytes_per_fix:.0f} B"),
        ("saved", f"{saved:.0%}"),
        ("bootstrap", f"{report.bootstrap_bytes} B"),
        (f"DTLS handshakes ({report.handshakes})", f"{report.handshake_bytes} B"),
        ("name look-ups", f"{report.dns_queries}"),
        ("round trips to the first 2.04", f"{report.round_trips_to_first_acknowledgement}"),
    ]
    if report.heap_peak_bytes is not None and report.heap_size_bytes is not None:
        peak, size = report.heap_peak_bytes / 1024, report.heap_size_bytes / 1024
        rows.append(("heap in use at most, of", f"{peak:.0f} of {size:.0f} KiB"))
    return rows


@app.command()
def up(
    sims: Annotated[
        int, typer.Option(min=1, max=250, help="How many SIMs, each with a modem.")
    ] = 1,
    db: Annotated[
        Path | None, typer.Option(help="Keep the Device Inspector's database in this file.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="An Energy Saver template for UDP and CoAP messages.")
    ] = None,
    family: Family = "bg95",
    session_ids: SessionIds = False,
    session_tickets: SessionTickets = False,
    connection_id: ConnectionId = None,
    coaps_device: CoapsDevice = "source",
    twins: Annotated[
        str,
        typer.Option(
            metavar="auto|N|off",
            help="Which block of loopback twins: the first that is free, that number (0 to 94), "
            "or none.",
        ),
    ] = "auto",
    start: StartTime = None,
    name: WorldName = "",
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Run a world in real time until Ctrl-C.

    Prints the SIMs with their addresses and loopback twins, the modems' ptys and the endpoints,
    then every message that arrives. Any client bound to a SIM's twin address is that SIM.
    Other commands of `nce sim` tell it something: `nce sim sms 1 hello`, `nce sim status`.
    """
    from nce_sim.scenarios.open_world import OpenWorld, OpenWorldFailed

    console = Console(stderr=as_json)
    which_twins, start_ms = _twins_of(twins), start_ms_of(start)

    async def run() -> None:
        world = OpenWorld(
            sims=sims,
            seed=seed,
            family=family,
            db=None if db is None else str(db),
            template=_text_of(template),
            backend=backend_settings(session_ids, session_tickets, connection_id, coaps_device),
            twins=which_twins,
            start_ms=start_ms,
            control=name,
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await world.start()
            _print_world(console, world.description(), as_json)
            world.on_event(lambda event: _print_event(console, event, as_json))
            await stop.wait()
        finally:
            await world.close()

    try:
        asyncio.run(run())
    except OpenWorldFailed as error:
        typer.echo(f"Failed: {error}", err=True)
        raise typer.Exit(1) from None
    console.print("Closed.")


def _twins_of(text: str) -> Any:
    """The block that --twins asks for."""
    from nce_sim.network.addresses import SHIFTS

    if text in ("auto", "off"):
        return text
    if text.isdecimal() and len(text) < 4 and int(text) < SHIFTS:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} is no block; take auto, off, or a number from 0 to {SHIFTS - 1}",
        param_hint="--twins",
    )


def _text_of(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"Failed: the template {path} cannot be read: {error}", err=True)
        raise typer.Exit(1) from None


def _print_world(console: Console, description: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(description), flush=True)
        return
    table = Table(title="SIMs")
    for heading in ("ICCID", "address", "twin", "modem"):
        table.add_column(heading)
    for sim in description["sims"]:
        table.add_row(sim["iccid"], sim["address"], sim["twin"] or "", sim["pty"])
    console.print(table)
    table = Table(title="Endpoints")
    for heading in ("service", "address", "twin"):
        table.add_column(heading)
    for endpoint in description["endpoints"]:
        table.add_row(endpoint["service"], endpoint["address"], endpoint["twin"] or "")
    console.print(table)
    block = description["twins"]
    console.print("No twins." if block is None else f"Its block of twins is {block}.")
    console.print(f"It is {description['time']} there.", highlight=False)
    console.print(f"`nce sim status` and its like reach it at {description['control']}", **PLAIN)
    console.print("Ctrl-C ends it.")
    sys.stdout.flush()


def _print_event(console: Console, event: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(event), flush=True)
    else:
        console.print(json.dumps(event), highlight=False, markup=False, soft_wrap=True)


tell.add_to(app)
