"""What the LwM2M service holds in memory is what its database has, whatever happened."""

import random

import pytest

from nce_sim.services.lwm2m.observations import Observation, Observations
from nce_sim.services.lwm2m.outbound import Reply
from nce_sim.services.lwm2m.registrations import Registrations
from nce_sim.storage import Work
from support.lwm2m_rules import OURS, Bench

PATHS = ((3303, 0), (3303, 0, 5700), (3, 0, 9))


class Play:
    """Random requests of a few clients, several in one commit, some rolled back."""

    def __init__(self, bench, seed):
        self.bench, self.rng = bench, random.Random(seed)
        self.devices = [bench.client() for _ in range(4)]
        for device in self.devices:
            bench.bootstrap(device)
        self.number = 0

    def one(self, work):
        """One request of one client."""
        rng, lwm2m = self.rng, self.bench.lwm2m
        device = rng.choice(self.devices)
        client = device.client
        observed = lwm2m._observations.of(device.iccid)
        what = rng.randrange(6)
        if what == 0 or not device.location:
            query = ("ep=a", f"lt={rng.randrange(1, 40)}", "lwm2m=1.1")
            device.location = lwm2m.register(client, query, b"</3/0>", work).location
        elif what == 1:
            lwm2m.update(client, device.location, (f"lt={rng.randrange(1, 40)}",), b"", work)
        elif what == 2:
            lwm2m.deregister(client, device.location, work)
        elif what == 3 and lwm2m.is_registered(device.iccid):
            path = rng.choice(PATHS)
            # Two that are asked for at once have two tokens.
            token = rng.choice((lwm2m._observations.token(device.iccid, path), rng.randbytes(8)))
            lwm2m._observations.put(Observation(token, device.iccid, path, self.number), work)
        elif observed and what == 4:
            lwm2m._observations.remove(rng.choice(observed), work)
        elif observed:
            self.number += 1
            reply = Reply(rng.choice((0x45, 0x45, 0x84)), 110, b"[]", self.number)
            lwm2m.notified(client, rng.choice(observed).token, reply, work)

    def batch(self):
        works = []
        for _ in range(self.rng.randrange(1, 6)):
            works.append(Work())
            for _ in range(self.rng.randrange(1, 4)):
                self.one(works[-1])
        if self.rng.random() < 0.3:
            for work in reversed(works):
                work.rolled_back()
        else:
            self.bench.backend.storage.commit(works)
            for work in works:
                work.committed()
        self.bench.world.advance(self.rng.choice((0, 0, 1_000, 20_000)))

    def check(self):
        storage, lwm2m = self.bench.backend.storage, self.bench.lwm2m
        stored, noted = Registrations(storage), Observations(storage, self.rng)
        held = lwm2m._clients._registrations
        assert {one.iccid: one for one in stored.all()} == {one.iccid: one for one in held.all()}
        for device in self.devices:
            now = lwm2m._observations.of(device.iccid)
            assert {one.path: one for one in noted.of(device.iccid)} == {
                one.path: one for one in now
            }
            if not held.of(device.iccid):
                assert lwm2m._observations.of(device.iccid) == []
            for one in noted.of(device.iccid):
                assert lwm2m._observations.by_token(one.token) == one
        assert all(one.lifetime_left_s >= 0 for one in lwm2m.clients(OURS))


def play(rounds, seed):
    bench = Bench()
    with bench.backend:
        game = Play(bench, seed)
        for _ in range(rounds):
            game.batch()
            game.check()


def test_memory_and_database_agree():
    play(120, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_memory_and_database_agree_for_long(seed):
    play(600, seed)
