"""kill -9 while deliveries are on their way: what was committed arrives, at least once."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from nce_sim.deliveries.receiver import LoopbackReceiver

PROGRAM = Path(__file__).parents[1] / "support/outbox_program.py"
LIMIT_S = 60
A_RUN = 400


async def run(db: str, url: str, first: int, count: int, kill_after: int | None) -> list[int]:
    """Run the program, or kill it after that many words; the numbers it said were committed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), db, url, str(first), str(count)),
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": f"{PROGRAM.parents[1]}:{os.environ.get('PYTHONPATH', '')}",
        },
    )
    assert process.stdout is not None
    said: list[int] = []
    is_idle = False
    async with asyncio.timeout(LIMIT_S):
        while line := await process.stdout.readline():
            if line == b"idle\n":
                is_idle = True
            else:
                said.append(int(line))
            if kill_after is not None and len(said) == kill_after:
                process.kill()
        await process.wait()
    assert is_idle or kill_after is not None
    return said


def prove(db: str, kills: int, seed: int) -> None:
    """Kill the program `kills` times; then let it deliver the rest and count."""
    chance = random.Random(seed)

    async def main() -> tuple[list[int], LoopbackReceiver]:
        said: list[int] = []
        async with LoopbackReceiver.opened() as receiver:
            receiver.delay_ms, receiver.status = 40, 503
            for boot in range(kills):
                moment = chance.randrange(1, 40)
                said += await run(db, receiver.url, boot * A_RUN, A_RUN, moment)
                receiver.status = chance.choice([200, 200, 503])
            receiver.delay_ms, receiver.status = 0, 200
            said += await run(db, receiver.url, kills * A_RUN, 3, None)
            return said, receiver

    said, receiver = asyncio.run(main())
    content: dict[str, set[str]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    for request in (request for request in receiver.requests if request.status == 200):
        content[request.headers["x-delivery"]].add(request.body.decode())
        if int(request.body) not in order[request.path]:
            order[request.path].append(int(request.body))
    arrived = {number for numbers in order.values() for number in numbers}
    print(f"{kills} kills, {len(said)} committed, {len(receiver.requests)} requests, seed {seed}")
    assert set(said) <= arrived, "what was committed is missing"
    assert all(len(bodies) == 1 for bodies in content.values()), "one id, two contents"
    assert len(content) == len(arrived), "one content, two ids"
    for path, numbers in order.items():
        assert numbers == sorted(numbers), path


def test_what_was_committed_arrives_after_kills(db):
    prove(db, kills=1, seed=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(2, 7))
def test_what_was_committed_arrives_after_many_kills(db, seed):
    prove(db, kills=10, seed=seed)
