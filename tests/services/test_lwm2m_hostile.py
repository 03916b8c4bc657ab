"""Whatever a client sends, the LwM2M service answers it, stores no half of it, and goes on."""

import json
import random

import pytest

from nce_sim.services.lwm2m.observations import Observation
from nce_sim.services.lwm2m.outbound import Reply
from nce_sim.storage import Work
from support.lwm2m_rules import LINKS, OURS, QUERY, Bench

FORMATS = (None, 0, 40, 42, 60, 110, 112, 1542, 1543, 11542, 11543, 65535)
SEEDS = (
    b'[{"bn":"/3303/0/","n":"5700","v":21.5},{"n":"5701","vs":"\\ud800\\u0000"}]',
    b'{"bn":"/3303/0/","e":[{"n":"5700","v":1e400}]}',
    bytes.fromhex("81a32168 2f333330332f302f 0064 35373030 02fa 4263c900"),
    bytes.fromhex("0700e4164441ac0000"),
    b"21.5",
    LINKS,
)
QUERIES = (
    "ep=a", "ep=\ud800", "ep=" + "x" * 300, "lt=300", "lt=" + "9" * 40, "lt=\u0663", "lwm2m=1.1",
    "lwm2m=1.0", "lwm2m=\x00", "b=U", "b=UQ", "b=" + "U" * 40, "Q", "=", "", "ct=\u2028",
)  # fmt: skip


def mutated(rng):
    """A payload that was right once."""
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(data) + 1)
        data[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    return bytes(data)


def play(rounds):
    rng, bench = random.Random(5), Bench(is_passive=True)
    with bench.backend:
        device = bench.registered()
        device.says("GET", "/3303/0/5700", Reply(0x45, 0, b"1", 1))
        codes = set()
        for _ in range(rounds):
            for path in ("/6", "/3303", "/3311"):
                device.says("GET", path, Reply(0x45, rng.choice(FORMATS), mutated(rng)))
            query = tuple(rng.sample(QUERIES, rng.randrange(4))) + rng.choice(((), QUERY))
            device.attach()
            bench.bootstrap(device, rng.choice(FORMATS))
            codes.add(bench.register(device, query, rng.choice((LINKS, mutated(rng)))).code)
            codes.add(bench.update(device, query, mutated(rng)).code)
            codes.add(bench.send(device, rng.choice(FORMATS), mutated(rng)).code)
            token = bench.lwm2m.clients(OURS) and rng.randbytes(8)
            number = rng.choice((None, 0, 1 << 24, 1 << 40))
            code = rng.choice((0x45, 0x44, 0x84, 0xA0, 0x00, 0xFF))
            reply = Reply(code, rng.choice(FORMATS), mutated(rng), number)
            assert bench.notify(device, token or b"", reply) is False
        assert codes <= {0x41, 0x44, 0x80, 0x84, 0x8C, 0x8F}
        # What is stored can be read, and the client is served as before.
        for value in bench.history(device):
            json.dumps(value, allow_nan=False)
        bench.bootstrap(device)
        assert bench.register(device).code == 0x41
        assert bench.send(device, 110, b'[{"n":"/3303/0/5700","v":5}]').code == 0x44
        assert bench.state(device)["message"]["/3303/0/5700"] == 5
        return codes


def test_mutated_requests_have_an_answer():
    assert {0x41, 0x80} <= play(25)


@pytest.mark.slow
def test_thousands_of_mutated_requests_have_an_answer():
    play(600)


def test_notifications_of_an_observation_may_be_anything():
    rng, bench = random.Random(6), Bench()
    with bench.backend:
        device = bench.registered()
        observations = bench.lwm2m._observations
        for number in range(2, 100):
            if observations.find(device.iccid, (3303, 0)) is None:
                with bench.backend.storage.unit() as work:
                    observations.put(Observation(bytes(8), device.iccid, (3303, 0), 0), work)
            reply = Reply(
                rng.choice((0x45, 0x45, 0x84)), rng.choice(FORMATS), mutated(rng), number
            )
            work = Work()
            assert bench.lwm2m.notified(device.client, bytes(8), reply, work)
            bench.backend.storage.commit([work])
            work.committed()
        for value in bench.history(device):
            json.dumps(value, allow_nan=False)
