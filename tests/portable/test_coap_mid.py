"""Message IDs over a reboot: a life begins behind what the lives before may have used."""

from memory_stores import Kept
from nce.coap.mid import MessageIds
from nce.coap.mid_store import stored_mids


def test_ids_are_reserved_before_they_are_used():
    store = Kept(b"\xff\xf0")
    used = set()
    for life in range(20):
        mids = stored_mids(store)
        for message in range(life * 97 % 1500 + 1):
            mid = mids.take(message)
            assert mid not in used
            used.add(mid)
            # Whatever happens now, the next life begins behind this ID.
            begins = int.from_bytes(store.data, "big")
            assert 0 < (begins - mid) & 0xFFFF <= 1024
    assert store.saves < 20 + len(used) // 1024 + 20


def test_an_empty_or_foreign_store_means_a_random_start():
    for data in (None, b"", b"\x01", b"\x01\x02\x03"):
        mids = stored_mids(Kept(data), random_bytes=lambda count: b"\x12\x34")
        assert mids.take(0) == 0x1234


class Full(Kept):
    """A store on a flash that is full, and may be read or not."""

    is_full = True
    is_readable = True

    def load(self):
        if not self.is_readable:
            raise OSError(5)
        return super().load()

    def save(self, data):
        if self.is_full:
            raise OSError(28)
        super().save(data)


def test_a_full_flash_stops_no_message_and_is_told_once():
    told = []
    mids = stored_mids(Full(b"\x00\x00"), on_event=told.append)
    used = [mids.take(0) for _ in range(5000)]
    assert len(set(used)) == 5000
    (event,) = told
    assert (event.what, event.error.args[0]) == ("mids", 28)
    stored_mids(Full(b"\x00\x00")).take(0)  # nobody listens


DRAWS = (b"\x00\x00", b"\xff\xff")  # the nearest, and the farthest


def test_the_life_after_a_full_flash_repeats_no_message_id():
    # The first life runs on a flash that fills up at once, or after its first reservation, and
    # perhaps finds room on it later.
    for draw, fills_at, room_at in [
        (draw, fills_at, room_at) for draw in DRAWS for fills_at in (0, 1) for room_at in (0, 1500)
    ]:
        store = Full(b"\xff\x00")
        mids = stored_mids(store, random_bytes=lambda count, draw=draw: draw)
        used = set()
        for message in range(2500):
            store.is_full = fills_at <= message and not 0 < room_at <= message
            used.add(mids.take(0))
        assert len(used) == 2500
        store.is_full = False
        later = stored_mids(store)
        assert not used & {later.take(0) for _ in range(2500)}, (draw, fills_at, room_at)


def test_a_life_on_a_full_flash_goes_round_without_the_ids_of_the_next_one():
    mids = stored_mids(Full(b"\xff\x00"), random_bytes=lambda count: b"\xff\xff")
    for message in range(17_500):  # it begins 16 385 IDs before those
        assert mids.take(message * 100) - 0xFF00 & 0xFFFF >= 1024, message


def test_on_a_flash_that_stays_full_the_next_life_starts_at_random():
    draws = [b"\x12\x34", b"\x56\x78"]
    store = Full(b"\x10\x00")
    starts = [stored_mids(store, random_bytes=lambda count: draws.pop()).take(0) for _ in range(2)]
    assert starts == [0x1000 + 0x4000 + 0x5678, 0x1000 + 0x4000 + 0x1234]


def test_a_store_that_cannot_be_read_means_a_random_start_and_is_told():
    told = []
    store = Full(b"\x10\x00")
    store.is_readable = False
    mids = stored_mids(store, random_bytes=lambda count: b"\x12\x34", on_event=told.append)
    assert [mids.take(0), mids.take(0)] == [0x1234, 0x1235]
    assert [event.error.args[0] for event in told] == [5]


def test_without_a_store_nothing_is_reserved():
    mids = MessageIds(65535, 247000)
    assert [mids.take(0) for _ in range(3)] == [65535, 0, 1]
