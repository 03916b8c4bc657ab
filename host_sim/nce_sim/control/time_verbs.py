"""Verbs on the time of a world: it jumps ahead, or runs at another speed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from nce_sim.control.parameters import Number
from nce_sim.control.verb import Arguments, Reach, Refused, Verb
from nce_sim.steered_clock import PAUSED, SPEEDS, SteeredClock

LONGEST_JUMP_S = 11 * 366 * 86_400  # beyond the lifetime of a SIM
# Of a jump, before anything else has a turn: an API call must not wait for a year of events.
_STEP_MS = 600_000


async def _time(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    clock = _clock(reach)
    if arguments["speed"] is not None:
        try:
            clock.set_speed(arguments["speed"])
        except ValueError as error:
            raise Refused(str(error)) from error
    if arguments["advance_s"] is not None:
        left_ms = round(arguments["advance_s"] * 1000)
        while left_ms > 0:
            with nullcontext() if reach.backend is None else reach.backend.saver.held():
                clock.advance(min(left_ms, _STEP_MS))
            left_ms -= _STEP_MS
            await asyncio.sleep(0)
    return {"time": reach.world.now().isoformat(timespec="milliseconds"), "speed": clock.speed}


def _clock(reach: Reach) -> SteeredClock:
    clock = reach.world.clock
    if not isinstance(clock, SteeredClock):
        raise Refused(
            "the time of this world is not steered from outside: in a test, "
            "`world.advance(milliseconds)` lets it pass"
        )
    return clock


TIME_VERBS: Mapping[str, Verb] = {
    "time": Verb(
        "Tell the world's time; let it jump ahead, run at another speed, or pause (0).",
        _time,
        {
            "advance_s": Number(0, LONGEST_JUMP_S, default=None),
            "speed": Number(PAUSED, SPEEDS[1], default=None),
        },
    ),
}
