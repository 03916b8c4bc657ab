"""`nce sim`: simulated worlds for firmware."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from nce_cli import (
    tell,
    tell_account,
    tell_cloud,
    tell_lwm2m,
    tell_snapshot,
    tell_trouble,
)
from nce_cli.api_options import (
    AccountsFile,
    AllowHost,
    AllowOrigin,
    ApiHost,
    ApiPort,
    NewCredentials,
    Tls,
    api_lines,
    api_place,
    portal_lines,
)
from nce_cli.backend_options import (
    CoapsDevice,
    ConnectionId,
    DeliverToLoopback,
    DeliveryCa,
    SessionIds,
    SessionTickets,
    backend_settings,
)
from nce_cli.messages import database, in_a_folder, refuse, say
from nce_cli.modem_sim import Family, StartTime, WorldName, modem, start_ms_of
from nce_cli.replay import replay
from nce_cli.run_own import EPILOG as RUN_EPILOG
from nce_cli.run_own import run
from nce_cli.script_file import steps_of
from nce_sim.firmware.process import FirmwareFailed
from nce_sim.firmware.tree import SOURCE_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from nce_sim.record.timeline import Record

    # These load the backend's libraries; commands for a world that runs elsewhere need none.
    from nce_sim.scenarios import first_light as story
    from nce_sim.scenarios.report import Report

app = typer.Typer(help="Run a simulated world.", no_args_is_help=True, add_completion=False)
app.command()(modem)
app.command()(replay)
app.command(epilog=RUN_EPILOG)(run)

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
        Path | None,
        typer.Option(
            callback=in_a_folder, help="Keep the Device Inspector's database in this file."
        ),
    ] = None,
    kill_modem_at: Annotated[
        int | None,
        typer.Option(min=1, help="Kill the modem in the middle of this fix; it boots again."),
    ] = None,
    kill_stage: Annotated[
        Literal["prompt", "sent"],
        typer.Option(
            help="When to kill it: before the fix is sent, or before its answer arrives."
        ),
    ] = "prompt",
    deadline_s: Annotated[float, typer.Option(min=1, help="End the run after this time.")] = 300,
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
        rows = story.check(options)
        report = asyncio.run(_with_progress(options, rows, console, verbose))
    except story.BadOptions as error:
        raise typer.BadParameter(str(error)) from None
    except FirmwareFailed as error:
        refuse(error, 1)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(130) from None
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        print_report(console, report)
    if not report.is_perfect:
        raise typer.Exit(1)


async def _with_progress(
    options: story.Options, rows: list[dict[str, Any]], console: Console, verbose: bool
) -> Report:
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

        return await story.first_light(options, show, rows)


def print_report(console: Console, report: Report) -> None:
    """The report as a table for a newcomer."""
    table = Table(title=f"First light on {report.interpreter}", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in report_rows(report):
        table.add_row(name, value)
    console.print(table)
    for line in report.unexpected:
        console.print("[red]Unexpected:[/]", end=" ")
        say(console, line)
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
        str | None,
        typer.Option(
            callback=database,
            metavar="FILE|URL",
            help="Keep the world's database in this file, or on the server of this "
            "postgresql://user:password@host/name.",
        ),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="An Energy Saver template for UDP and CoAP messages.",
        ),
    ] = None,
    family: Family = "bg95",
    session_ids: SessionIds = False,
    session_tickets: SessionTickets = False,
    connection_id: ConnectionId = None,
    coaps_device: CoapsDevice = "source",
    deliver_to_loopback: DeliverToLoopback = False,
    delivery_ca: DeliveryCa = None,
    twins: Annotated[
        str,
        typer.Option(
            metavar="auto|N|off",
            help="The block of loopback twins: auto takes the first free one, N (0 to 94) that "
            "one, off none.",
        ),
    ] = "auto",
    start: StartTime = None,
    speed: Annotated[
        float,
        typer.Option(min=0.01, max=10_000, help="How much faster than real time it runs."),
    ] = 1.0,
    name: WorldName = "",
    host: ApiHost = "127.0.0.1",
    port: ApiPort = 0,
    tls: Tls = False,
    allow_host: AllowHost = None,
    allow_origin: AllowOrigin = None,
    new_credentials: NewCredentials = False,
    accounts: AccountsFile = None,
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="Let this happen to the world: a JSON object a line, with a time each.",
        ),
    ] = None,
    import_from: Annotated[
        Path | None,
        typer.Option(
            "--import",
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="Begin with the world of this export; the database must be new.",
        ),
    ] = None,
    export_to: Annotated[
        Path | None,
        typer.Option(
            "--export",
            callback=in_a_folder,
            metavar="FILE",
            help="Write the world's database to this file at the end: keys and all, for any "
            "computer and kind of database.",
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Stand in this country (DE, US, ...): its operators and what they carry.",
        ),
    ] = None,
    seed: Seed = 1,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print everything that happens, not only messages."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a world in real time until Ctrl-C.

    Prints the SIMs with their addresses and loopback twins, the modems' ptys and the endpoints,
    then every message that arrives, with its payload. Any client bound to a SIM's twin address
    acts as that SIM.
    Other commands of `nce sim` control the world: `nce sim sms 1 hello`, `nce sim status`.
    """
    from nce_sim.scenarios.open_world import OpenWorld, OpenWorldFailed

    console = Console(stderr=as_json)
    which_twins, start_ms, steps = _twins_of(twins), start_ms_of(start), steps_of(script)

    async def run() -> None:
        world = OpenWorld(
            sims=sims,
            seed=seed,
            family=family,
            db=db,
            template=_text_of(template),
            backend=backend_settings(
                session_ids,
                session_tickets,
                connection_id,
                coaps_device,
                deliver_to_loopback,
                delivery_ca,
            ),
            twins=which_twins,
            start_ms=start_ms,
            control=name,
            api=api_place(host, port, tls, allow_host, allow_origin, new_credentials),
            speed=speed,
            country=country,
            accounts=None if accounts is None else str(accounts),
            import_from=None if import_from is None else str(import_from),
            export_to=None if export_to is None else str(export_to),
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await world.start()
            gc.freeze()  # what is here stays: the collector need not walk it again and again
            _print_world(console, world.description(), as_json)
            world.on_record(_printer(console, world.start_ms, verbose, as_json))
            world.play(steps, lambda text: say(console, text))
            await stop.wait()
        finally:
            await world.close()

    try:
        asyncio.run(run())
    except OpenWorldFailed as error:
        refuse(error, 1)
    console.print("Closed.")


def _twins_of(text: str) -> Any:
    """The block that --twins asks for."""
    from nce_sim.network.addresses import SHIFTS

    if text in ("auto", "off"):
        return text
    if text.isdecimal() and len(text) < 4 and int(text) < SHIFTS:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} is not a block; give auto, off, or a number from 0 to {SHIFTS - 1}",
        param_hint="--twins",
    )


def _text_of(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"the template {path} cannot be read: {error}", 1)


def _print_world(console: Console, description: dict[str, Any], as_json: bool) -> None:
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


def _printer(
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


tell.add_to(app)
tell_account.add_to(app)
tell_cloud.add_to(app)
tell_lwm2m.add_to(app)
tell_trouble.add_to(app)
tell_snapshot.add_to(app)
