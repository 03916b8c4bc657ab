"""Images that are not what they should be, and flash that changed: the old application runs on."""

import hashlib
import struct

import pytest

import application
import update
from app_folder import BROKEN, NO_ROOM, WRONG_TYPE, ImageRefused
from application import ROOT, A, B
from nce.errors import UsageError
from nce.slots import Slots
from nce_sim.firmware.update_image import ImageFailed, pack
from support.update_disk import ROOM, UpdateDisk, boot, take
from update import DOWNLOADED, DOWNLOADING, IDLE, SUCCESS, UPDATING, Update

FILES = {"main.py": b"print(1)" * 9, "rounds/coap.py": b"x = 1\n" * 11, "one.json": b"{}"}
MPY = 0xB06
CODE = bytes((0x4D, 6, 0, 31)) + b"code"


@pytest.fixture
def disk(monkeypatch):
    return UpdateDisk().stand_in(monkeypatch)


def row(path, data):
    path = path if isinstance(path, bytes) else path.encode()
    size = struct.pack(">I", len(data))
    return bytes([len(path)]) + path + size + hashlib.sha256(data).digest()


def image_of(rows, contents=None, count=None, table_bytes=None, magic=b"NCE1"):
    """An image with whatever rows, its digests right."""
    table = b"".join(row(path, data) for path, data in rows)
    digest = hashlib.sha256(table).digest()[:8]
    size = len(table) if table_bytes is None else table_bytes
    head = magic + struct.pack(">HI", len(rows) if count is None else count, size) + digest
    if contents is None:
        contents = b"".join(data for _path, data in rows)
    return head + table + contents


MAIN = ("main.py", b"pass")
HOSTILE = {
    "up": ([("../main.py", b"x"), MAIN], BROKEN),
    "up in the middle": ([("a/../../b.py", b"x"), MAIN], BROKEN),
    "absolute": ([("/boot.py", b"x"), MAIN], BROKEN),
    "dot": ([("./a.py", b"x"), MAIN], BROKEN),
    "hidden": ([("a/.b", b"x"), MAIN], BROKEN),
    "empty part": ([("a//b.py", b"x"), MAIN], BROKEN),
    "backslash": ([("a\\b.py", b"x"), MAIN], BROKEN),
    "colon": ([("c:b.py", b"x"), MAIN], BROKEN),
    "zero": ([("a\0.py", b"x"), MAIN], BROKEN),
    "no text": ([(b"\xff\xfe.py", b"x"), MAIN], BROKEN),
    "no name": ([("", b"x"), MAIN], BROKEN),
    "long name": ([("a" * 97, b"x"), MAIN], BROKEN),
    "deep": ([("a/b/c/d/e/f/g", b"x"), MAIN], BROKEN),
    "twice": ([MAIN, MAIN], BROKEN),
    "not in order": ([MAIN, ("a.py", b"")], BROKEN),
    "file and folder": ([("a", b""), ("a/b.py", b""), MAIN], BROKEN),
    "boot": ([("boot.py", b""), MAIN], BROKEN),
    "application": ([("application.mpy", b""), MAIN], BROKEN),
    "configuration": ([("config/__init__.py", b""), MAIN], BROKEN),
    "no main": ([("a.py", b"")], WRONG_TYPE),
    "nothing": ([], BROKEN),
}


def refused(image, digest=None, room=ROOM, chunk=50, mpy=MPY):
    """The error that an image ends in; the flash then holds nothing of it."""
    taken = Update(mpy=mpy, room=lambda: room)

    def go():
        taken.begin(len(image), digest or hashlib.sha256(image).digest())
        for at in range(0, len(image), chunk):
            taken.write(at, image[at : at + chunk])
        taken.finish()

    with pytest.raises(ImageRefused) as caught:
        go()
    assert (taken.state, taken.result) == (IDLE, caught.value.result)
    again = Update(mpy=mpy, room=lambda: room)
    assert (again.state, again.result) == (IDLE, caught.value.result)
    with pytest.raises(UsageError):
        again.apply()
    return caught.value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_is_refused_before_anything_of_it_is_written(disk, name):
    rows, result = HOSTILE[name]
    assert refused(image_of(rows)).result == result
    assert disk.paths() == ["/app.0", "/update.0", "/update.1"]
    assert boot() == ROOT


@pytest.mark.parametrize(
    ("image", "result"),
    [
        (image_of([MAIN], magic=b"PK\3\4"), WRONG_TYPE),
        (image_of([MAIN], count=2), BROKEN),
        (image_of([MAIN], count=0), BROKEN),
        (image_of([MAIN, ("z.py", b"x")], count=1), BROKEN),
        (image_of([MAIN], contents=b"passpass"), BROKEN),
        (image_of([MAIN], contents=b"pas"), BROKEN),
        (image_of([MAIN], contents=b"fail"), BROKEN),
        (image_of([MAIN], table_bytes=(1 << 32) - 1), BROKEN),
        (image_of([MAIN], table_bytes=0), BROKEN),
        (image_of([MAIN], table_bytes=20), BROKEN),
        (b"NCE1" + bytes(14), BROKEN),
    ],
)
def test_an_image_that_lies_is_refused(disk, image, result):
    for chunk in (1, 7, 1000):
        assert refused(image, chunk=chunk).result == result
    assert boot() == ROOT


def test_another_digest_than_the_announced_one_is_refused(disk):
    error = refused(pack(FILES), digest=bytes(32))
    assert error.result == BROKEN
    assert "announced" in str(error)
    assert disk.files_of(A) == {}


def test_each_byte_of_an_image_counts(disk):
    image = pack(FILES)
    digest = hashlib.sha256(image).digest()
    for at in range(0, len(image), 3):
        wrong = image[:at] + bytes([image[at] ^ 1]) + image[at + 1 :]
        refused(wrong, digest, chunk=1000)


def test_an_image_for_which_there_is_no_room_is_refused_early(disk):
    image = pack(FILES)
    most = len(image) + update.KEPT_FREE_BYTES
    assert "the flash" in str(refused(image, room=(most - 1, 512)))
    error = refused(image, room=(most, 512))  # whole blocks take more
    assert error.result == NO_ROOM
    assert disk.files_of(A) == {}


def test_no_byte_is_asked_for_when_the_image_has_no_room(disk):
    taken = Update(mpy=MPY, room=lambda: (update.KEPT_FREE_BYTES + 99, 512))
    with pytest.raises(ImageRefused, match="100 bytes, the flash 99 left"):
        taken.begin(100, bytes(32))


@pytest.mark.parametrize(
    ("head", "mpy"),
    [
        (bytes((0x4D, 5, 0, 31)), MPY),  # an older format
        (bytes((0x4D, 6, 0x0B << 2, 31)), MPY),  # native code of another architecture
        (bytes((0x4D, 6, 0, 64)), MPY),  # wider integers
        (bytes((0x43, 6, 0, 31)), MPY),  # CircuitPython's
        (b"M", MPY),
        (CODE, None),  # CPython
    ],
)
def test_code_for_another_interpreter_is_refused(disk, head, mpy):
    error = refused(pack({"main.mpy": head}), mpy=mpy)
    assert error.result == WRONG_TYPE
    assert "main.mpy" in str(error)


def test_code_for_this_interpreter_is_taken(disk):
    for native in (0, 0xB):  # none, and the one that `_mpy` names
        take(pack({"main.mpy": CODE[:2] + bytes([native]) + CODE[3:]}))
        assert boot() in (A, B)
        assert application.confirm()


# --- what the caller does wrong ---


def test_gaps_and_bytes_beyond_the_end_are_refused_and_repeated_ones_are_passed_over(disk):
    image = pack(FILES)
    taken = Update(mpy=MPY, room=lambda: ROOM)
    with pytest.raises(UsageError, match="call begin"):
        taken.write(0, image)
    digest = hashlib.sha256(image).digest()
    taken.begin(len(image), digest, "2")
    assert taken.state == DOWNLOADING
    with pytest.raises(UsageError, match="bytes 0 to 4"):
        taken.write(5, image[5:])
    assert taken.write(0, image[:100]) == 100
    assert taken.write(40, image[40:120]) == 120
    assert taken.write(40, image[40:120]) == 120
    with pytest.raises(UsageError, match="120 of"):
        taken.finish()
    with pytest.raises(UsageError, match="has %d bytes" % len(image)):
        taken.write(120, image[120:] + b"x")
    taken.write(120, image[120:])
    with pytest.raises(UsageError, match="finish"):
        taken.apply()
    taken.finish()
    assert (taken.state, taken.version) == (DOWNLOADED, "2")
    for attempts in (0, 256):
        with pytest.raises(UsageError, match="1 to 255"):
            taken.apply(attempts=attempts)
    restarts = []
    taken.apply(lambda: restarts.append(1))
    assert (taken.state, restarts) == (UPDATING, [1])
    for call in (taken.cancel, lambda: taken.begin(9, bytes(32))):
        with pytest.raises(UsageError, match="on trial"):
            call()
    assert boot() == A
    assert disk.files_of(A) == FILES
    assert Update().confirm()
    assert (Update().state, Update().result) == (IDLE, SUCCESS)
    assert not Update().confirm()


def test_a_digest_or_a_version_of_the_wrong_length_is_told(disk):
    for digest, version in ((b"short", "1"), (bytes(32), "x" * 65)):
        with pytest.raises(UsageError, match="32 bytes"):
            Update().begin(1, digest, version)


def test_a_download_goes_on_after_a_restart_and_another_one_begins_afresh(disk):
    image = pack(FILES)
    digest = hashlib.sha256(image).digest()
    first = Update(mpy=MPY, room=lambda: ROOM)
    first.begin(len(image), digest, "2")
    first.write(0, image[:-1])  # into the last file
    again = Update(mpy=MPY, room=lambda: ROOM)
    # The file that is not whole is taken again, those before it are not.
    assert again.begin(len(image), digest, "2") == len(image) - len(FILES["rounds/coap.py"])
    other = pack({**FILES, "main.py": b"other"})
    assert again.begin(len(other), hashlib.sha256(other).digest(), "3") == 0
    assert disk.files_of(A) == {}
    again.cancel()
    assert again.state == IDLE


def test_a_full_flash_is_told_and_the_download_goes_on_once_there_is_room(disk):
    image = pack(FILES)
    taken = Update(mpy=MPY, room=lambda: ROOM)
    taken.begin(len(image), hashlib.sha256(image).digest())

    def go():
        while taken.offset < len(image):
            taken.write(taken.offset, image[taken.offset : taken.offset + 30])

    disk.size -= disk.room() - len(image) + 40
    with pytest.raises(OSError, match="space"):
        go()
    disk.size = 1 << 20
    go()
    taken.finish()


# --- what changes on flash ---


def marked(disk):
    """The file of the marker that was written last."""
    numbers = {path: disk.bytes_of(path)[:4] for path in ("/app.0", "/app.1")}
    return max(numbers, key=numbers.get)


def test_each_byte_of_the_marker_counts(disk):
    take(pack(FILES))
    newest = marked(disk)
    for at in range(len(disk.bytes_of(newest))):
        disk.flip(newest, at)
        assert boot() == ROOT  # that of the older marker
        assert application.Marker().state == application.CONFIRMED
        disk.flip(newest, at)
    # Of an application that is kept, the older marker is that of its trial.
    assert boot() == A
    application.confirm()
    newest = marked(disk)
    for at in range(len(disk.bytes_of(newest))):
        held = {path: disk.bytes_of(path) for path in ("/app.0", "/app.1")}
        disk.flip(newest, at)
        assert boot() == A
        assert application.confirm()
        for path, data in held.items():
            disk._cached[path].cached = disk._cached[path].synced = data
    for path in ("/app.0", "/app.1"):
        disk.flip(path, 13)
    assert boot() == ROOT


def test_each_byte_of_an_application_counts_on_trial_and_later(disk):
    take(pack(FILES))
    taken = {path for path in disk.paths() if path.startswith("/app_a")}
    assert len(taken) == len(FILES) + 1
    held = {path: disk.bytes_of(path) for path in ("/app.0", "/app.1")}
    for is_confirmed in (False, True):
        for path in sorted(taken):
            for at in range(0, len(disk.bytes_of(path)), 5):
                for name, data in held.items():
                    disk._cached[name].cached = disk._cached[name].synced = data
                if is_confirmed:
                    boot()
                    application.confirm()
                disk.flip(path, at)
                assert boot() == ROOT, (path, at)
                assert Update().reason == "it is damaged"
                assert boot() == ROOT
                disk.flip(path, at)


def test_a_damaged_update_of_an_update_falls_back_to_the_one_before(disk):
    take(pack(FILES))
    boot()
    application.confirm()
    take(pack({**FILES, "main.py": b"second"}), "3")
    assert boot() == B
    application.confirm()
    assert boot() == B
    disk.flip("/app_b/main.py", 2)
    assert boot() == A
    disk.flip("/app_a/main.py", 2)
    assert boot() == ROOT


def test_a_marker_that_cannot_be_written_starts_no_trial(disk):
    take(pack(FILES))

    def full(operation):
        raise OSError(28, "no space left on the device")

    disk.fault = full
    assert boot() == ROOT
    disk.fault = None
    assert boot() == A


def test_the_marker_of_a_trial_counts_down(disk):
    take(pack(FILES))
    assert [boot() for _ in range(4)] == [A, A, A, ROOT]


def test_a_fallback_that_is_damaged_is_not_run(disk):
    take(pack(FILES))
    boot()
    application.confirm()
    take(pack({**FILES, "main.py": b"second"}), "3")
    disk.flip("/app_a/main.py", 2)
    disk.flip("/app_b/main.py", 2)
    assert boot() == ROOT


def test_the_marker_is_kept_as_slots_are(disk):
    marker = application.Marker()
    marker.save(B, A, application.TRIAL, 7, 1)
    assert Slots("/app").load() == bytes((2, 1, application.TRIAL, 7, 1))


def test_after_a_deep_sleep_only_a_trial_is_read_through(disk, monkeypatch):
    take(pack(FILES))
    monkeypatch.setattr(application, "_has_slept", lambda: True)
    disk.flip("/app_a/main.py", 2)
    assert boot() == ROOT
    disk.flip("/app_a/main.py", 2)
    again = Update(mpy=MPY, room=lambda: ROOM)
    again.apply()
    assert boot() == A
    application.confirm()
    monkeypatch.setattr(application, "is_whole", lambda name: pytest.fail("it is read"))
    assert boot() == A


# --- the host's side ---


@pytest.mark.parametrize(
    "name", ["../a.py", "/a", "a//b", "a\\b", ".a", "", "a" * 97, "a/b/c/d/e/f/g", "config.py"]
)
def test_the_host_packs_no_path_that_a_board_refuses(name):
    with pytest.raises(ImageFailed):
        pack({"main.py": b"", name: b""})


def test_the_host_packs_no_image_without_a_main():
    with pytest.raises(ImageFailed, match=r"main\.mpy"):
        pack({"a.py": b""})
    with pytest.raises(ImageFailed, match="0 files"):
        pack({})
