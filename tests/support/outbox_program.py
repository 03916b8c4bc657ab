"""A program with an outbox, for a test that kills it: `python outbox_program.py DB URL FIRST`.

It adds numbered messages for three targets, says each number once it is committed, and delivers
meanwhile. At the end of its input it only delivers; with nothing left it says "idle" and ends.
"""

from __future__ import annotations

import asyncio
import secrets
import sys

from nce_sim.clock import LoopClock
from nce_sim.deliveries import Deliveries, DeliverySettings, Message
from nce_sim.deliveries.http import HttpTransport
from nce_sim.endpoints.intake import Intake
from nce_sim.record.timeline import Timeline
from nce_sim.storage import Storage
from nce_sim.tables import METADATA
from support.outboxes import START_MS, Patience, PlainOwner

TARGETS = ("a", "b", "c")


async def main(db: str, url: str, first: int, count: int) -> None:
    clock, storage = LoopClock(), Storage(METADATA, db)
    settings = DeliverySettings(allow_loopback=True)

    def wall_ms() -> int:
        return START_MS + clock.now_ms()

    intake = Intake(
        clock,
        storage,
        wall_ms,
        Patience(),
        on_batch=lambda: None,
        on_trouble=lambda reason, count: None,
    )
    deliveries = Deliveries(
        storage,
        clock,
        wall_ms,
        take=intake.take,
        transport=HttpTransport(settings),
        timeline=Timeline(clock),
        random=secrets.SystemRandom(),
        settings=settings,
    )
    deliveries.register(PlainOwner(url, waits_ms=(20,) * 1_000))
    deliveries.start()
    for number in range(first, first + count):
        with storage.unit(wall_ms()) as work:
            target = TARGETS[number % len(TARGETS)]
            deliveries.add(Message(1, "plain", target, str(number), str(number)), work)
        print(number, flush=True)
        await asyncio.sleep(0.002)
    while any(deliveries.waiting("plain", target) for target in TARGETS):
        await asyncio.sleep(0.005)
    print("idle", flush=True)
    deliveries.close()
    intake.close()
    storage.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
