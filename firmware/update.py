"""A new application for this board: taken in parts, checked, tried, and kept or rolled back.

    update = Update()
    update.begin(size, sha256, "1.2.0")      # of an authenticated channel; goes on, if begun
    while update.offset < size:              # also after a power cut
        update.write(update.offset, ...)     # the next bytes of the image
    update.finish()                          # ImageRefused unless the digest is `sha256`
    update.apply(board.restart)              # three starts to be confirmed in

The parts are unpacked as they come, into the folder that does not run: the image as such is never
on flash. An application is started only when all its bytes are what `sha256` covers. `running`
confirms it with the first record delivered. `state` and `result` are those of LwM2M's object 5.
"""

import hashlib
import struct
import sys

import app_folder
import application
import nce.durable
from app_folder import BROKEN, FAILED, NO_ROOM, ImageRefused
from application import CONFIRMED, HEAD_BYTES, ROLLED_BACK, ROOT, TRIAL, A, B
from nce.errors import UsageError
from nce.slots import Slots

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Callable

# LwM2M's State (object 5, resource 3).
IDLE, DOWNLOADING, DOWNLOADED, UPDATING = 0, 1, 2, 3
SUCCESS = 1  # Update Result; 0 while none is known

THIS_MPY = getattr(sys.implementation, "_mpy", None)
ATTEMPTS = 3
MOST_TABLE_BYTES = 65_536
MOST_VERSION_BYTES = 64
KEPT_FREE_BYTES = 16_384  # for records and the log
_ROW = ">BBBI"
_ROW_BYTES = 7
_DIGEST_BYTES = 32


class Update:
    """See above. `mpy`: which compiled code this MicroPython loads. `room`: bytes free, block."""

    def __init__(
        self,
        mpy: "int | None" = THIS_MPY,
        room: "Callable[[], tuple[int, int]]" = app_folder.room,
    ) -> None:
        self._mpy = mpy
        self._room = room
        # The names of files: `update.0` and `update.1`, beside the marker's `app.0` and `app.1`.
        self._slots = Slots(application.root() + "update")
        self._stage, self._result, self._name = IDLE, 0, A
        self.size, self.sha256, self.version = 0, b"", ""
        self.offset = 0  # how many bytes of the image are here
        self._table_bytes = 0
        self._row_at = 0  # in the table: of the file that comes next
        self._path, self._length, self._digest = "", 0, b""  # the file that is being written
        self._missing = 0  # of its bytes
        held = self._slots.load()
        if held is not None:
            self._stage, self._result, slot, self.size = struct.unpack(_ROW, held[:_ROW_BYTES])
            self._name = (A, B)[slot & 1]
            self.sha256 = held[_ROW_BYTES : _ROW_BYTES + _DIGEST_BYTES]
            self.version = held[_ROW_BYTES + _DIGEST_BYTES :].decode()
            self._settle()
        if self._stage == DOWNLOADING:
            self._go_on()
        elif self._stage in (DOWNLOADED, UPDATING):
            self.offset = self.size

    def _save(self, stage: int, result: int = 0) -> None:
        row = struct.pack(_ROW, stage, result, (A, B).index(self._name), self.size)
        self._slots.save(row + self.sha256 + self.version.encode())
        self._stage, self._result = stage, result

    def _settle(self) -> None:
        """See what became of a trial."""
        if self._stage != UPDATING:
            return
        marker = application.Marker()
        if marker.state == CONFIRMED and marker.current == self._name:
            self._save(IDLE, SUCCESS)
        elif marker.state == ROLLED_BACK:
            self._save(DOWNLOADED, FAILED)
        elif marker.state == CONFIRMED:  # the power went before the marker was written
            self._save(DOWNLOADED)

    @property
    def state(self) -> int:
        """IDLE, DOWNLOADING, DOWNLOADED or UPDATING (on trial)."""
        self._settle()
        return self._stage

    @property
    def result(self) -> int:
        """LwM2M's Update Result: 0 none yet, 1 success, 2 no room, 5 digest, 6 type, 8 failed."""
        self._settle()
        return self._result

    @property
    def reason(self) -> str:
        """Why the last update was rolled back; "" when it was not."""
        return application.REASONS[application.Marker().reason]

    # --- download ---

    def begin(self, size: int, sha256: bytes, version: str = "") -> int:
        """Get ready for an image, or go on with it; returns how many of its bytes are here.

        `sha256` must come by a channel that proves who sent it, such as DTLS or a signed message:
        nothing else decides what this board runs. Raises `UsageError` during a trial.
        """
        if len(sha256) != _DIGEST_BYTES or len(version.encode()) > MOST_VERSION_BYTES:
            raise UsageError(
                "a digest has 32 bytes and a version at most %d; they have %d and %d"
                % (MOST_VERSION_BYTES, len(sha256), len(version.encode()))
            )
        is_known = (size, sha256, version) == (self.size, self.sha256, self.version)
        if self.state == UPDATING:
            raise UsageError("an application is on trial: confirm it first, or restart the board")
        if is_known and self._stage == DOWNLOADING:
            return self.offset
        if is_known and self._stage == DOWNLOADED and application.is_whole(self._name):
            return self.offset
        marker = application.Marker(nce.durable.write)
        name = A if marker.current != A else B
        # The other folder is none to fall back to any more.
        marker.save(marker.current, ROOT, CONFIRMED)
        self._save(IDLE)
        self._name, self.size, self.sha256, self.version = name, size, bytes(sha256), version
        # Before the download is noted: what is there then would pass for a part of it.
        self._clear()
        self._save(DOWNLOADING)
        free_bytes = self._free()
        if size > free_bytes:
            self._refuse(
                ImageRefused(
                    NO_ROOM, "the image has %d bytes, the flash %d left" % (size, free_bytes)
                )
            )
        return self.offset

    def cancel(self) -> None:
        """Forget an image, and free its place on flash. Raises `UsageError` during a trial."""
        if self.state == UPDATING:
            raise UsageError("an application is on trial: confirm it first, or restart the board")
        if self._stage != IDLE:
            self._save(IDLE)
            self._clear()

    def _clear(self) -> None:
        # The table first: without it the folder is no application.
        app_folder.remove(application.table_of(self._name))
        app_folder.erase(application.folder_of(self._name))
        self.offset = self._table_bytes = 0

    def _free(self) -> int:
        return self._room()[0] - KEPT_FREE_BYTES

    def _refuse(self, error: "ImageRefused") -> None:
        self._save(IDLE, error.result)
        self._clear()
        raise error

    def _go_on(self) -> None:
        """Find out how much of a download is on flash for good: a file that is not whole goes."""
        self.offset = self._table_bytes = 0
        name = self._name
        try:
            for _ in application.entries(name):
                pass
        except (OSError, ValueError, IndexError):
            self._clear()
            return
        try:
            self._accept_table(1 << 30)  # much of it is here
        except ImageRefused as error:
            self._save(IDLE, error.result)
            self._clear()
            return
        while self._missing:
            path = application.folder_of(name) + "/" + self._path
            try:
                is_whole = application.digest_of(path) == self._digest
            except OSError:
                is_whole = False
            if not is_whole:
                app_folder.remove(path)
                return
            self.offset += self._length
            self._next_file()

    def write(self, offset: int, data: "Any") -> int:
        """Take the image's bytes from `offset` on; returns how many are here now.

        Bytes that are here already are passed over. Raises `UsageError` for a gap, `ImageRefused`
        as soon as the image shows to be wrong, `OSError` when the flash does not take it: `offset`
        says where to go on then.
        """
        if self._stage != DOWNLOADING:
            raise UsageError("there is no download: call begin first")
        if offset > self.offset:
            raise UsageError("bytes %d to %d were not written" % (self.offset, offset - 1))
        if offset + len(data) > self.size:
            raise UsageError("the image has %d bytes, not %d" % (self.size, offset + len(data)))
        view = memoryview(data)[self.offset - offset :]
        try:
            while len(view):
                in_table = self.offset < HEAD_BYTES + self._table_bytes or not self._table_bytes
                taken = self._take_table(view) if in_table else self._take_file(view)
                view = view[taken:]
        except ImageRefused as error:
            self._refuse(error)
        except OSError:
            self._go_on()  # a part of the bytes may be there
            raise
        return self.offset

    def _take_table(self, view: "Any") -> int:
        end = HEAD_BYTES + self._table_bytes
        part = view[: end - self.offset]
        nce.durable.append(application.table_of(self._name), bytes(part))
        self.offset += len(part)
        if self.offset == end:
            if self._table_bytes:
                self._accept_table(self._free())
            else:
                self._accept_head()
        return len(part)

    def _accept_head(self) -> None:
        try:
            with open(application.table_of(self._name), "rb") as file:
                count, size, _digest = application.read_head(file)
        except ValueError as error:
            raise ImageRefused(app_folder.WRONG_TYPE, "%s" % error)
        if not 0 < count <= app_folder.MOST_FILES or not 0 < size <= MOST_TABLE_BYTES:
            raise ImageRefused(BROKEN, "a table of %d files and %d bytes" % (count, size))
        self._table_bytes = size

    def _accept_table(self, free_bytes: int) -> None:
        self._accept_head()
        app_folder.check(self._name, self.size, free_bytes, self._room()[1])
        self.offset = HEAD_BYTES + self._table_bytes
        self._row_at = HEAD_BYTES
        self._next_file()

    def _next_file(self) -> None:
        """Turn to the next file that has bytes; none is left when `_missing` is 0."""
        self._length = 0
        while not self._length and self._row_at < HEAD_BYTES + self._table_bytes:
            with open(application.table_of(self._name), "rb") as file:
                file.seek(self._row_at)
                self._path, self._length, self._digest = application.read_entry(file)
            self._row_at += 1 + len(self._path) + 36
            if not self._length:
                app_folder.append(application.folder_of(self._name), self._path, b"")
        self._missing = self._length

    def _take_file(self, view: "Any") -> int:
        part = view[: self._missing]
        folder = application.folder_of(self._name)
        app_folder.append(folder, self._path, bytes(part))
        self.offset += len(part)
        self._missing -= len(part)
        if not self._missing:
            path = folder + "/" + self._path
            if application.digest_of(path) != self._digest:
                raise ImageRefused(BROKEN, "%s is not what the table says" % self._path)
            app_folder.check_code(self._path, path, self._mpy)
            self._next_file()
        return len(part)

    # --- trial ---

    def finish(self) -> None:
        """Read all back from flash and compare its digest with that of `begin`.

        Raises `UsageError` while bytes are missing, `ImageRefused` when it is another image.
        """
        if self._stage == DOWNLOADED:
            return
        if self._stage != DOWNLOADING or self.offset < self.size:
            raise UsageError("%d of %d bytes are here" % (self.offset, self.size))
        made = hashlib.sha256()
        application.digest_of(application.table_of(self._name), made)
        for path, _size, _digest in application.entries(self._name):
            application.digest_of(application.folder_of(self._name) + "/" + path, made)
        if made.digest() != self.sha256:
            self._refuse(
                ImageRefused(BROKEN, "the digest of the image is not the one that was announced")
            )
        self._save(DOWNLOADED)

    def apply(
        self, restart: "Callable[[], object] | None" = None, attempts: int = ATTEMPTS
    ) -> None:
        """Let the new application run from the next start on, which `restart` brings about.

        It has so many starts, from 1 to 255, to be confirmed in; a wake from deep sleep is one.
        """
        if self.state != DOWNLOADED:
            raise UsageError("no image is here and checked: call finish first")
        if not 0 < attempts < 256:
            raise UsageError("%d attempts: give 1 to 255" % attempts)
        self._save(UPDATING)
        marker = application.Marker(nce.durable.write)
        marker.save(self._name, marker.current, TRIAL, attempts)
        if restart is not None:
            restart()

    def confirm(self) -> bool:
        """Keep the application that is on trial, after a good run; whether there was one."""
        is_kept = application.confirm()
        self._settle()
        return is_kept
