"""An outbox at its bounds: how much it holds, who makes room for whom, how large its files get."""

from memory_stores import Flash, FullFlash
from nce.errors import UsageError
from nce.outbox import Outbox, OutboxFull

# 16 segments of 128 bytes. Of each 24 are frames of its own, and 40 may stay free at its end; 3
# segments are in hand: 13 * 64 bytes are sure, which is 16 records of 40 with frames of 12.
SMALL = {"max_bytes": 2048, "segment_bytes": 128, "max_record": 40}
HELD = 16


def numbers_of(outbox):
    """The numbers of all that wait, in the order in which they are given out."""
    return [entry[0] for entry in outbox._in_order()]


def is_full(outbox, record, priority=0):
    """Whether the outbox refuses a record; it is the same afterwards."""
    before = numbers_of(outbox), outbox.dropped, outbox.next_number
    try:
        outbox.put(record, priority)
    except OutboxFull as error:
        assert "%d records wait" % len(outbox) in str(error)
        assert (numbers_of(outbox), outbox.dropped, outbox.next_number) == before
        return True
    return False


def test_it_holds_what_surely_fits_and_not_a_byte_more():
    for drop_oldest in (True, False):
        flash = Flash()
        outbox = Outbox(flash, drop_oldest=drop_oldest, **SMALL)
        for number in range(HELD):
            assert outbox.put(bytes(40)) == number
        assert (len(outbox), outbox.dropped) == (HELD, 0)
        if drop_oldest:
            outbox.put(b"")
            assert (len(outbox), outbox.dropped) == (HELD, 1)
            assert numbers_of(outbox) == list(range(1, HELD + 1))
            assert numbers_of(Outbox(flash, **SMALL)) == list(range(1, HELD + 1))
        else:
            assert is_full(outbox, b"")
            outbox.acknowledge(outbox.peek_batch(1, most=1))
            assert not is_full(outbox, bytes(40))
            assert is_full(outbox, b"")


def test_it_holds_as_many_records_as_it_was_told():
    outbox = Outbox(Flash(), max_records=3, **SMALL)
    for number in range(3):
        outbox.put(b"%d" % number)
    assert (len(outbox), outbox.dropped) == (3, 0)
    outbox.put(b"3")
    assert (numbers_of(outbox), outbox.dropped) == ([1, 2, 3], 1)
    strict = Outbox(Flash(), max_records=3, drop_oldest=False, **SMALL)
    for number in range(3):
        assert not is_full(strict, b"%d" % number)
    assert is_full(strict, b"3")


def test_by_itself_it_takes_64_kib_of_flash_and_512_records_of_a_kib_at_most():
    outbox = Outbox(Flash(), drop_oldest=False)
    for _ in range(512):
        outbox.put(b"")
    assert is_full(outbox, b"")
    outbox = Outbox(Flash(), drop_oldest=False)
    # 13 segments of 4096, less 24 and 1024: 39624 bytes, which is 38 records of 1036.
    for _ in range(38):
        outbox.put(bytes(1024))
    assert is_full(outbox, bytes(1024))
    try:
        outbox.put(bytes(1025))
    except UsageError:
        pass
    else:
        raise AssertionError("1025 bytes were taken")


def test_a_large_record_pushes_out_as_many_small_ones_as_it_needs():
    outbox = Outbox(Flash(), **SMALL)
    for _ in range(64):
        outbox.put(b"1")  # 13 bytes each: 832
    assert (len(outbox), outbox.dropped) == (64, 0)
    outbox.put(bytes(40))  # 52 bytes: four of them
    assert (len(outbox), outbox.dropped) == (61, 4)
    assert numbers_of(outbox) == list(range(4, 65))


def test_the_least_urgent_leave_first_the_oldest_of_them_before_the_others():
    outbox = Outbox(Flash(), max_records=6, **SMALL)
    for priority in (1, 0, 2, 0, 1, 0):
        outbox.put(b"", priority)
    for priority, left in (
        (1, [2, 0, 4, 6, 3, 5]),
        (2, [2, 7, 0, 4, 6, 5]),
        (2, [2, 7, 8, 0, 4, 6]),
        (1, [2, 7, 8, 4, 6, 9]),
        (9, [10, 2, 7, 8, 6, 9]),
    ):
        outbox.put(b"", priority)
        assert numbers_of(outbox) == left
    assert is_full(outbox, b"", 0)


def test_a_record_that_finds_too_few_less_urgent_ones_pushes_out_none():
    outbox = Outbox(Flash(), **SMALL)
    for number in range(64):
        outbox.put(b"1", 0 if number in (5, 6, 7) else 5)
    # Three of 13 bytes are not enough for 52.
    assert is_full(outbox, bytes(40), 4)
    assert not is_full(outbox, bytes(40), 5)
    assert outbox.dropped == 4
    assert numbers_of(outbox) == [number for number in range(65) if number not in (0, 5, 6, 7)]


def test_the_smallest_outbox_has_four_segments_each_with_room_for_a_record():
    for max_bytes, segment_bytes, max_record, works in (
        (511, 128, 40, False),
        (512, 128, 40, True),
        (256, 64, 40, False),
        (260, 65, 40, True),
    ):
        try:
            outbox = Outbox(Flash(), max_bytes, segment_bytes, max_record)
        except UsageError as error:
            assert not works
            assert "%d bytes in segments of %d" % (max_bytes, segment_bytes) in str(error)
            continue
        assert works
        if segment_bytes == 128:
            outbox.put(bytes(40))
            assert outbox.peek_batch(40).payload == bytes(40)


class Measured(Flash):
    """A flash that knows the most bytes that were on it, and in one of its files."""

    def __init__(self):
        super().__init__()
        self.most = self.most_in_file = 0

    def append(self, name, data):
        super().append(name, data)
        self.most_in_file = max(self.most_in_file, len(self.files[name]))
        self.most = max(self.most, sum([len(self.files[one]) for one in self.files]))


def test_no_file_is_larger_than_a_segment_and_all_are_no_more_than_was_given():
    for step in (1, 7, 32, 50):
        flash = Measured()
        outbox = Outbox(flash, **SMALL)
        put = gone = 0
        for turn in range(40):
            for size in range(20):
                try:
                    outbox.put(bytes(size * 7 % 41 if step < 50 else 1), size % 3)
                    put += 1
                except OutboxFull:  # all that waits is more urgent
                    assert size % 3 < 2
            if turn % 3 == 2:
                batch = outbox.peek_batch(10000, most=step)
                gone += len(batch.numbers)
                outbox.acknowledge(batch)
            assert outbox.fault is None
            assert put == gone + outbox.dropped + len(outbox)
        assert flash.most_in_file <= 128, step
        assert flash.most <= 2048
        assert numbers_of(Outbox(flash, **SMALL)) == numbers_of(outbox)


def test_a_batch_has_32_records_at_most_unless_more_are_asked_for():
    outbox = Outbox(Flash())
    for _ in range(40):
        outbox.put(b"1")
    for options, count in (({}, 32), ({"most": 1}, 1), ({"most": 33}, 33), ({"most": 99}, 40)):
        batch = outbox.peek_batch(1024, **options)
        assert batch.numbers == tuple(range(count))
        assert batch.payload == b"1" * count
    assert len(outbox.peek_batch(31).numbers) == 31


class Sticky(Flash):
    """A flash that takes everything and removes nothing while it is stuck."""

    is_stuck = False

    def remove(self, name):
        if self.is_stuck:
            raise OSError(30, "nothing can be removed")
        super().remove(name)


def test_segments_that_cannot_be_removed_end_in_the_fault_and_not_beyond_the_bounds():
    flash = Sticky()
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"first")
    flash.is_stuck = True
    errors = 0
    put = [0]
    for _ in range(100):
        try:
            put.append(outbox.put(bytes(40)))
        except OSError as error:
            assert error.errno == 30
            errors += 1
        assert sum([len(flash.files[name]) for name in flash.files]) <= 2048
        if len(outbox) > 3:
            outbox.acknowledge(outbox.peek_batch(1, most=1))
    assert errors > 50
    assert outbox.fault.errno == 30
    flash.is_stuck = False
    put.append(outbox.put(b"last"))
    assert outbox.fault is None
    assert put == list(range(len(put)))
    again = Outbox(flash, **SMALL)
    assert numbers_of(again) == numbers_of(outbox)
    assert again.peek_batch(1000, most=9).numbers[-1] == put[-1]


def test_what_was_delivered_while_nothing_could_be_noted_makes_room_for_the_next_put():
    for size in range(300, 420, 10):
        flash = FullFlash(size)
        outbox = Outbox(flash, **SMALL)
        put = 0
        try:
            while True:
                outbox.put(bytes(10))
                put += 1
        except OSError as error:
            assert error.errno == 28
        flash.is_worn = True
        while len(outbox):
            outbox.acknowledge(outbox.peek_batch(1000))
        assert outbox.fault.errno == 30
        # It can be removed again what nobody waits for; there is room for nothing before.
        flash.is_worn = False
        assert outbox.put(bytes(10)) == put
        assert outbox.fault is None
        assert numbers_of(Outbox(flash, **SMALL)) == [put]


class Closed(Flash):
    """A flash that, while it is closed, takes no byte of a file and makes none."""

    is_closed = False

    def append(self, name, data):
        if self.is_closed:
            raise OSError(28, "no room for a name")
        super().append(name, data)

    def remove(self, name):
        if name not in self.files:
            raise OSError(2, "no such file")
        super().remove(name)


def test_a_segment_that_could_not_be_made_is_told_as_what_it_is_and_made_later():
    flash = Closed()
    outbox = Outbox(flash, **SMALL)
    numbers = []
    for turn in range(12):
        flash.is_closed = True
        for length in (1, 40):
            try:
                outbox.put(bytes(length))
            except OSError as error:
                assert error.errno == 28
            else:
                raise AssertionError("it was taken")
        flash.is_closed = False
        numbers.append(outbox.put(b"%d" % turn))
        again = Outbox(flash, **SMALL)
        assert numbers_of(again) == numbers == list(range(turn + 1))
        assert again.damaged == 0


# What `segments` documents, with CRC-32 by zlib: an opening, two records, and that 0 is done with.
SEGMENT = (
    "4f00000000000000eb93fffa"
    "52020003000000006f6e65d20f5c03"
    "520000000000000155bf373a"
    "440000040000000200000000830014d4"
)


def test_a_segment_holds_the_bytes_that_are_documented():
    flash = Flash()
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"one", 2)
    outbox.put(b"")
    outbox.acknowledge(outbox.peek_batch(1, most=1))
    assert flash.files == {"00000000": bytes.fromhex(SEGMENT)}
    again = Outbox(flash, **SMALL)
    assert (numbers_of(again), again.next_number, again.damaged) == ([1], 2, 0)


def test_a_segment_is_filled_to_its_last_byte():
    flash = Flash()
    outbox = Outbox(flash, **SMALL)
    for count, sizes in ((4, [128]), (5, [128, 12 + 29]), (8, [128, 128])):
        while outbox.next_number < count:
            outbox.put(bytes(17))
        assert [len(flash.files[name]) for name in sorted(flash.files)] == sizes


def test_segments_are_numbered_one_after_the_other_also_over_a_reboot():
    flash = Flash()
    for _ in range(3):
        outbox = Outbox(flash, **SMALL)
        for _ in range(5):
            outbox.put(bytes(40))
    names = sorted(flash.files)
    assert len(names) >= 7
    assert names == ["%08x" % number for number in range(len(names))]
