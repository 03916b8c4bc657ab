"""The outbox with the power cut at every write, after every prefix of it, with noise behind."""

import random

import pytest

from memory_stores import Flash, PowerCutError
from nce.outbox import Outbox

SMALL = {"max_bytes": 1024, "segment_bytes": 128, "max_record": 40}


class ExactFlash(Flash):
    """Cut at write `cut_at`, counted from 0, after `prefix` bytes, with noise behind them."""

    def __init__(self):
        super().__init__()
        self.prefix = 0
        self.noise = b""
        self.peak = 0
        self.log = []  # sizes of the writes; 0 for a removal

    def append(self, name, data):
        self.log.append(len(data))
        kept = data
        is_cut = self.is_cut()
        if is_cut:
            kept = data[: self.prefix] + self.noise
        # A file whose creation was cut may be there, empty, or not at all.
        if kept or self.prefix:
            self.files[name] = self.files.get(name, b"") + kept
        self.peak = max(self.peak, sum(map(len, self.files.values())))
        if is_cut:
            raise PowerCutError

    def remove(self, name):
        self.log.append(0)
        if self.is_cut():
            if self.prefix:
                del self.files[name]
            raise PowerCutError
        del self.files[name]

    def is_cut(self):
        self.writes += 1
        return self.writes - 1 == self.cut_at


class Life:
    """What a device does with its outbox, and what is promised to hold whenever it stops."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.kept = {}  # number: (priority, data), of which `put` returned
        self.delivered = []
        self.in_flight = ()
        self.putting = None

    def run(self, outbox, steps):
        for _ in range(steps):
            if self.rng.random() < 0.6:
                priority = self.rng.choice((0, 0, 0, 3))
                data = self.rng.randbytes(self.rng.randint(1, 40))
                self.putting = (priority, data)
                dropped = outbox.dropped
                number = outbox.put(data, priority)
                self.kept[number] = self.putting
                self.putting = None
                assert outbox.dropped == dropped, "this life delivers before it is full"
            while len(outbox) > 5:
                self.deliver(outbox)
            if self.rng.random() < 0.3:
                self.deliver(outbox)

    def deliver(self, outbox):
        batch = outbox.peek_batch(90)
        if batch is not None:
            self.delivered += batch.numbers
            self.in_flight = batch.numbers
            outbox.acknowledge(batch)
            for number in batch.numbers:
                del self.kept[number]
            self.in_flight = ()

    def check(self, outbox):
        """The outbox after a reboot holds what it must, in order, and nothing else."""
        found = {}
        order = []
        for number, priority, name, offset, size in outbox._in_order():
            found[number] = (priority, outbox._segments.read(name, offset, size))
            order.append((-priority, number))
        assert order == sorted(order)
        # What was being put may be there, and what was being acknowledged may be gone.
        extra = {number: value for number, value in found.items() if number not in self.kept}
        assert all(value == self.putting for value in extra.values()), extra
        assert len(extra) <= 1
        lost = set(self.kept) - set(found)
        assert lost <= set(self.in_flight), lost
        assert all(found[number] == self.kept[number] for number in found if number in self.kept)
        self.kept = dict(found)
        self.putting = None
        self.in_flight = ()


def cuts(noise):
    """`(cut_at, prefix)` of every write of a life without cuts."""
    flash = ExactFlash()
    Life(1).run(Outbox(flash, **SMALL), 60)
    assert len([size for size in flash.log if not size]) > 10, "segments are to be removed"
    for number, size in enumerate(flash.log):
        for prefix in range(max(size, 1) + 1) if not noise else (0, size // 2, max(0, size - 1)):
            yield number, prefix


@pytest.mark.parametrize("noise", [b"", b"\xff\xff", bytes(20)], ids=["clean", "ones", "zeros"])
def test_every_prefix_of_every_write(noise):
    count = 0
    for cut_at, prefix in cuts(noise):
        flash = ExactFlash()
        flash.cut_at, flash.prefix, flash.noise = cut_at, prefix, noise
        life = Life(1)
        with pytest.raises(PowerCutError):
            life.run(Outbox(flash, **SMALL), 60)
        outbox = Outbox(flash, **SMALL)
        life.check(outbox)
        life.run(outbox, 20)
        life.check(Outbox(flash, **SMALL))
        assert flash.peak <= SMALL["max_bytes"] + len(noise)
        count += 1
    print(f"{count} power cuts")
    assert count > 200


@pytest.mark.parametrize("seed", range(20))
def test_cut_upon_cut_also_while_it_recovers(seed):
    rng = random.Random(seed)
    flash = ExactFlash()
    life = Life(seed)
    for _ in range(60):
        flash.cut_at = flash.writes + int(rng.expovariate(0.2))
        flash.prefix = rng.randint(0, 30)
        flash.noise = rng.choice((b"", b"\x00", b"\xff" * 9))
        try:
            outbox = Outbox(flash, **SMALL)
            life.check(outbox)
            life.run(outbox, 30)
        except PowerCutError:
            continue
        life.check(Outbox(flash, **SMALL))
    flash.cut_at = None
    outbox = Outbox(flash, **SMALL)
    life.check(outbox)
    life.run(outbox, 200)
    # At least once: every number that was ever kept was delivered, or still waits.
    assert set(range(outbox._next_number)) == set(life.delivered) | set(life.kept)
    assert flash.peak <= SMALL["max_bytes"] + 9


def test_the_wear_of_a_record_is_little_more_than_its_bytes():
    flash = ExactFlash()
    outbox = Outbox(flash)
    for number in range(2000):
        outbox.put(b"%032d" % number)
        if number % 8 == 7:
            outbox.acknowledge(outbox.peek_batch(1024))
    payload = 2000 * 32
    print(f"{outbox.bytes_written / payload:.2f} bytes written for each byte kept")
    assert outbox.bytes_written < 1.6 * payload
    assert flash.peak < 4096 * 3
