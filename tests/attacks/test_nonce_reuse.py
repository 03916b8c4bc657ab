"""Attack: have a device seal two records under one nonce, by crashes and by flash that fails.

AES-CCM with a nonce that repeats gives the plaintexts away, and forgeries with them (RFC 5116,
5.1.1). Here a device lives many short lives on a disk whose power goes, which is full, which fails
before or after its data got there; every nonce that its cipher was given is written down.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest

import nce.dtls.record
from memory_stores import Kept, PowerCutError
from nce.dtls.parameters import DEFAULT
from nce.dtls.session import DtlsPort
from nce.dtls.suites import protections
from nce.slots import Slots
from nce.watched import StoreFailed, watched
from nce_sim.endpoints.dtls import Data, DtlsServer, DtlsSettings
from support.page_cache import PageCache

IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
LIVES = 60
SEEDS = range(12)


class DiskError(OSError):
    pass


@pytest.fixture
def nonces(monkeypatch):
    """Every (key block, record number) that a record was sealed with, in order."""
    used = []

    def watched(suite, block, *more):
        ours, servers = protections(suite, block, *more)
        seal = ours.seal

        def noted(number, *arguments):
            used.append((bytes(block), bytes(number)))
            return seal(number, *arguments)

        ours.seal = noted
        return ours, servers

    monkeypatch.setattr(nce.dtls.record, "protections", watched)
    return used


class Wire:
    """A datagram port to the server, without loss."""

    max_datagram = 1152

    def __init__(self, server, peer):
        self.now_ms = 0
        self.taken = []
        self._server = server
        self._peer = peer
        self._arrived = []

    async def send(self, data):
        for event in self._server.receive_datagram(data, self._peer, self.now_ms):
            if isinstance(event, Data):
                self.taken.append(event.data)
        self._arrived += [answer for _peer, answer in self._server.datagrams_to_send()]

    async def receive(self, timeout_ms):
        if self._arrived:
            return self._arrived.pop(0)
        self.now_ms += timeout_ms + 1
        return None

    async def close(self):
        pass


class Attack:
    """One device, its server, and the store that the attack is on."""

    def __init__(self, seed):
        self.rng = Random(seed)
        self.server = DtlsServer(
            look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
            random_bytes=self.rng.randbytes,
            settings=DtlsSettings(session_ids=True, connection_id_bytes=8),
        )
        self.sent = 0
        self.silences = 0
        self.saves_itself = True
        self.life = 0

    def connection(self, store):
        self.life += 1
        wire = Wire(self.server, ("10.160.0.1", 20000 + self.life))
        port = DtlsPort(
            wire,
            IDENTITY,
            KEY,
            random_bytes=self.rng.randbytes,
            parameters=DEFAULT,
            now_ms=lambda: wire.now_ms,
            connection_id=True,
            store=store,
        )
        return wire, port

    async def live(self, store, records):
        """Connect, send so many records, sleep by the rules or not; the server has them all."""
        wire, port = self.connection(store)
        await port.connect()
        for _ in range(records):
            data = b"record %d" % self.sent
            await port.send(data)
            while wire.taken[-1:] != [data]:
                # The server has dropped that session for a newer one of ours.
                self.silences += 1
                await port.close(forget=True)
                wire, port = self.connection(store)
                await port.connect()
                await port.send(data)
            self.sent += 1
            if self.saves_itself and self.rng.random() < 0.05:
                try:
                    port.save(self.rng.choice((0, 5, 64)))
                except OSError:
                    pass  # firmware that takes no notice, and goes on
        if self.rng.random() < 0.4:
            await port.close()

    def records(self):
        return self.rng.choice((0, 1, 5, 60, 70, 150))


def check(nonces, attack):
    assert len(nonces) > attack.sent > 500
    assert len(set(nonces)) == len(nonces), "a nonce came twice under one key"
    assert attack.silences < attack.life / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_power_that_goes_at_any_operation_of_the_disk(monkeypatch, nonces, seed):
    attack = Attack(seed)
    disk = PageCache()
    cuts = 0
    for _ in range(LIVES):
        disk.stand_in(monkeypatch)
        disk.cut_at = disk.operations + int(attack.rng.expovariate(0.07))
        try:
            asyncio.run(attack.live(Slots("session"), attack.records()))
        except PowerCutError:
            cuts += 1
        disk = disk.after_power_loss(attack.rng)
    assert cuts > 10
    check(nonces, attack)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_disk_that_is_full_or_fails_before_or_after_its_data_is_there(monkeypatch, nonces, seed):
    attack = Attack(seed)
    disk = PageCache()
    faults = 0
    told: list[StoreFailed] = []

    def fault(operation):
        nonlocal faults
        if attack.rng.random() < 0.1:
            faults += 1
            raise DiskError(5, f"the disk failed at {operation}")

    for _ in range(LIVES):
        disk.stand_in(monkeypatch)
        disk.fault = fault
        disk.size = attack.rng.choice((0, 150, 400, 1000, 1 << 20))
        # Whatever the disk does, each record of this life arrives. A `Device` watches its stores.
        store = watched(Slots("session"), "session", told.append)
        asyncio.run(attack.live(store, attack.records()))
        if attack.rng.random() < 0.5:
            disk = disk.after_power_loss(attack.rng)
    assert faults > 20
    assert len(told) > 10
    check(nonces, attack)


class Moody(Kept):
    """A store that raises after it has kept, or instead of it."""

    def __init__(self, rng):
        super().__init__()
        self._rng = rng
        self.faults = 0

    def save(self, data):
        what = self._rng.choice(("kept", "kept", "kept, but nobody is told", "full"))
        if what != "full":
            super().save(data)
        if what != "kept":
            self.faults += 1
            raise DiskError(28, what)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_store_that_raises_although_it_kept_or_did_not_keep(nonces, seed):
    attack = Attack(seed)
    store = Moody(attack.rng)
    for _ in range(LIVES):
        asyncio.run(attack.live(store, attack.records()))
    assert store.faults > 20
    check(nonces, attack)


class Full(Kept):
    """A store that takes the first `room` saves, and then none."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def save(self, data):
        if self.saves >= self.room:
            raise DiskError(28, "no space left")
        super().save(data)


@pytest.mark.parametrize("ahead", [0, 5, 64])
@pytest.mark.parametrize("sent", [1, 40, 63])
def test_a_save_that_failed_gives_no_number_that_a_restart_gives_again(nonces, sent, ahead):
    attack = Attack(1)
    store = Full(2)  # nothing, and then the session with 64 numbers ahead
    for room in (2, 99):

        async def life(room=room):
            store.room = room
            _wire, port = attack.connection(store)
            await port.connect()
            for number in range(sent + 60):
                if number == sent and room == 2:
                    with pytest.raises(DiskError):
                        port.save(ahead)
                await port.send(b"record")

        asyncio.run(life())
    assert len(nonces) >= 2 * (sent + 60)
    assert len(set(nonces)) == len(nonces)


@pytest.mark.parametrize("room", range(6))
def test_the_saved_session_of_before_does_not_come_back_with_numbers_that_were_used(nonces, room):
    attack = Attack(1)
    attack.saves_itself = False
    store = Full(room)
    counts = []
    for _ in range(8):
        before = len({block for block, _number in nonces})
        asyncio.run(attack.live(store, 150))
        counts.append(len({block for block, _number in nonces}) - before)
    check(nonces, attack)
    # A life on a full store costs one handshake, whose session lasts as long as there is a bearer.
    assert max(counts) <= 2
    assert counts[-1] == 1
