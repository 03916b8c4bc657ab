"""How commands report: failures go to stderr in the error's own words, and nothing else does.

    refuse(f"{path}: no such file")            # exit status 2: wrong usage
    refuse("the payload is too short", 1)      # exit status 1: the run, or the data, is wrong

Text from elsewhere is printed unchanged: brackets in it are not markup, and no line is wrapped, so
that users can search and copy it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console


def say(console: Console, text: str) -> None:
    """Print a line unchanged."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def failed(message: object) -> None:
    """Print `Failed:` and why, on stderr."""
    console = Console(stderr=True)
    console.print("[red]Failed:[/]", end=" ")
    say(console, str(message))


def refuse(message: object, status: int = 2) -> NoReturn:
    """End the command: 2 for wrong usage, 1 for data that is wrong or a run that failed."""
    failed(message)
    raise typer.Exit(status)


def database(text: str | None) -> str | None:
    """For options that name a database: a file in a folder that exists, or a URL."""
    if text is not None and "://" not in text:
        in_a_folder(Path(text))
    return text


def in_a_folder(path: Path | None) -> Path | None:
    """For options that name a file to write: its folder must be there before the work begins."""
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter(f"{path}: {path.parent} is not a folder; create it first")
    if path is not None and path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it")
    return path
