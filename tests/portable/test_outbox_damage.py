"""Flash that gives back other bytes than it was given: what an outbox loses, and what not.

For every single bit of every segment: no record is lost but the one that the bit is in, each loss
is counted, no number is used again, and nothing is given out that was not put.
"""

import json
import sys

from memory_stores import Flash
from nce.outbox import Outbox
from nce.segments import DONE, OPENING, RECORD, frame_bytes, frames_of, salt_of

SMALL = {"max_bytes": 1024, "segment_bytes": 128, "max_record": 40}

with open(__file__.rsplit("/", 2)[0] + "/vectors/outbox_plain_crc.json") as file:
    OF_BEFORE = json.load(file)  # written by the version that had a plain CRC in its frames
OF_BEFORE_SIZES = {"max_bytes": 2048, "segment_bytes": 256, "max_record": 64}


def filled():
    """A flash with records that wait, that were delivered, that were copied; and what was put."""
    flash = Flash()
    outbox = Outbox(flash, **SMALL)
    put = {}
    for number in range(30):
        priority = 2 if number in (1, 9) else 5
        record = b"%d: " % number + bytes([number]) * (number % 7)
        put[outbox.put(record, priority)] = (priority, record)
        if number % 3 == 2:
            outbox.acknowledge(outbox.peek_batch(200, most=2 if number < 25 else 1))
    return flash, put


def held(outbox):
    """What an outbox would give out: number -> (priority, record)."""
    found = {}
    for number, priority, name, offset, size in outbox._in_order():
        found[number] = (priority, outbox._segments.read(name, offset, size))
    return found


def flipped(files, name, bit):
    """A flash with one bit of one file changed."""
    flash = Flash()
    flash.files = dict(files)
    data = bytearray(files[name])
    data[bit >> 3] ^= 1 << (bit & 7)
    flash.files[name] = bytes(data)
    return flash


# CPython turns every bit. MicroPython takes ten times as long for one and turns every fifth.
BIT_STEP = 5 if sys.implementation.name == "micropython" else 1


def check_every_bit(files, put, sizes, name_in_crc=True):
    flash = Flash()
    flash.files = dict(files)
    whole = Outbox(flash, **sizes)
    before, next_number = held(whole), whole.next_number
    losses = repeated = 0
    for name in sorted(files):
        frames, _is_whole = frames_of(files[name], name if name_in_crc else "")
        for frame in frames:
            begin, end = frame.offset - 8, frame.offset + len(frame.data) + 4
            for bit in range(8 * begin, 8 * end, BIT_STEP):
                outbox = Outbox(flipped(files, name, bit), **sizes)
                found = held(outbox)
                what = (name, frame, bit)
                for number in found:
                    assert found[number] == put[number], what
                    # Delivered already: only where the note of it is damaged.
                    assert number in before or frame.kind == DONE, what
                    repeated += number not in before
                lost = [number for number in before if number not in found]
                assert lost in ([], [frame.number]), what
                assert not lost or frame.kind == RECORD, what
                assert len(lost) <= outbox.damaged <= 1, what
                assert outbox.dropped == 0
                assert outbox.next_number == next_number, what
                losses += len(lost)
    assert losses > 100 // BIT_STEP
    assert repeated > 100 // BIT_STEP


def test_each_bit_costs_no_more_than_the_record_that_it_is_in():
    flash, put = filled()
    kinds = set()
    for name in flash.files:
        for frame in frames_of(flash.files[name], name)[0]:
            kinds.add((frame.kind, frame.number in held(Outbox(flash, **SMALL))))
    assert len(kinds) >= 5, kinds
    check_every_bit(flash.files, put, SMALL)


def test_a_damaged_copy_at_the_end_costs_its_record_and_leaves_no_gap_in_the_numbers():
    flash = Flash()
    outbox = Outbox(flash, **SMALL)
    outbox.put(b"urgent and never delivered", 9)
    found = 0
    for _ in range(60):
        outbox.put(b"record %d" % outbox.next_number)
        outbox.acknowledge(outbox.peek_batch(1, most=2))
        outbox.put(b"urgent %d" % outbox.next_number, 9)
        name = max(flash.files)
        last = frames_of(flash.files[name], name)[0][-1]
        if last.kind == RECORD and last.number < outbox.next_number - 1:
            found += 1
            bit = 8 * last.offset + 3
            damaged = Outbox(flipped(flash.files, name, bit), **SMALL)
            assert (damaged.damaged, damaged.next_number) == (1, outbox.next_number)
            assert last.number not in held(damaged)
            assert len(damaged) == len(outbox) - 1
        while len(outbox) > 12:
            outbox.acknowledge(outbox.peek_batch(1, most=1))
    assert found


def of_before():
    return {name: bytes.fromhex(OF_BEFORE["files"][name]) for name in OF_BEFORE["files"]}


def test_an_outbox_of_the_version_before_is_read_and_goes_on():
    flash = Flash()
    flash.files = of_before()
    outbox = Outbox(flash, **OF_BEFORE_SIZES)
    assert outbox.next_number == OF_BEFORE["next_number"]
    assert outbox.damaged == 0
    records = []
    for number, priority, record in OF_BEFORE["waiting"]:
        records.append((number, (priority, record.encode())))
    assert held(outbox) == dict(records)
    assert outbox.put(b"new", 9) == OF_BEFORE["next_number"]
    batch = outbox.peek_batch(1000, most=2)
    assert batch.payload == b"urgentnew"
    outbox.acknowledge(batch)
    again = Outbox(flash, **OF_BEFORE_SIZES)
    assert again.peek_batch(1000).payload == b"record 39the last one, nearly"
    assert again.next_number == OF_BEFORE["next_number"] + 1
    # Nothing was written into the files of before.
    for name in of_before():
        assert flash.files.get(name, of_before()[name]) == of_before()[name]


def test_each_bit_of_the_version_before_costs_no_more_either():
    # All records of the numbers that the files hold, those that were delivered, too.
    put = {}
    files = of_before()
    for name in files:
        for frame in frames_of(files[name], "")[0]:
            if frame.kind == RECORD:
                put[frame.number] = (frame.priority, frame.data)
    check_every_bit(files, put, OF_BEFORE_SIZES, name_in_crc=False)


def test_a_bit_that_turns_after_the_start_is_noticed_when_the_record_is_read():
    flash, put = filled()
    whole = held(Outbox(flash, **SMALL))
    for name in sorted(flash.files):
        for bit in range(0, 8 * len(flash.files[name]), 3):
            damaged = flipped(flash.files, name, bit)
            turned = damaged.files[name]
            damaged.files[name] = flash.files[name]
            outbox = Outbox(damaged, **SMALL)
            damaged.files[name] = turned
            given = []
            while len(outbox):
                batch = outbox.peek_batch(200, most=1)
                if batch is None:
                    break
                assert batch.payload == put[batch.numbers[0]][1]
                given += batch.numbers
                outbox.acknowledge(batch)
            assert len(whole) - len(given) == outbox.damaged <= 1
            assert not len(outbox)


def test_a_record_that_holds_a_whole_segment_is_never_taken_for_one():
    # The header of the record around it is gone: what comes next is looked for, in its data, too.
    flash = Flash()
    outbox = Outbox(flash)
    outbox.put(b"kept")
    inner = flash.files["00000000"]
    outbox.put(b"evil" + inner)
    outbox.put(b"last")
    data = bytearray(flash.files["00000000"])
    at = data.find(b"evil")
    data[at - 8 : at - 4] = b"\xff\xff\xff\xff"
    flash.files["00000000"] = bytes(data)
    again = Outbox(flash)
    assert held(again) == {0: (0, b"kept"), 2: (0, b"last")}
    assert (again.damaged, again.next_number) == (1, 3)


def test_a_block_of_another_segment_is_not_taken_for_this_ones():
    # As a file system may leave it: the new size is there, and the block of a file of before.
    flash = Flash()
    outbox = Outbox(flash)
    for record in (b"one", b"two"):
        outbox.put(record)
    flash.files["00000001"] = flash.files["00000000"]
    again = Outbox(flash)
    assert held(again) == {0: (0, b"one"), 1: (0, b"two")}
    assert again.next_number >= 2


def test_a_segment_that_is_gone_altogether_costs_its_records_and_no_number():
    flash, put = filled()
    whole = Outbox(flash, **SMALL)
    for name in list(flash.files):
        damaged = Flash()
        damaged.files = dict(flash.files)
        damaged.files[name] = bytes(len(flash.files[name]))
        outbox = Outbox(damaged, **SMALL)
        found = held(outbox)
        for number in found:
            assert found[number] == put[number]
        assert outbox.next_number >= whole.next_number
        assert outbox.damaged >= 1
        assert outbox.put(b"new") >= whole.next_number
        # And once the damage is collected.
        while len(outbox):
            outbox.acknowledge(outbox.peek_batch(200))
        assert Outbox(damaged, **SMALL).put(b"newer") > whole.next_number


def test_a_block_that_cannot_be_read_stops_nothing():
    class Worn(Flash):
        unreadable = None

        def read(self, name, offset=0, size=-1):
            if name == self.unreadable:
                raise OSError(5)
            return Flash.read(self, name, offset, size)

    flash, _put = filled()
    for name in sorted(flash.files)[:-1]:
        worn = Worn()
        worn.files = dict(flash.files)
        worn.unreadable = name
        outbox = Outbox(worn, **SMALL)
        assert outbox.damaged >= 1
        assert outbox.next_number >= 30
        outbox.put(b"new")
        while len(outbox):
            outbox.acknowledge(outbox.peek_batch(200))


def test_a_segment_of_the_version_before_is_known_by_any_good_frame():
    for bits in ((0, 1), (9, 40), (70, 71)):
        flash = Flash()
        flash.files = of_before()
        whole = held(Outbox(flash, **OF_BEFORE_SIZES))
        for name in list(flash.files):
            data = bytearray(flash.files[name])
            for bit in bits:
                data[bit >> 3] ^= 1 << (bit & 7)
            flash.files[name] = bytes(data)
        outbox = Outbox(flash, **OF_BEFORE_SIZES)
        assert held(outbox) == whole
        assert outbox.next_number == OF_BEFORE["next_number"]
        assert outbox.put(b"new") == OF_BEFORE["next_number"]
        for name in of_before():
            assert flash.files[name][12:] == of_before()[name][12:]


def test_numbers_of_damaged_records_are_not_used_again_though_an_older_copy_follows():
    def frame(offset, kind, number, data, priority=0):
        return frame_bytes(kind, priority, number, data, salt_of("00000000", offset))

    segment = frame(0, OPENING, 0, b"")
    segment += frame(len(segment), RECORD, 0, b"zero", 1)
    begin = len(segment)
    segment += frame(begin, RECORD, 1, b"one")
    segment += frame(len(segment), RECORD, 0, b"zero", 1)  # a copy
    flash = Flash()
    flash.files = {"00000000": segment}
    assert Outbox(flash, **SMALL).next_number == 2
    for at in (begin + 1, begin + 9, begin + 10):
        damaged = bytearray(segment)
        damaged[at] ^= 0x55
        flash.files = {"00000000": bytes(damaged)}
        outbox = Outbox(flash, **SMALL)
        assert outbox.next_number == 2, at
        assert outbox.damaged == 1
        assert held(outbox) == {0: (1, b"zero")}
