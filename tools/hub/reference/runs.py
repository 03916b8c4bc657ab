"""A run in virtual time that pages of the reference draw, list and count.

first_message("bg95")        # the records of an attach and a first message
dialogue(first_message())    # its AT commands with their results, and URCs, line by line
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from nce import Device
from nce_bcl import Template
from nce_modem import Modem
from nce_sim import Backend, PipeBoard, VirtualClock, World, run_virtual
from nce_sim.record.timeline import Record

LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'


@functools.cache
def first_message(family: str = "bg95") -> tuple[Record, ...]:
    """What a world records while a device attaches and sends one record of one byte."""

    async def run(clock: VirtualClock) -> tuple[Record, ...]:
        world = World(1, clock)
        with Backend(world) as backend:
            backend.add_template("level", LEVEL)
            driver = Modem(PipeBoard(world.add_modem(world.add_sim(), family)))
            random_bytes = world.random("device").randbytes
            device = Device(driver, Template(LEVEL), topic="level", random_bytes=random_bytes)
            async with device:
                await device.send({"level": 42})
            return tuple(world.timeline.records())

    return run_virtual(run)


def dialogue(records: Iterable[Record]) -> Iterator[str]:
    """A line for each command with its result, and for each URC; payloads are not in it."""
    sent: list[str] = []
    for record in records:
        text = record.fields.get("text", "")
        at = f"{record.at_ms / 1000:8.3f} s"
        if record.kind == "command":
            sent.append(f"AT{text}")
        elif record.kind == "result" and sent:
            yield f"{at}  {' '.join(sent):<44} {text}".rstrip()
            sent = []
        elif record.kind == "urc":
            yield f"{at}  {'':<44} {text}"
