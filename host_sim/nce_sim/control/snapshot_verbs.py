"""Verbs on the states of a running world: kept by name, and gone back to.

A state is the database, the time and the positions of the random streams. Modems attach again,
DTLS sessions end, troubles and faults are over; ptys, twins and the API stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nce_sim.control.parameters import Text
from nce_sim.control.verb import Arguments, Reach, Verb

START = "start"  # the state right after the start of a world
_LONGEST_NAME = 64


async def _snapshot(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    reach.states.take(arguments["name"])
    return _told(reach, arguments["name"])


async def _restore(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    reach.states.restore(arguments["name"])
    return _told(reach, arguments["name"])


async def _snapshots(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    states = reach.states.names()
    return {"snapshots": [{"name": name, "time": time} for name, time in states.items()]}


def _told(reach: Reach, name: str) -> dict[str, Any]:
    return {"name": name, "time": reach.world.now().isoformat(timespec="milliseconds")}


SNAPSHOT_VERBS: Mapping[str, Verb] = {
    "snapshot": Verb(
        "Keep the state of the world under a name.", _snapshot, {"name": Text(most=_LONGEST_NAME)}
    ),
    "restore": Verb(
        "Go back to a state that was kept.", _restore, {"name": Text(most=_LONGEST_NAME)}
    ),
    "snapshots": Verb("List the states that were kept.", _snapshots, is_look=True),
    "rewind": Verb(
        "Go back to the state right after the start, or to another.",
        _restore,
        {"name": Text(most=_LONGEST_NAME, default=START)},
    ),
}
