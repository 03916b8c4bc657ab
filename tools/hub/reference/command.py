"""The `nce` command with all of its options, from the objects that parse it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import click
from typer.main import get_command

from hub.markdown import code, plain, table
from nce_cli.app import ROOMS


def page() -> str:
    """Every command, its arguments and its options."""
    parts = [
        "# The nce command",
        "`pip install 'nce-iot[sim,serial]'` brings it. Exit status: 0 done, 1 the run failed, "
        "2 wrong usage, 130 Ctrl-C.",
    ]
    for name, (module, summary) in ROOMS.items():
        room = get_command(importlib.import_module(module).app)
        parts.append(f"## nce {name}\n\n{plain(summary)}")
        parts += _parts(f"nce {name}", room)
    return "\n\n".join(parts) + "\n"


def _parts(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = f"{path} {' '.join(command.collect_usage_pieces(context))}"
    yield f"```text\n{usage}\n```"
    rows = [_row(context, parameter) for parameter in command.params]
    shown = [row for row in rows if row is not None]
    if shown:
        yield table(("argument or option", "default", "what it does"), shown)
    for name, child in getattr(command, "commands", {}).items():
        yield f"### {path} {name}"
        if child.help:
            yield plain(child.help)
        yield from _parts(f"{path} {name}", child)


def _row(context: click.Context, parameter: click.Parameter) -> tuple[str, str, str] | None:
    record = parameter.get_help_record(context)
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return None
    names = record[0] if record else parameter.make_metavar(context)
    default = parameter.default
    if callable(default) or default in (None, False, (), "") or "UNSET" in repr(default):
        default = ""
    return code(names), code(default), plain(getattr(parameter, "help", None) or "")
