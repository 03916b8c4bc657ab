"""`nce bcl`: Energy Saver templates checked, explained and tried out.

Exit status: 0 done; 1 the template, payload or record is wrong; 2 wrong usage, or a file that
cannot be read.
"""

from __future__ import annotations

import base64
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from nce_bcl import BclError, EncodeError, Template, TemplateError
from nce_bcl.abcl import RAW
from nce_bcl.abcl import translate as translate_template
from nce_bcl.explain import explain as explain_payload
from nce_bcl.findings import ERROR, RULES
from nce_bcl.lint import lint as lint_template
from nce_cli import bcl_show as show
from nce_cli.bcl_input import (
    case_of,
    only_one_from_stdin,
    payload_bytes,
    read_text,
    record_of,
)
from nce_cli.messages import in_a_folder, refuse

app = typer.Typer(
    help="Work with Energy Saver templates (BCL).", no_args_is_help=True, add_completion=False
)


class Protocol(StrEnum):
    """The protocol that carries the payloads; a template serves one or both."""

    UDP = "udp"
    COAP = "coap"


class Reading(StrEnum):
    """A reading other than the default, for what the platform's documentation leaves open."""

    STRIP_NUL = "strip-nul"
    COERCE_CASES = "coerce-cases"
    KEEP_FIRST = "keep-first"
    REFUSE_BAD_UTF8 = "refuse-bad-utf8"
    ONE_BYTE_BOOLEAN = "one-byte-boolean"
    FLOAT64_AS_TEXT = "float64-as-text"


# The readings that change which templates are wrong, not only what a payload decodes to.
_LINTED = ("strip_nul", "coerce_cases", "keep_first", "multibyte_boolean")

TemplateFile = Annotated[
    str, typer.Argument(metavar="TEMPLATE", help="The template's JSON file; - is stdin.")
]
Payload = Annotated[
    str,
    typer.Argument(metavar="HEX", help="The payload; spaces and colons are allowed; - is stdin."),
]
AsBase64 = Annotated[bool, typer.Option("--base64", help="The payload is base64.")]
ReadAs = Annotated[
    list[Reading] | None,
    typer.Option("--reading", help="Where the documentation is silent; repeatable. See README."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]


@app.command()
def lint(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="Templates; - is stdin.", show_default=False),
    ] = None,
    sender: Annotated[
        Literal["c-sdk"] | None,
        typer.Option(
            help="The program that builds the payloads; 1NCE's C SDK has its own limits."
        ),
    ] = None,
    protocol: Annotated[
        list[Protocol] | None,
        typer.Option(help="The protocol: UDP takes 508 bytes, CoAP 1024. Repeatable."),
    ] = None,
    reading: ReadAs = None,
    as_json: AsJson = False,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and end.")] = False,
) -> None:
    """Find what is wrong with templates; exit status 1 when one has errors.

    Example: nce bcl lint tank.json --sender c-sdk --protocol udp
    """
    console = show.new_console()
    if rules:
        show.show_rules(console, RULES)
        return
    if not files:
        refuse("name a template: nce bcl lint FILE...")
    only_one_from_stdin(*files)
    protocols = tuple(each.value for each in protocol or ())
    options = {name: value for name, value in options_of(reading).items() if name in _LINTED}
    found: list[tuple[str, Any]] = []
    for name in files:
        text = read_text(name)
        found += [(name, finding) for finding in lint_template(text, sender, protocols, **options)]
    if as_json:
        rows = [{"file": name, **finding._asdict()} for name, finding in found]
        print(json.dumps(rows, indent=2))
    else:
        for name in dict.fromkeys(files):
            findings = [finding for file, finding in found if file == name]
            if findings:
                show.show_findings(console, name, findings)
        console.print(show.summary(finding for _, finding in found))
    if any(finding.severity == ERROR for _, finding in found):
        raise typer.Exit(1)


@app.command()
def explain(
    template: TemplateFile,
    payload: Payload,
    is_base64: AsBase64 = False,
    reading: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """Show what each byte of a payload means; exit status 1 when the payload fails.

    Example: nce bcl explain tank.json "01 01 2c"
    """
    only_one_from_stdin(template, payload)
    text = read_text(template)
    data = payload_bytes(payload, is_base64)
    try:
        explanation = explain_payload(text, data, **options_of(reading))
    except TemplateError as error:
        _refuse_template(template, error)
    if as_json:
        rows = [row._asdict() for row in explanation.rows]
        error_text = None if explanation.error is None else str(explanation.error)
        print(json.dumps({"rows": rows, "record": explanation.record, "error": error_text}))
    else:
        show.show_explanation(show.new_console(), explanation)
    if explanation.error is not None:
        raise typer.Exit(1)


@app.command()
def decode(
    template: TemplateFile,
    payload: Payload,
    is_base64: AsBase64 = False,
    reading: ReadAs = None,
) -> None:
    """Print the record a payload decodes to, as JSON.

    Example: nce bcl decode tank.json 01012c
    """
    only_one_from_stdin(template, payload)
    parsed = _template(template, reading)
    data = payload_bytes(payload, is_base64)
    try:
        record = parsed.decode(data)
    except BclError as error:
        refuse(f"{error}\nnce bcl explain shows where.", 1)
    console = show.new_console()
    if console.is_terminal:
        console.print_json(json.dumps(record), ensure_ascii=False)
    else:
        print(json.dumps(record, indent=2, ensure_ascii=True))


@app.command()
def encode(
    template: TemplateFile,
    record: Annotated[str, typer.Argument(metavar="JSON", help="The record; - is stdin.")],
    case: Annotated[
        list[str] | None,
        typer.Option(help="The switch value, JSON or text; repeat it for a switch inside."),
    ] = None,
    length: Annotated[
        int | None, typer.Option(help="The payload's length, where the template leaves it open.")
    ] = None,
    is_base64: Annotated[bool, typer.Option("--base64", help="Print base64.")] = False,
    reading: ReadAs = None,
) -> None:
    """Print the payload of a record, as hex.

    Example: nce bcl encode tank.json '{"litres": 300}' --case 1
    """
    only_one_from_stdin(template, record)
    parsed = _template(template, reading)
    mapping = record_of(record)
    cases = [case_of(argument) for argument in case] if case else None
    try:
        payload = parsed.encode(mapping, cases, length)
    except EncodeError as error:
        refuse(str(error), 1)
    print(base64.b64encode(payload).decode() if is_base64 else payload.hex())


@app.command()
def translate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A template in ABCL 1.0; - is stdin.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", callback=in_a_folder, help="Write the template here, not to stdout."
        ),
    ] = None,
    keep_raw: Annotated[
        bool,
        typer.Option("--raw", help="Drop calculations and timestamps; values come as sent."),
    ] = False,
) -> None:
    """Rewrite an AllThingsTalk template (ABCL) in BCL, and report what changed.

    Example: nce bcl translate device.json -o template.json

    The template goes to stdout or OUTPUT, the report to stderr. Exit status 1, and no template,
    when BCL cannot express it.
    """
    text = read_text(file)
    try:
        translation = translate_template(text, keep_raw)
    except TemplateError as error:
        _refuse_template(file, error)
    console = show.new_console(to_stderr=True)
    show.show_changes(console, translation.changes)
    if translation.document is None:
        show.show_changes(console, translation.refusals)
        count = len(translation.refusals)
        console.print(
            f"Refused: BCL cannot express {count} thing{'s' if count > 1 else ''}."
            + ("" if keep_raw else " --raw translates fields whose raw value is enough.")
        )
        raise typer.Exit(1)
    document = json.dumps(translation.document, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(document, nl=False)
    else:
        try:
            output.write_text(document, encoding="utf-8")
        except OSError as error:
            refuse(f"{output}: {error.strerror or error}")
    raw = sum(change.effect == RAW for change in translation.changes)
    if not translation.changes:
        console.print("BCL already: nothing changed.")
    else:
        console.print(
            f"{len(translation.changes)} changes, {raw} of them to values. Check it with "
            f"nce bcl lint {output or 'FILE'}."
        )


def options_of(readings: list[Reading] | None) -> dict[str, bool]:
    """The readings chosen, as `Template` takes them."""
    options = {each.value.replace("-", "_"): True for each in readings or ()}
    if options.pop("one_byte_boolean", False):
        options["multibyte_boolean"] = False
    return options


def _template(name: str, readings: list[Reading] | None) -> Template:
    try:
        return Template(read_text(name), **options_of(readings))
    except TemplateError as error:
        _refuse_template(name, error)


def _refuse_template(name: str, error: TemplateError) -> NoReturn:
    refuse(f"{name}: {error}\nnce bcl lint {name} lists all that is wrong.", 1)
