"""Message IDs over a reboot: a life begins behind what the lives before may have used."""

from memory_stores import Kept
from nce.coap.mid import MessageIds
from nce.coap.mid_store import stored_mids
from nce.coap.parameters import DEFAULT


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


def test_a_store_that_fails_lets_no_unreserved_id_out():
    class Broken(Kept):
        def save(self, data):
            raise OSError(28)

    mids = stored_mids(Broken(b"\x00\x00"), DEFAULT)
    for _ in range(2):
        try:
            mids.take(0)
        except OSError:
            continue
        raise AssertionError("an ID was given without being reserved")


def test_without_a_store_nothing_is_reserved():
    mids = MessageIds(65535, 247000)
    assert [mids.take(0) for _ in range(3)] == [65535, 0, 1]
