"""`nce bcl`: Energy Saver templates checked, explained and tried out."""

from __future__ import annotations

import typer

app = typer.Typer(help="Work with Energy Saver templates (BCL).", no_args_is_help=True)
