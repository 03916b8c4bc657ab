"""`nce sim demo`: power-on to decoded telemetry, with the firmware that ships.

nce sim demo
nce sim demo --interpreter cpython --kill-modem-at 40
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from nce_cli.messages import in_a_folder, refuse, say
from nce_cli.modem_sim import Seed
from nce_cli.tell import Json
from nce_sim.firmware.process import FirmwareFailed
from nce_sim.firmware.tree import SOURCE_ROOT

if TYPE_CHECKING:
    # These load the backend's libraries; commands for a world that runs elsewhere need none.
    from nce_sim.scenarios import first_light as story
    from nce_sim.scenarios.report import Report


app = typer.Typer(add_completion=False)


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
