"""`nce board config`: shows and changes a `config.py`, by the firmware's own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from nce_cli.board_options import DryRun, Json, Source
from nce_cli.messages import failed, refuse, say
from nce_cli.whole_file import write_whole
from nce_sim.firmware.config_file import ConfigWrong, changed
from nce_sim.firmware.settings import CONFIG, Checked, check
from nce_sim.firmware.tree import SOURCE_ROOT

MOST_TRIES = 5


def config(
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|NAME=VALUE]...",
            help="NAME=VALUE changes a setting, NAME asks for its value. None: show all.",
        ),
    ] = None,
    file: Annotated[
        Path, typer.Option("--file", "-f", help="The configuration; made where there is none.")
    ] = Path(CONFIG),
    dry_run: DryRun = False,
    source: Source = SOURCE_ROOT,
    as_json: Json = False,
) -> None:
    """Show or change the settings of a `config.py`; its comments stay.

    Nothing is written while a value is wrong: each wrong one is told, with what is allowed.
    """
    console = Console(stderr=as_json)
    try:
        if file.exists() and not file.is_file():
            refuse(f"{file} is not a regular file; name another with --file")
        start = file if file.exists() else source / "firmware" / CONFIG
        before = text = start.read_text(encoding="utf-8")
        known = check(source, text, _beside(file))
        for each in settings or []:
            name, equals, value = each.partition("=")
            if name not in known.allowed:
                refuse(f"{name} is no setting; they are {', '.join(known.allowed)}")
            text = (
                changed(text, name, value, str(file))
                if equals
                else _asked(console, text, name, known, file, source)
            )
        checked = known if text == before else check(source, text, _beside(file))
    except (ConfigWrong, OSError, UnicodeDecodeError) as error:
        refuse(error)
    if settings and checked.mistakes:
        refuse("\n".join(f"{file}: {mistake}" for mistake in checked.mistakes))
    if as_json:
        import json

        print(json.dumps({"values": checked.values, "mistakes": checked.mistakes}))
    elif not settings:
        _show(console, checked)
    for mistake in [] if settings else checked.mistakes:
        failed(f"{file}: {mistake}")
    if settings and not dry_run and (text != before or not file.exists()):
        _write(file, text)
        say(console, f"Written: {file}")
    elif settings:
        say(console, "Nothing was written: " + ("a dry run." if dry_run else "no change."))
    if checked.mistakes:
        raise typer.Exit(2)


def _beside(file: Path) -> Path | None:
    """The folder of the user's files, where templates may be; not one of other programs."""
    folder = file.absolute().parent
    return folder if (folder / "readings.py").exists() else None


def _asked(
    console: Console, text: str, name: str, known: Checked, file: Path, source: Path
) -> str:
    """`text` with the value that a person types; asked again while it is wrong."""
    say(console, f"{name}: {known.allowed[name]}")
    present = _shown(known.values[name])
    for _ in range(MOST_TRIES):
        typed = typer.prompt(f"{name} (Enter keeps it)", default=present, err=console.stderr)
        if typed == present:
            return text
        new = changed(text, name, typed, str(file))
        mistakes = check(source, new, _beside(file)).mistakes
        of_this = [mistake for mistake in mistakes if mistake.startswith(f"{name} ")]
        if not of_this:
            return new
        failed(of_this[0])
    raise ConfigWrong(f"{name} was wrong {MOST_TRIES} times; nothing was written")


def _show(console: Console, checked: Checked) -> None:
    table = Table()
    for heading in ("setting", "value", "allowed"):
        table.add_column(heading, overflow="fold")
    for name, value in checked.values.items():
        table.add_row(name, _shown(value), checked.allowed[name])
    console.print(table)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "()"
    return str(value)


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text.encode())
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror}")
