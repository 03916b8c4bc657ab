"""Two files of which the newest whole one counts: which is written, which is read, what fails."""

import hashlib

from nce.slots import Slots

# The layout: the number of the save, 4 bytes, the first 8 of the SHA-256 of it and the data,
# then the data.


def held(number, data):
    head = number.to_bytes(4, "big")
    return head + hashlib.sha256(head + data).digest()[:8] + data


class Disk:
    """`load` and `write` of `nce.durable`, in memory; `errors` are raised at the next calls."""

    def __init__(self):
        self.files = {}
        self.written = []
        self.load_errors = {}
        self.write_error = None

    def load(self, path):
        if path in self.load_errors:
            raise OSError(self.load_errors[path], "as told")
        if path not in self.files:
            raise OSError(2, "no such file")
        return self.files[path]

    def write(self, path, data):
        if self.write_error is not None:
            self.files[path] = data[:5]
            raise OSError(self.write_error, "as told")
        self.written.append(path)
        self.files[path] = data


def test_the_files_are_written_in_turn_and_hold_what_is_documented():
    disk = Disk()
    slots = Slots("kept", disk)
    assert slots.load() is None
    for number, data in enumerate((b"first", b"", b"third")):
        slots.save(data)
        assert disk.files["kept.%d" % (number & 1)] == held(number, data)
        assert Slots("kept", disk).load() == data
    assert disk.written == ["kept.0", "kept.1", "kept.0"]


def test_a_new_life_writes_over_the_older_file_whether_it_has_loaded_or_not():
    for is_loading in (True, False):
        for count in (1, 2, 3):
            disk = Disk()
            for number in range(count):
                slots = Slots("kept", disk)
                if is_loading:
                    slots.load()
                slots.save(b"%d" % number)
            assert disk.written == ["kept.%d" % (number & 1) for number in range(count)]
            assert disk.files["kept.%d" % (count - 1 & 1)] == held(count - 1, b"%d" % (count - 1))


def test_a_file_that_is_damaged_or_short_does_not_count():
    good = held(6, b"good")
    newer = held(7, b"newer")
    for wrong in (b"", newer[:11], newer[:-1], newer + b"x", b"\x01" + newer[1:], bytes(12)):
        disk = Disk()
        disk.files = {"kept.0": good, "kept.1": wrong}
        slots = Slots("kept", disk)
        assert slots.load() == b"good"
        slots.save(b"next")
        assert disk.files == {"kept.0": good, "kept.1": held(7, b"next")}
    for numbers, data in (((6, 7), b"7"), ((8, 7), b"8"), ((0, 1), b"1"), ((0, None), b"0")):
        disk = Disk()
        for slot, number in enumerate(numbers):
            if number is not None:
                disk.files["kept.%d" % slot] = held(number, b"%d" % number)
        assert Slots("kept", disk).load() == data


def test_after_a_write_that_failed_the_last_bytes_stay_and_the_same_file_is_tried_again():
    disk = Disk()
    slots = Slots("kept", disk)
    slots.save(b"first")
    for _ in range(3):
        disk.write_error = 28
        try:
            slots.save(b"lost")
        except OSError as error:
            assert error.errno == 28
        else:
            raise AssertionError("it was written")
        assert Slots("kept", disk).load() == b"first"
    disk.write_error = None
    slots.save(b"second")
    assert disk.written == ["kept.0", "kept.1"]
    assert Slots("kept", disk).load() == b"second"


def test_a_file_that_cannot_be_read_stops_loading_and_saving():
    for path in ("kept.0", "kept.1"):
        disk = Disk()
        slots = Slots("kept", disk)
        slots.save(b"first")
        slots.save(b"second")
        disk.load_errors[path] = 5
        for call, arguments in (
            (slots.load, ()),
            (slots.save, (b"third",)),
            (Slots("kept", disk).save, (b"third",)),
        ):
            try:
                call(*arguments)
            except OSError as error:
                assert error.errno == 5
            else:
                raise AssertionError("which one is newer?")
        assert disk.written == ["kept.0", "kept.1"]
        disk.load_errors = {}
        slots.save(b"third")
        assert disk.written[-1] == "kept.0"
        assert Slots("kept", disk).load() == b"third"
