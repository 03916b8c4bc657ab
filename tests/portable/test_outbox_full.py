"""An outbox on a flash that is full or fails: delivery goes on, and nothing is sent for ever."""

from memory_stores import Flash, FullFlash
from nce.outbox import Outbox, OutboxFull

SMALL = {"max_bytes": 2048, "segment_bytes": 128, "max_record": 40}


def until_full(flash, priorities=(0,)):
    """An outbox to which records were put until the flash took none."""
    outbox = Outbox(flash, **SMALL)
    put = []
    try:
        while True:
            number = len(put)
            outbox.put(b"record %d" % number, priorities[number % len(priorities)])
            put.append(number)
    except OSError as error:
        assert error.errno == 28, error
    assert len(put) > 10
    assert outbox.next_number == len(put)
    return outbox, put


def delivered(outbox, most=1):
    """The numbers that are given out until nothing waits, each acknowledged."""
    numbers = []
    for _ in range(1000):
        batch = outbox.peek_batch(1000, most=most)
        if batch is None:
            return numbers
        numbers += batch.numbers
        outbox.acknowledge(batch)
    raise AssertionError("no end: %r" % numbers)


def test_a_full_flash_delivers_each_record_once_and_has_room_again():
    for is_torn in (False, True):
        for size in range(300, 420):
            for priorities in ((0,), (0, 1), (2, 0, 1)):
                flash = FullFlash(size, is_torn)
                outbox, put = until_full(flash, priorities)
                assert sorted(delivered(outbox)) == put
                assert not len(outbox)
                assert outbox.fault is None
                assert outbox.put(b"there is room") == len(put)
                again = Outbox(flash, **SMALL)
                assert again.peek_batch(1000).payload == b"there is room"
                assert (again.damaged, again.dropped) == (0, 0)


def test_what_could_not_be_noted_comes_again_after_a_reboot_and_nothing_else():
    faults = 0
    for size in range(300, 420):
        flash = FullFlash(size)
        outbox, put = until_full(flash, (0, 1))
        gone = []
        while True:
            batch = outbox.peek_batch(1000, most=1)
            gone += batch.numbers
            outbox.acknowledge(batch)
            again = Outbox(flash, **SMALL)
            # What waits still waits, what is noted is gone, and what is not noted comes again.
            waits = [entry[0] for entry in again._waiting]
            assert set(put) - set(gone) <= set(waits)
            if outbox.fault is None:
                assert not set(waits) & set(gone)
                break
            assert outbox.fault.errno == 28
            faults += 1
    assert faults > 100


def test_a_flash_that_takes_nothing_any_more_delivers_each_record_once():
    flash = FullFlash(4000)
    outbox = Outbox(flash, **SMALL)
    put = [outbox.put(b"%d" % number) for number in range(20)]
    flash.is_worn = True
    assert delivered(outbox, 3) == put
    assert outbox.fault.errno == 30
    for _ in range(3):
        try:
            outbox.put(b"not kept")
        except OSError as error:
            assert error.errno == 30
        else:
            raise AssertionError("it was taken")
    flash.is_worn = False
    assert outbox.put(b"kept") == 20
    assert outbox.fault is None
    assert Outbox(flash, **SMALL).peek_batch(1000).payload == b"kept"


def test_puts_that_fail_leave_no_files_behind():
    for is_torn in (False, True):
        for size in range(300, 420, 7):
            flash = FullFlash(size, is_torn)
            outbox, _put = until_full(flash)
            files = len(flash.files)
            for length in (40, 1, 40, 30, 0, 20, 40) * 10:
                try:
                    outbox.put(bytes(length))
                except OSError:
                    pass
            assert len(flash.files) <= files + 1
            assert sorted(flash.files) == outbox._segments.names


class TornFlash(Flash):
    """Takes openings; of anything longer (than `most`) the first half, and then it fails."""

    is_failing = False
    most = 12

    def append(self, name, data):
        if self.is_failing and len(data) > self.most:
            self.files[name] = self.files.get(name, b"") + data[: len(data) // 2]
            raise OSError(5, "the write failed half way")
        super().append(name, data)


def test_puts_that_fail_half_way_leave_no_files_behind_either():
    flash = TornFlash()
    outbox = Outbox(flash, **SMALL)
    put = [outbox.put(b"record %d" % number) for number in range(4)]
    flash.is_failing = True
    files = len(flash.files)
    for _ in range(50):
        try:
            outbox.put(bytes(20))
        except OSError as error:
            assert error.errno == 5
    assert len(flash.files) <= files + 1
    flash.is_failing = False
    put.append(outbox.put(b"whole"))
    again = Outbox(flash, **SMALL)
    assert (again.damaged, again.next_number) == (0, 5)
    assert delivered(again) == put


def test_a_put_that_left_nothing_behind_needs_no_new_segment():
    flash = FullFlash(12 + 12 + 5 + 20)
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"first")
    for length in (40, 30, 40):
        try:
            outbox.put(bytes(length))
        except OSError as error:
            assert error.errno == 28
        else:
            raise AssertionError("there was no room")
    assert outbox.put(b"it fits") == 1
    assert sorted(flash.files) == ["00000000"]


def test_flash_use_stays_in_its_bounds_when_what_waits_cannot_be_copied():
    flash = TornFlash()
    flash.most = 40
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"urgent" * 6, 9)
    flash.is_failing = True
    faults = peak = 0
    for _ in range(400):
        try:
            outbox.put(b"small")
        except OSError as error:
            assert error.errno == 5
            faults += 1
        peak = max(peak, sum([len(flash.files[name]) for name in flash.files]))
    assert faults > 10
    assert peak <= SMALL["max_bytes"]
    flash.is_failing = False
    outbox.put(b"last")
    assert outbox.peek_batch(1, most=1).payload == b"urgent" * 6
    assert outbox.fault is None


def test_a_segment_that_nobody_waits_for_needs_no_note():
    flash = TornFlash()
    outbox = Outbox(flash, **SMALL)
    while len(flash.files) < 3:
        outbox.put(b"record %d" % outbox.next_number)
    in_first = [entry[0] for entry in outbox._waiting if entry[2] == "00000000"]
    flash.is_failing = True
    for number in in_first:
        assert len(flash.files) == 3
        outbox.acknowledge(outbox.peek_batch(1, most=1))
        assert (outbox.fault is None) == (number == in_first[-1])
    assert "00000000" not in flash.files
    assert Outbox(flash, **SMALL).peek_batch(1).numbers == (in_first[-1] + 1,)


def test_a_full_outbox_on_a_full_flash_still_makes_room_for_what_is_new():
    # `max_bytes` are more than there are: the oldest do not make room, since the outbox is not
    # full; what comes is refused until something was delivered.
    flash = FullFlash(700)
    outbox, put = until_full(flash)
    outbox.acknowledge(outbox.peek_batch(1000, most=12))
    assert outbox.put(b"new") == len(put)
    strict = Outbox(FullFlash(700), drop_oldest=False, max_records=2, **SMALL)
    strict.put(b"1")
    strict.put(b"2")
    try:
        strict.put(b"3")
    except OutboxFull:
        pass
    else:
        raise AssertionError("it was taken")


def test_refused_records_leave_the_queue_and_are_kept_over_a_reboot():
    flash = FullFlash(9000)
    outbox = Outbox(flash, **SMALL)
    for number in range(5):
        outbox.put(b"record %d" % number)
    for code in (0x8D, 0x80):
        outbox.refuse(outbox.peek_batch(1, most=1), code)
    for one in (outbox, Outbox(flash, **SMALL)):
        assert one.refused.records() == [(0, 0x8D, b"record 0"), (1, 0x80, b"record 1")]
        assert one.refused.dropped == 0
        assert one.peek_batch(1000, most=1).numbers == (2,)
    again = Outbox(flash, **SMALL)
    again.refused.clear()
    assert again.refused.records() == []
    assert Outbox(flash, **SMALL).refused.records() == []
    assert len(again) == 3


def test_the_list_of_refused_records_is_bounded_and_counts_what_fell_off():
    for length, most in ((1, 32), (40, 4)):
        flash = FullFlash(9000)
        outbox = Outbox(flash, **SMALL)
        for number in range(100):
            outbox.put(bytes([number]) * length)
            outbox.refuse(outbox.peek_batch(1, most=1), 0x8D)
            names = [name for name in flash.files if name[0] == "r"]
            assert len(names) <= 2
        refused = outbox.refused.records()
        # Two segments of 128 bytes hold 2 records of 40 each, or 17 of 1.
        assert 2 <= len(refused) <= most
        assert [one.number for one in refused] == list(range(100 - len(refused), 100))
        assert outbox.refused.dropped == 100 - len(refused)
        assert [one.record for one in Outbox(flash, **SMALL).refused.records()][-2:] == [
            one.record for one in refused[-2:]
        ]


def test_a_refused_record_that_flash_does_not_take_leaves_the_queue_all_the_same():
    flash = FullFlash(4000)
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"refused")
    outbox.put(b"next")
    flash.is_worn = True
    outbox.refuse(outbox.peek_batch(1, most=1), 0x8D)
    assert outbox.fault.errno == 30
    assert (outbox.refused.records(), outbox.refused.dropped) == ([], 1)
    assert outbox.peek_batch(1, most=1).payload == b"next"


def test_a_record_that_is_refused_again_after_a_power_cut_is_listed_once():
    flash = FullFlash(4000)
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"refused")
    outbox.refused.add(0, 0x8D, b"refused")  # and the power goes before the outbox lets it go
    again = Outbox(flash, **SMALL)
    again.refuse(again.peek_batch(100), 0x8D)
    assert again.refused.records() == [(0, 0x8D, b"refused")]
    assert again.refused.dropped == 0
    assert len(again) == 0
    assert Outbox(flash, **SMALL).refused.records() == [(0, 0x8D, b"refused")]


def test_32_refused_records_are_listed_at_most_also_after_a_reboot():
    flash = FullFlash(65536)
    outbox = Outbox(flash)
    for number in range(40):
        outbox.put(b"%d" % number)
        outbox.refuse(outbox.peek_batch(1, most=1), 0x80)
    for one, dropped in ((outbox, 8), (Outbox(flash), 0)):
        assert [found.number for found in one.refused.records()] == list(range(8, 40))
        assert one.refused.dropped == dropped
    again = Outbox(flash)
    again.refused.add(40, 0x80, b"40")
    assert [found.number for found in again.refused.records()] == list(range(9, 41))
    assert again.refused.dropped == 1
