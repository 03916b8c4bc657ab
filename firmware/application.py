"""Chooses which application runs: the one in the flash's root, or an update's, in two folders.

    application.choose()     # boot.py does, where an update was ever begun
    application.start()      # main.py does, where an update is chosen
    application.confirm()    # after a good run; else the old one comes back

No update changes this file: it stands between a board and an application that does not work. An
application on trial is started so often as its marker says, counted before each start. Then, or
when a byte of it is wrong, the one before it runs, or that of the root.

The marker is in two files, as `nce.slots` keeps bytes, and this table before an application:

    b"NCE1", number of files, bytes of the table, digest of the table (8)
    for each file: length of its path, path, size (4), SHA-256 (32)
"""

import hashlib
import os
import struct
import sys

if 1 - 1:  # for type checkers alone
    from collections.abc import Iterator  # portable: for type checkers alone

    from nce_modem.seams import Any, Callable

MAGIC = b"NCE1"
HEAD_BYTES = 18
MOST_PATH_BYTES = 96
ROOT, A, B = "root", "a", "b"
CONFIRMED, TRIAL, ROLLED_BACK = 0, 1, 2
# Why it was rolled back.
NOT_CONFIRMED, DAMAGED = 1, 2
REASONS = ("", "it was started as often as its trial allows, and not confirmed", "it is damaged")
PAUSE_S = 5  # before a trial that failed is started again: Ctrl-C ends it

chosen = ""  # one of ROOT, A, B; "" before `choose`
_APPLICATIONS = (ROOT, A, B)
_PART = 512


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        if hasattr(os, "fsync"):
            os.fsync(file.fileno())
        elif hasattr(os, "sync"):
            os.sync()


def folder_of(name: str) -> str:
    """The folder of an application, in the flash's root."""
    return root() + "app_" + name


def table_of(name: str) -> str:
    """The file with the table of an application."""
    return folder_of(name) + ".table"


def root() -> str:
    """The flash's root, with a slash behind it."""
    return os.getcwd().rstrip("/") + "/"


class Marker:
    """Which application runs, and what is known of it. `write(path, data)` replaces a file.

    current, fallback: the application, and the one before it, of ROOT, A and B. state: CONFIRMED,
    TRIAL or ROLLED_BACK. attempts: starts that a trial has left. reason: of the rolling back.
    """

    def __init__(self, write: "Callable[[str, bytes], object]" = _write) -> None:
        self._path = root() + "app"
        self._write = write
        self.current, self.fallback = ROOT, ROOT
        self.state, self.attempts, self.reason = CONFIRMED, 0, 0
        self._number = -1
        for slot in (0, 1):
            self._read(slot)

    def _read(self, slot: int) -> None:
        try:
            with open("%s.%d" % (self._path, slot), "rb") as file:
                held = file.read(32)
            number, digest, row = held[:4], held[4:12], held[12:]
            if hashlib.sha256(number + row).digest()[:8] != digest or len(row) != 5:
                return
            current, fallback = _APPLICATIONS[row[0]], _APPLICATIONS[row[1]]
        except (OSError, IndexError):
            return
        if struct.unpack(">I", number)[0] > self._number:
            self._number = struct.unpack(">I", number)[0]
            self.current, self.fallback = current, fallback
            self.state, self.attempts, self.reason = row[2], row[3], row[4]

    def save(
        self, current: str, fallback: str, state: int, attempts: int = 0, reason: int = 0
    ) -> None:
        """Keep these, over the older of the two files. Raises `OSError`."""
        row = bytes(
            (_APPLICATIONS.index(current), _APPLICATIONS.index(fallback), state, attempts, reason)
        )
        number = struct.pack(">I", self._number + 1)
        digest = hashlib.sha256(number + row).digest()[:8]
        self._write("%s.%d" % (self._path, self._number + 1 & 1), number + digest + row)
        self._number += 1
        self.current, self.fallback = current, fallback
        self.state, self.attempts, self.reason = state, attempts, reason


def read_head(file: "Any") -> "tuple[int, int, bytes]":
    """`(number of files, bytes of the table, its digest)`, from the start of a table.

    Raises ValueError when it is none.
    """
    head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or head[:4] != MAGIC:
        raise ValueError("this is no image of an application: it begins with %r" % head[:4])
    count, size = struct.unpack(">HI", head[4:10])
    return count, size, head[10:]


def read_entry(file: "Any") -> "tuple[str, int, bytes]":
    """`(path, size, digest)` of the next file of a table. Raises ValueError, IndexError."""
    length = file.read(1)[0]
    path = file.read(length)
    row = file.read(36)
    if not 0 < length <= MOST_PATH_BYTES or len(row) < 36:
        raise ValueError("a row of the table is cut, or its path has %d bytes" % length)
    return path.decode(), struct.unpack(">I", row[:4])[0], row[4:]


def entries(name: str) -> "Iterator[tuple[str, int, bytes]]":
    """What an application's table holds, row by row; ValueError, IndexError, OSError when torn."""
    with open(table_of(name), "rb") as file:
        count, size, digest = read_head(file)
        whole, left = hashlib.sha256(), size
        while left:
            part = file.read(min(left, _PART))
            if not part:
                raise ValueError("the table is cut")
            whole.update(part)
            left -= len(part)
        if whole.digest()[:8] != digest or file.read(1):
            raise ValueError("the table is damaged")
    with open(table_of(name), "rb") as file:
        file.read(HEAD_BYTES)
        for _ in range(count):
            yield read_entry(file)
        if file.read(1):
            raise ValueError("the table has bytes behind its %d rows" % count)


def digest_of(path: str, into: "Any" = None) -> bytes:
    """The SHA-256 of a file, which is added to the hash `into` as well."""
    made = hashlib.sha256()
    with open(path, "rb") as file:
        while True:
            part = file.read(_PART)
            if not part:
                return made.digest()
            made.update(part)
            if into is not None:
                into.update(part)


def is_whole(name: str) -> bool:
    """Whether each byte of an application is there, as its image had it; that of the root is."""
    if name == ROOT:
        return True
    try:
        for path, _size, digest in entries(name):
            if digest_of(folder_of(name) + "/" + path) != digest:
                return False
    except (OSError, ValueError, IndexError):
        return False
    return True


def choose() -> None:
    """Put the application that is to run on the search path, once in the life of a board."""
    global chosen  # noqa: PLW0603 - one board, one life
    if chosen:
        return
    marker = Marker()
    reason = 0
    name = marker.current
    if marker.state == TRIAL and not marker.attempts:
        reason = NOT_CONFIRMED
    elif not (_has_slept() and marker.state != TRIAL) and not is_whole(name):
        reason = DAMAGED
    try:
        if reason:
            name = marker.fallback if is_whole(marker.fallback) else ROOT
            print("the update is rolled back: %s" % REASONS[reason])
            marker.save(name, ROOT, ROLLED_BACK, 0, reason)
        elif marker.state == TRIAL:
            # Before it is started: the power may go while it runs.
            marker.save(name, marker.fallback, TRIAL, marker.attempts - 1)
            print("an update is on trial; starts left after this one: %d" % marker.attempts)
    except OSError as error:
        if not reason:  # a trial that cannot be counted would never end
            name = marker.fallback if is_whole(marker.fallback) else ROOT
        print("the marker of the update cannot be written: %s" % error)
    chosen = name
    if name != ROOT:
        sys.path.insert(0, folder_of(name))


def _has_slept() -> bool:
    """Whether this is the end of a deep sleep: reading all of the application takes a second."""
    try:
        import machine

        port: "Any" = machine  # not every port has a cause, and the unix port no reset
        return bool(port.reset_cause() == port.DEEPSLEEP_RESET)
    except (ImportError, AttributeError):
        return False


def start() -> None:
    """Run the chosen application's `main`; it never returns.

    When it ends or raises during its trial, the board is restarted, which counts.
    """
    sys.modules.pop("main", None)  # the one in the root, where that is how it was started
    try:
        main = __import__("main")
        main.start(main.run)
    except Exception as error:
        if Marker().state != TRIAL:
            raise
        print("the update failed: %s: %s" % (type(error).__name__, error))
    except SystemExit:
        if Marker().state != TRIAL:
            raise
        print("the update ended")
    if Marker().state == TRIAL:
        _restart()
    sys.exit(0)


def _restart() -> None:
    import time

    time.sleep(PAUSE_S)
    try:
        import machine

        port: "Any" = machine
        port.reset()
    except (ImportError, AttributeError):
        sys.exit(1)  # a process: its parent starts it again


def confirm() -> bool:
    """Keep the application that is on trial; whether there was one. Raises `OSError`."""
    marker = Marker()
    if marker.state != TRIAL or marker.current != chosen:
        return False
    marker.save(marker.current, marker.fallback, CONFIRMED)
    return True
