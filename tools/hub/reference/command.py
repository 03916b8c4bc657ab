"""The `nce` command with all of its options, from the objects that parse it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from hub.markdown import code, plain, table
from nce_cli.app import ROOMS, app
from nce_cli.rooms import Rooms


def page() -> str:
    """Every command, its arguments and its options."""
    parts = [
        "# The nce command",
        "`pip install 'nce-iot[sim,serial]'` brings it. Exit status: 0 done, 1 the run failed, "
        "2 wrong usage, 130 Ctrl-C.",
    ]
    root: Any = get_command(app)
    for name, (_, summary) in ROOMS.items():
        parts.append(f"## nce {name}\n\n{plain(summary)}")
        parts += _parts(f"nce {name}", root.entered(name))
    return "\n\n".join(parts) + "\n"


# Typer brings a Click of its own from some version on: the objects are of that one, or of Click's.
def _parts(path: str, command: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=path)
    usage = f"{path} {' '.join(command.collect_usage_pieces(context))}"
    yield f"```text\n{usage}\n```"
    rows = [_row(context, parameter) for parameter in command.params]
    shown = [row for row in rows if row is not None]
    if shown:
        yield table(("argument or option", "default", "what it does"), shown)
    for name, named in getattr(command, "commands", {}).items():
        child = command.entered(name) if isinstance(command, Rooms) else named
        yield f"### {path} {name}"
        if child.help:
            yield plain(child.help)
        yield from _parts(f"{path} {name}", child)


def _row(context: Any, parameter: Any) -> tuple[str, str, str] | None:
    record = parameter.get_help_record(context)
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return None
    names = record[0] if record else parameter.make_metavar(context)
    default = parameter.default
    if callable(default) or default in (None, False, (), "") or "UNSET" in repr(default):
        default = ""
    return code(names), code(default), plain(getattr(parameter, "help", None) or "")
