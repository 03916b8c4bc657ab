"""Verbs on what the Device Locator knows of the world: the places of cell towers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nce_sim.control.parameters import Text
from nce_sim.control.verb import Arguments, Reach, Refused, Verb
from nce_sim.problems import Problem

_LONGEST_PATH = 4096  # PATH_MAX of Linux


async def _towers(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, path = reach.services, Path(arguments["file"])
    # The caller's folder is unknown here; a pipe would keep the world waiting.
    if not path.is_absolute() or not path.is_file():
        raise Refused(f"{str(path)!r} is no file; give the whole path of a .csv or .csv.gz file")
    try:
        count = await backend.write(lambda work: backend.locator.import_towers(path, work))
    except Problem as problem:
        raise Refused(str(problem)) from problem
    return {"towers": count, "all_towers": backend.locator.towers.count()}


LOCATOR_VERBS: Mapping[str, Verb] = {
    "towers": Verb(
        "Import the cell towers of a file of OpenCelliD.",
        _towers,
        {"file": Text(most=_LONGEST_PATH)},
    ),
}
