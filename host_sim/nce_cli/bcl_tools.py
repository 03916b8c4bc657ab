"""`nce bcl compile`, `nce bcl savings` and `nce bcl new`: templates put to use.

Exit status: 0 done; 1 the template or the samples are wrong; 2 wrong usage, or a file that cannot
be read or written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from nce_bcl import Template, TemplateError
from nce_bcl.compile import CompileError, compile_template
from nce_cli import bcl_show as show
from nce_cli.bcl import AsJson, ReadAs, TemplateFile, app, options_of
from nce_cli.bcl_input import only_one_from_stdin, read_text
from nce_cli.messages import in_a_folder, refuse

SamplesFile = Annotated[
    str,
    typer.Argument(metavar="SAMPLES.jsonl", help="Records, one JSON object a line; - is stdin."),
]


@app.command("compile")
def compile_(
    template: TemplateFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", callback=in_a_folder, help="Write the module here, not to stdout."
        ),
    ] = None,
    decode_only: Annotated[
        bool, typer.Option(help="Leave encode() out: for templates whose fields share bytes.")
    ] = False,
    encode_only: Annotated[
        bool,
        typer.Option(help="Leave decode() out, for devices: the module is 20 to 33 % smaller."),
    ] = False,
    reading: ReadAs = None,
) -> None:
    """Write a Python module with encode() and decode() for one template.

    Example: nce bcl compile tank.json -o tank_codec.py && mpy-cross tank_codec.py

    The module needs no JSON, no template and no other module of ours.
    """
    if decode_only and encode_only:
        refuse("--decode-only and --encode-only together leave nothing to write")
    text = read_text(template)
    try:
        parsed = Template(text, **options_of(reading))
        source = compile_template(parsed, _title(text, template), decode_only, encode_only)
    except CompileError as error:
        refuse(f"{template}: this template cannot be compiled: {error}", 1)
    except TemplateError as error:
        refuse(f"{template}: {error}\nnce bcl lint {template} lists all that is wrong.", 1)
    if output is None:
        typer.echo(source, nl=False)
    else:
        _write(output, source)


@app.command()
def savings(
    template: TemplateFile,
    samples: SamplesFile,
    interval: Annotated[float, typer.Option(help="Seconds between messages.", min=0.001)] = 3600,
    topic: Annotated[str, typer.Option(help="The CoAP topic, as in ?t=topic.")] = "",
    sessions_per_day: Annotated[float, typer.Option(help="DTLS handshakes a day.", min=0)] = 1,
    message_mwh: Annotated[
        float | None, typer.Option(help="Energy of a message before its first byte, in mWh.")
    ] = None,
    byte_mwh: Annotated[
        float | None, typer.Option(help="Energy of a byte on the air, in mWh.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(callback=in_a_folder, help="Draw the bytes per message: .svg, .png or .pdf."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Weigh a template against JSON, CBOR and MessagePack: bytes, data volume and energy.

    Example: nce bcl savings tank.json samples.jsonl --interval 900 --plot out.svg
    """
    only_one_from_stdin(template, samples)
    try:
        from nce_cli.templates import savings as model
    except ImportError as error:
        refuse(f"savings needs {error.name}: pip install 'nce-iot[bcl]'")
    from nce_sim.templates.samples import SampleError, read_samples

    text = read_text(template)
    default = model.EnergyModel()
    energy = model.EnergyModel(
        default.message_mwh if message_mwh is None else message_mwh,
        default.byte_mwh if byte_mwh is None else byte_mwh,
    )
    try:
        records = read_samples(read_text(samples))
        report = model.weigh(Template(text), records, interval, sessions_per_day, energy)
    except TemplateError as error:
        refuse(f"{template}: {error}", 1)
    except SampleError as error:
        refuse(f"{samples}: {error}", 1)
    carriers = model.transports(topic)
    if plot is not None:
        _draw(report, carriers, plot, _title(text, template))
    if as_json:
        print(json.dumps(_as_json(report, carriers), indent=2))
    else:
        _show_savings(show.new_console(), report, carriers)


@app.command()
def new(
    samples: SamplesFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", callback=in_a_folder, help="Write the template here, not to stdout."
        ),
    ] = None,
    head_room: Annotated[
        float,
        typer.Option(help="How far integers may grow beyond the samples, in percent.", min=0),
    ] = 25,
    name: Annotated[str, typer.Option(help="The template's name.")] = "",
) -> None:
    """Propose a template for example records, checked by encoding and decoding them.

    Example: nce bcl new samples.jsonl -o template.json

    The template goes to stdout or OUTPUT, remarks to stderr.
    """
    from nce_sim.templates.design import propose
    from nce_sim.templates.kinds import DesignError
    from nce_sim.templates.samples import SampleError, read_samples
    from nce_sim.templates.shown import show_template

    try:
        records = read_samples(read_text(samples))
        design = propose(records, head_room / 100, name)
    except (SampleError, DesignError) as error:
        refuse(f"{samples}: {error}", 1)
    document = show_template(design.document)
    if output is None:
        typer.echo(document, nl=False)
    else:
        _write(output, document)
    console = show.new_console(to_stderr=True)
    for note in design.notes:
        console.print(f"Note: {note}.", markup=False, soft_wrap=True)
    several = "s" if len(records) > 1 else ""
    console.print(f"{len(records)} record{several} encoded, decoded and found equal.")


def _title(text: str, file: str) -> str:
    document = json.loads(text)
    name = document.get("name") if isinstance(document, dict) else None
    return name if isinstance(name, str) and name else Path(file).stem


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{path}: {error.strerror or error}")


def _draw(report: Any, carriers: Any, path: Path, title: str) -> None:
    from nce_cli.templates.picture import draw

    try:
        draw(report, carriers, path, title)
    except ImportError as error:
        refuse(f"--plot needs {error.name}: pip install 'nce-iot[plot]'")
    except (OSError, ValueError) as error:
        refuse(f"{path}: {error}")


def _as_json(report: Any, carriers: Any) -> dict[str, Any]:
    return {
        "records": len(report.sizes["bcl"]),
        "interval_s": report.interval_s,
        "sessions_per_day": report.sessions_per_day,
        "energy_model": {
            "message_mwh": report.energy.message_mwh,
            "byte_mwh": report.energy.byte_mwh,
        },
        "formats": {
            form: {
                "payload_bytes": {
                    "mean": report.mean(form),
                    "least": min(sizes),
                    "most": max(sizes),
                },
                "transports": {
                    carrier.name: {
                        "air_bytes": report.on_air(form, carrier),
                        "is_safe": max(sizes) <= carrier.safe_payload,
                        "data_bytes_per_year": report.year(form, carrier).data_bytes,
                        "energy_wh_per_year": report.year(form, carrier).energy_wh,
                    }
                    for carrier in carriers
                },
            }
            for form, sizes in report.sizes.items()
        },
    }


def _show_savings(console: Console, report: Any, carriers: Any) -> None:
    from nce_cli.templates.savings import TITLES

    count = len(report.sizes["bcl"])
    table = Table(title=f"Bytes per message, mean of {count}", title_justify="left")
    table.add_column("format")
    table.add_column("payload", justify="right")
    table.add_column("least..most", justify="right")
    for carrier in carriers:
        table.add_column(f"over {carrier.title}", justify="right")
    unsafe = False
    for form, title in TITLES.items():
        sizes = report.sizes[form]
        cells = []
        for carrier in carriers:
            is_safe = max(sizes) <= carrier.safe_payload
            unsafe = unsafe or not is_safe
            cells.append(f"{report.on_air(form, carrier):.0f}{'' if is_safe else ' *'}")
        style = "bold" if form == "bcl" else ""
        spread = f"{min(sizes)}..{max(sizes)}"
        table.add_row(title, f"{report.mean(form):.1f}", spread, *cells, style=style)
    console.print(table)
    if unsafe:
        console.print("* beyond the safe payload of 1NCE OS: UDP 508 bytes, CoAP 1024")
    year = Table(
        title=f"Per device and year, a message every {report.interval_s:g} s", title_justify="left"
    )
    year.add_column("format")
    for carrier in carriers:
        year.add_column(f"{carrier.title}: MB", justify="right")
        year.add_column("Wh", justify="right")
        year.add_column("saved", justify="right")
    for form, title in TITLES.items():
        cells = []
        for carrier in carriers:
            own = report.year(form, carrier)
            other = report.year("json", carrier)
            saved = 100 * (1 - own.data_bytes / other.data_bytes)
            cells += [f"{own.data_bytes / 1e6:.2f}", f"{own.energy_wh:.1f}", f"{saved:.0f} %"]
        year.add_row(title, *cells, style="bold" if form == "bcl" else "")
    console.print(year)
    console.print(
        f"saved: data volume against JSON. Energy: {report.energy.message_mwh:.4f} mWh a message "
        f"and {report.energy.byte_mwh:.2e} mWh a byte (--message-mwh, --byte-mwh); by default "
        "1NCE's measurement, per message and not per hour, and with the radio's idling in the "
        f"fixed part. DTLS: {report.sessions_per_day:g} handshakes a day."
    )
