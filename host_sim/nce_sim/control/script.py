"""A script of what happens to a world, and when: verbs of the control channel with a time.

    {"at_s": 30, "verb": "coverage", "arguments": {"state": "off"}}
    {"at_s": 90, "verb": "coverage", "arguments": {"state": "on"}}
    {"at_s": 120, "verb": "fault", "arguments": {"name": "reset", "command": "+QISEND"}}

    steps = read_script(text)               # ScriptMistake names the line
    running = asyncio.ensure_future(play(Reach(world), steps, on_step=print))

One line of JSON for each step, as the channel takes it, and `at_s`: seconds of the world's clock
from the start of the script. Every line is checked before the first one happens. Blank lines and
lines that begin with `#` are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nce_sim.control.parameters import BadRequest, taken
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS

LATEST_S = 400 * 86_400
MOST_STEPS = 10_000


class ScriptMistake(ValueError):
    """A line of a script is wrong; the message says which, and what is allowed."""


@dataclass(frozen=True)
class Step:
    """One line of a script."""

    line: int
    at_ms: int
    verb: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"script line {self.line}: {self.verb} {told}".rstrip()


def read_script(text: str) -> list[Step]:
    """The steps, in the order of their times; ScriptMistake for a line that is none."""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                steps.append(_step(number, line))
            except BadRequest as error:
                raise ScriptMistake(f"line {number}: {error}") from error
    if len(steps) > MOST_STEPS:
        raise ScriptMistake(f"the script has {len(steps)} steps; {MOST_STEPS} is the most")
    return sorted(steps, key=lambda step: step.at_ms)


def _step(number: int, line: str) -> Step:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"it is not JSON: {error}") from error
    if not isinstance(given, dict) or not {"at_s", "verb"} <= set(given) <= {
        "at_s",
        "verb",
        "arguments",
    }:
        raise BadRequest('a step is {"at_s": …, "verb": …, "arguments": {…}} and nothing else')
    at_s, name, arguments = given["at_s"], given["verb"], given.get("arguments", {})
    is_number = isinstance(at_s, int | float) and not isinstance(at_s, bool)
    if not is_number or not 0 <= at_s <= LATEST_S:
        raise BadRequest(f"at_s is {at_s!r}; it is a number of seconds, 0 to {LATEST_S}")
    if not isinstance(name, str) or name not in VERBS:
        raise BadRequest(f"unknown verb {name!r}; choose one of {', '.join(VERBS)}")
    taken(VERBS[name].parameters, arguments)
    return Step(number, round(at_s * 1000), name, arguments)


async def play(
    reach: Reach, steps: Sequence[Step], on_step: Callable[[str], object] = lambda text: None
) -> None:
    """Do all steps at their times; `on_step` is told each one, and why one was refused."""
    world = reach.world
    start_ms = world.clock.now_ms()
    for step in steps:
        delay_ms = start_ms + step.at_ms - world.clock.now_ms()
        if delay_ms > 0:
            try:
                await reach.pause(delay_ms)
            except Refused as error:
                on_step(f"the script ends before line {step.line}: {error}")
                return
        verb = VERBS[step.verb]
        world.timeline.add("script", "control", verb=step.verb, line=step.line)
        try:
            await verb.run(reach, taken(verb.parameters, step.arguments))
        except Refused as error:
            on_step(f"{step}: refused: {error}")
        else:
            on_step(str(step))
        if reach.world is not world:
            # This step brought another state, with a clock of its own.
            world = reach.world
            start_ms = world.clock.now_ms() - step.at_ms
