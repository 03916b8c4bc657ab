"""The outbox on real files: order, bounds, batches, and what a reboot and a torn file leave."""

import os

from nce.duplicates import DuplicateWindow
from nce.errors import UsageError
from nce.file_system import type_of, warning
from nce.folder import Folder
from nce.outbox import Outbox, OutboxFull

PATH = "/tmp/nce-outbox-%d" % (os.getpid() if hasattr(os, "getpid") else id(object()))
SMALL = {"max_bytes": 2048, "segment_bytes": 256, "max_record": 64}


def with_folder(test):
    folder = Folder(PATH)
    try:
        test(folder)
    finally:
        for name in folder.names():
            folder.remove(name)
        os.rmdir(PATH)


def drained(outbox, limit=1000):
    """Every record by batches of one, acknowledged."""
    records = []
    while True:
        batch = outbox.peek_batch(limit, most=1)
        if batch is None:
            return records
        records.append(batch.payload)
        outbox.acknowledge(batch)


def test_the_most_urgent_first_and_the_oldest_among_equals():
    def test(folder):
        outbox = Outbox(folder)
        for data, priority in ((b"a", 0), (b"b", 2), (b"c", 0), (b"d", 1), (b"e", 2)):
            outbox.put(data, priority)
        assert len(outbox) == 5
        assert drained(outbox) == [b"b", b"e", b"d", b"a", b"c"]
        assert outbox.peek_batch(100) is None

    with_folder(test)


def test_a_folder_is_made_with_those_above_it():
    try:
        Folder(PATH + "/data/log").append("0", b"line")
        assert Folder(PATH + "/data/log").names() == ["0"]
        try:
            Folder(PATH + "/data/log/0")
        except OSError:
            pass
        else:
            raise AssertionError("a file is no folder")
    finally:
        os.remove(PATH + "/data/log/0")
        for folder in ("/data/log", "/data", ""):
            os.rmdir(PATH + folder)


def test_records_and_acknowledgements_survive_a_reboot():
    def test(folder):
        outbox = Outbox(folder, **SMALL)
        numbers = [outbox.put(b"%d" % n) for n in range(10)]
        outbox.acknowledge(outbox.peek_batch(100, most=4))
        again = Outbox(folder, **SMALL)
        assert again.peek_batch(100).numbers == tuple(numbers[4:])
        assert again.put(b"new") == 10
        assert drained(again) == [b"4", b"5", b"6", b"7", b"8", b"9", b"new"]
        # Numbers go on, also when nothing is left that had one.
        assert len(folder.names()) == 1
        assert Outbox(folder, **SMALL).put(b"next") == 11

    with_folder(test)


def test_a_batch_is_what_the_join_function_makes_of_what_fits():
    def test(folder):
        outbox = Outbox(folder)
        for data in (b"aa", b"bbb", b"cccc", b"d"):
            outbox.put(data)
        batch = outbox.peek_batch(7, join=b",".join)
        assert batch.payload == b"aa,bbb"
        assert batch == outbox.peek_batch(7, join=b",".join)
        outbox.acknowledge(batch)
        outbox.acknowledge(batch)
        # The first record goes in any case, or it would stay for ever.
        assert outbox.peek_batch(3, join=b",".join).payload == b"cccc"
        assert outbox.peek_batch(100, join=b",".join).payload == b"cccc,d"

    with_folder(test)


def test_flash_use_is_bounded_and_the_oldest_of_the_least_urgent_makes_room():
    def test(folder):
        outbox = Outbox(folder, **SMALL)
        outbox.put(b"urgent", 9)
        most = 0
        for number in range(200):
            outbox.put(b"record %d" % number, number & 1 if number < 20 else 1)
            most = max(most, sum([len(folder.read(name, 0, 4096)) for name in folder.names()]))
        assert most <= 2048
        assert outbox.dropped + len(outbox) == 201
        left = drained(outbox)
        assert left[:1] == [b"urgent"]
        assert left[1:] == [b"record %d" % n for n in range(201 - len(left), 200)]
        # A record of ours may not push out a more urgent one.
        strict = Outbox(folder, drop_oldest=False, **SMALL)
        try:
            while True:
                strict.put(bytes(64))
        except OutboxFull as error:
            assert "more flash" in str(error)
        assert len(strict) > 5

    with_folder(test)


def test_a_less_urgent_record_pushes_out_nothing_that_is_more_urgent():
    def test(folder):
        outbox = Outbox(folder, max_records=3)
        for _ in range(3):
            outbox.put(b"urgent", 5)
        try:
            outbox.put(b"idle", 0)
        except OutboxFull:
            pass
        else:
            raise AssertionError("a less urgent record was taken")
        outbox.put(b"equal", 5)
        assert outbox.dropped == 1

    with_folder(test)


def test_torn_and_foreign_files_are_passed_over():
    def test(folder):
        outbox = Outbox(folder)
        outbox.put(b"whole")
        name = folder.names()[0]
        for torn in (b"R", b"R\x00\x00\x05\x00\x00\x00\x01half", bytes(40)):
            folder.append(name, torn)
            again = Outbox(folder)
            assert again.peek_batch(100).payload == b"whole"
            again.put(b"after")
            again.acknowledge(Outbox(folder).peek_batch(100, most=1))
            assert Outbox(folder).peek_batch(100).payload == b"after"
            for one in folder.names():
                folder.remove(one)
            Outbox(folder).put(b"whole")
            name = folder.names()[0]
        folder.append("readme", b"hello")
        folder.append("data.bin", b"eight letters, too")
        folder.append("ffffffff", b"never opened")
        assert Outbox(folder).peek_batch(100).payload == b"whole"
        # None of them changes where what comes next is kept.
        for number in range(20):
            Outbox(folder, **SMALL).put(b"%d" % number)
        last = drained(Outbox(folder, **SMALL))
        assert last == [b"whole"] + [b"%d" % number for number in range(20)]
        folder.remove("data.bin")

    with_folder(test)


def test_what_cannot_be_kept_is_refused():
    def test(folder):
        outbox = Outbox(folder, **SMALL)
        for record, priority in ((bytes(65), 0), (b"", -1), (b"", 256)):
            try:
                outbox.put(record, priority)
            except UsageError:
                continue
            raise AssertionError((record, priority))
        for options in ({"max_bytes": 4096}, {"segment_bytes": 512}):
            try:
                Outbox(folder, **options)
            except UsageError:
                continue
            raise AssertionError(options)

    with_folder(test)


def test_the_file_system_is_told_where_the_port_tells_and_a_host_is_not_warned_of():
    assert type_of(PATH) in (None, "VfsPosix")
    assert warning(PATH) is None


def test_a_window_knows_repetitions():
    window = DuplicateWindow(8)
    seen = [
        window.is_new(number) for number in (0, 1, 1, 5, 3, 3, 0, 13, 6, 5, 200, 193, 192, 200)
    ]
    new, old = True, False
    expected = [new, new, old, new, new, old, old, new, new, old, new, new, old, old]
    assert seen == expected
