"""Faults of the catalogue by name, for the verb `fault` and the scripts that use it.

    arm(modem, {"name": "reset", "command": "+QISEND", "count": 3, "point": "prompt"})

Without `command` and `count` the fault strikes at once; `count` alone counts commands of any name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nce_sim.control.parameters import Choice, Integer, Parameter, Text
from nce_sim.modem.core import Modem
from nce_sim.modem.faults import POINTS
from nce_sim.modem.faults.catalogue import CATALOGUE, STREAM_CATALOGUE, At

FAULTS = {fault.name: fault for fault in (*CATALOGUE, *STREAM_CATALOGUE)}
MOST_COMMANDS = 1_000_000

FAULT_PARAMETERS: Mapping[str, Parameter] = {
    "name": Choice(tuple(FAULTS)),
    "command": Text(most=32, default=None),
    "count": Integer(1, MOST_COMMANDS, default=None),
    "point": Choice(tuple(str(point) for point in POINTS), default=None),
}


def arm(modem: Modem, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Let a fault strike, or wait for its command; ValueError when the family does not have it."""
    fault = FAULTS[arguments["name"]]
    if not fault.concerns(modem.personality):
        raise ValueError(f"{modem.personality.model} does not have the fault {fault.name!r}")
    name, count, point = (arguments[key] for key in ("command", "count", "point"))
    is_waiting = name is not None or count is not None
    if point is not None and not is_waiting:
        raise ValueError("a point is of a command: give command or count, too")
    if is_waiting:
        fault.arm(modem, At(command=count or 1, name=name, point=point))
    else:
        fault.arm(modem, At(time_ms=modem.clock.now_ms()))
    return {"fault": fault.name, "is_waiting": is_waiting}
