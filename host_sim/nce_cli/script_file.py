"""The file of `--script`: events of a world at their times (`nce_sim.control.script`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from nce_sim.control.script import Step


def steps_of(script: Path | None) -> list[Step]:
    """The steps of a script; wrong usage when a line of it is wrong."""
    from nce_sim.control.script import ScriptMistake, read_script

    if script is None:
        return []
    try:
        return read_script(script.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ScriptMistake) as error:
        raise typer.BadParameter(f"{script}: {error}", param_hint="--script") from error
