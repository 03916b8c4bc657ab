"""Firmware update (object 5, version 1.1): pushed in blocks, or pulled from a CoAP server.

    firmware = FirmwareUpdate(Update, board.restart, is_secure=True)    # `update` of firmware/
    async with Lwm2mDevice(modem, objects=[firmware, ...]) as device: ...

The image goes to the update's folder block by block, is checked, put on trial by Update (resource
2), and kept or rolled back by the next start: docs/firmware.md, "Updates". A transfer that broke
off goes on where it was, also after a restart. An image that is wrong is erased.

What decides what the device runs is the digest in the package's head. It counts when LwM2M itself
goes over DTLS; else nothing is installed (result 5), unless the program says `is_secure=True` and
takes the network for enough. A package that is pulled by plain CoAP needs its digest in the URI.
"""

import asyncio
import binascii
import json

from nce.coap.codes import BAD_REQUEST, METHOD_NOT_ALLOWED, REQUEST_ENTITY_TOO_LARGE
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance, Refused
from nce.lwm2m.objects.firmware_update import DEFINITION
from nce.lwm2m.package import Package, PackageRefused, result_of

if 1 - 1:
    from nce.lwm2m.fetch import OpenPort, Source
    from nce.seams import Any, Callable, FirmwareStore, Store, Tell

PACKAGE = 0
PACKAGE_URI = 1
UPDATE = 2
STATE = 3
RESULT = 5
PACKAGE_NAME = 6
PACKAGE_VERSION = 7
PROTOCOLS = 8
DELIVERY = 9
CANCEL = 10
SEVERITY = 11
CHANGED_AT = 12
LONGEST_DEFERRAL = 13

IDLE = 0
DOWNLOADING = 1
DOWNLOADED = 2
UPDATING = 3

INITIAL = 0
SUCCESS = 1
NO_ROOM = 2
CONNECTION_LOST = 4
BROKEN = 5
FAILED = 8
CANCELLED = 10
DEFERRED = 11

MOST_URI = 255
LOOK_EVERY_S = 10  # for a person who deferred an update [U]
AFTER_ANSWER_S = 3  # until the restart: the answer and the notifications leave first [U]
_COAP = 0
_COAPS = 1
_PUSH_AND_PULL = 2
_MANDATORY = 1

# What a server may do, by state; all else is 4.05. A reset is an empty package or URI.
_ALLOWED = {
    IDLE: ("push", "pull", "reset", "cancel"),
    DOWNLOADING: ("reset", "cancel"),
    DOWNLOADED: ("update", "reset", "cancel"),
    UPDATING: (),
}


class FirmwareUpdate(Instance):
    """See above.

    update_of: makes the `update.Update`, when it is first needed; at once with `has_begun`.
    restart: restarts the board; without it a person has to.
    store: keeps the URI of a download over a restart (`nce.slots.Slots`).
    is_secure: whether what servers say comes over DTLS.
    is_welcome: asked before an update; while it says no, the update is deferred, for as long as
        the server allows (resource 13). None is never asked.
    on_event: called with a text when something fails.
    """

    def __init__(
        self,
        update_of: "Callable[[], FirmwareStore]",
        restart: "Callable[[], object] | None" = None,
        store: "Store | None" = None,
        is_secure: bool = True,
        is_welcome: "Callable[[], bool] | None" = None,
        on_event: "Tell | None" = None,
        name: str = "",
        has_begun: bool = True,
    ) -> None:
        self._update_of = update_of
        self._restart = restart
        self._store = store
        self._is_secure = is_secure
        self._is_welcome = is_welcome
        self._on_event = on_event
        self._update: "FirmwareStore | None" = None
        self._package: "Package | None" = None
        self._source: "Source | None" = None
        self._uri = ""
        self._etag: "bytes | None" = None  # of what is here of the URI's resource
        self._state = IDLE
        self._result = INITIAL
        self._deferred_until_s: "int | None" = None
        self._is_due = asyncio.Event()  # something for `run`
        self._fetching: "Any" = None  # the task of a download
        self._is_called_off = False  # that task, by a reset
        values = {
            PACKAGE: lambda: None,
            PACKAGE_URI: lambda: self._uri,
            UPDATE: self._execute_update,
            STATE: lambda: self.state,
            RESULT: lambda: self.result,
            PACKAGE_VERSION: self._version,
            PROTOCOLS: {0: _COAP, 1: _COAPS},
            DELIVERY: _PUSH_AND_PULL,
            CANCEL: self._execute_cancel,
            SEVERITY: _MANDATORY,
            CHANGED_AT: unix_s(),
            LONGEST_DEFERRAL: 0,
        }
        if name:
            values[PACKAGE_NAME] = name
        super().__init__(
            DEFINITION,
            0,
            values,
            {PACKAGE: self._take_package, PACKAGE_URI: self._take_uri},
            {PACKAGE: self._open_sink},
        )
        if has_begun:
            self._go_on()

    # --- what servers see ---

    @property
    def state(self) -> int:
        """IDLE, DOWNLOADING, DOWNLOADED or UPDATING."""
        self._settle()
        return self._state

    @property
    def result(self) -> int:
        """LwM2M's Update Result."""
        self._settle()
        return self._result

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a URI that is too long, and for a severity that is none."""
        if resource == PACKAGE_URI and len(value) > MOST_URI:
            raise ValueError("a URI has %d characters at most" % MOST_URI)
        if resource == SEVERITY and not 0 <= value <= 2:
            raise ValueError("a severity is 0 to 2")
        if resource == LONGEST_DEFERRAL and value < 0:
            raise ValueError("a deferral is 0 or more seconds")

    def _version(self) -> str:
        return self._update.version if self._update is not None else ""

    def _enter(self, state: int, result: int) -> None:
        was_state, was_result = self._state, self._result
        self._state, self._result = state, result
        if state != was_state:
            self.set(CHANGED_AT, unix_s())
            self.changed(STATE)
        if result != was_result:
            self.changed(RESULT)

    def _allow(self, what: str) -> None:
        if what not in _ALLOWED[self.state]:
            raise Refused(METHOD_NOT_ALLOWED)

    def _tell(self, text: str) -> None:
        if self._on_event is not None:
            self._on_event(text)

    # --- what was there before the start ---

    def _made(self) -> "FirmwareStore":
        if self._update is None:
            self._update = self._update_of()
        return self._update

    def _go_on(self) -> None:
        update = self._made()
        if update.state == DOWNLOADING:
            self._state, self._result = IDLE, CONNECTION_LOST
            self._recall()
        elif update.state == DOWNLOADED and update.result:
            update.cancel()  # a bad image is never kept
            self._result = FAILED
        else:
            self._state, self._result = update.state, update.result

    def _recall(self) -> None:
        held = self._store.load() if self._store is not None else None
        try:
            noted = json.loads(held) if held else {"uri": "", "etag": ""}
            self._uri, self._etag = noted["uri"], binascii.unhexlify(noted["etag"]) or None
        except (ValueError, KeyError, TypeError):
            return  # as if there were none: the server writes it again
        if self._uri:
            from nce.lwm2m.fetch import source_of

            self._source = source_of(self._uri)
            self._state, self._result = DOWNLOADING, INITIAL
            self._is_due.set()

    def _note(self, uri: str, etag: "bytes | None" = None) -> None:
        self._uri, self._etag = uri, etag
        if self._store is not None:
            try:
                noted = {"uri": uri, "etag": (etag or b"").hex()}
                self._store.save(json.dumps(noted).encode())
            except OSError as error:
                self._tell("the URI is not kept: %s" % error)

    def _settle(self) -> None:
        """See what became of a trial; a start tells, or a good run."""
        if self._state == UPDATING:
            update = self._made()
            if update.state != UPDATING:
                self._enter(update.state, update.result)

    async def refresh(self) -> None:
        """See what became of a trial."""
        self._settle()

    # --- push ---

    def _open_sink(self) -> "_Sink":
        if self._state != DOWNLOADING or self._source is not None:
            self._allow("push")
        if not self._is_secure:
            self._fail(PackageRefused(BROKEN, "a package by plain CoAP proves nothing"))
            raise Refused(BAD_REQUEST)
        if self._package is None:
            self._package = Package(self._made())
            self._package.resume()
        return _Sink(self, self._package)

    def _take_package(self, value: "Any") -> None:
        """A whole package, or the sink that took it; an empty one is a reset."""
        if isinstance(value, _Sink):
            value.complete()
        elif not value or bytes(value) == b"\0":
            self._reset(INITIAL, "reset")
        else:
            sink = self._open_sink()
            sink.write(value)
            sink.complete()

    def take(self, package: "Package", data: "Any") -> int:
        """Bytes of a push or a pull, for its sink. What is wrong ends the download."""
        if package is not self._package:  # a reset came in between
            raise Refused(METHOD_NOT_ALLOWED)
        self._enter(DOWNLOADING, INITIAL)
        try:
            if data is None:
                package.finish()
                self._package = None
                self._note("")
                self._enter(DOWNLOADED, INITIAL)
                return 0
            return package.write(data)
        except (OSError, MemoryError) as error:
            self._fail(error)
            raise Refused(REQUEST_ENTITY_TOO_LARGE if self._result == NO_ROOM else BAD_REQUEST)

    def broke_off(self, package: "Package") -> None:
        """The transfer of a package ended too soon; what is here stays for the next one."""
        if package is self._package and self._source is None:
            self._package = None
            if self._state == DOWNLOADING:
                self._enter(IDLE, CONNECTION_LOST)

    def _fail(self, error: "BaseException") -> None:
        """The package is refused: nothing of it stays."""
        result = result_of(error)
        self._tell("the firmware package is refused: %s" % error)
        self._package = self._source = None
        self._note("")
        if result != CONNECTION_LOST and self._update is not None:
            self._update.cancel()
        self._enter(IDLE, result)

    def _reset(self, result: int, what: str) -> None:
        self._allow(what)
        self._package = self._source = None
        self._deferred_until_s = None
        self._note("")
        if self._fetching is not None:
            self._is_called_off = True
            self._fetching.cancel()
        if self._update is not None or self._state != IDLE:
            self._made().cancel()
        self._enter(IDLE, result)

    # --- pull ---

    def _take_uri(self, uri: str) -> None:
        if not uri:
            self._reset(INITIAL, "reset")
            return
        self._allow("pull")
        from nce.lwm2m.fetch import source_of

        try:
            source = source_of(uri)
            if not self._is_secure or not (source.is_secure or source.digest):
                raise PackageRefused(
                    BROKEN, "nothing proves the package: give coaps, or #sha256= behind the URI"
                )
        except PackageRefused as error:
            self._fail(error)
            self._uri = uri
            return
        self._source = source
        self._note(uri)
        self._enter(DOWNLOADING, INITIAL)
        self._is_due.set()

    async def run(self, open_port: "OpenPort") -> None:
        """Do what takes time, until it is cancelled: download, wait for a person, restart.

        open_port: see `nce.lwm2m.fetch`; `Lwm2mDevice` gives it.
        """
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            if self._source is not None:
                self._is_called_off = False
                self._fetching = asyncio.create_task(self._pull(self._source, open_port))
                try:
                    await self._fetching
                except asyncio.CancelledError:
                    if not self._is_called_off:
                        raise
                finally:
                    self._fetching = None
            while self._deferred_until_s is not None:
                if self._may_update() or unix_s() >= self._deferred_until_s:
                    self._deferred_until_s = None
                    self._apply()
                else:
                    await asyncio.sleep(LOOK_EVERY_S)
            if self._state == UPDATING and self._restart is not None:
                await asyncio.sleep(AFTER_ANSWER_S)
                self._restart()

    async def _pull(self, source: "Source", open_port: "OpenPort") -> None:
        from nce.lwm2m.fetch import Notes, fetch

        package = self._package = Package(self._made(), source.digest)
        package.resume()
        notes = Notes(self._etag)
        notes.keep = lambda: self._note(self._uri, notes.etag)
        try:
            await fetch(source, package, open_port, notes)
        except (OSError, MemoryError) as error:
            if package is self._package:
                uri = self._uri
                self._fail(error)
                self._uri = uri  # a server may look what it wrote
            return
        if package is self._package:
            self._package = self._source = None
            uri = self._uri
            self._note("")
            self._uri = uri
            self._enter(DOWNLOADED, INITIAL)

    # --- update ---

    def _may_update(self) -> bool:
        return self._is_welcome is None or self._is_welcome()

    def _execute_update(self, arguments: object) -> None:
        self._allow("update")
        longest_s = self.values[LONGEST_DEFERRAL]
        if longest_s and not self._may_update():
            if self._deferred_until_s is None:
                self._deferred_until_s = unix_s() + longest_s
            self._enter(DOWNLOADED, DEFERRED)
            self._is_due.set()
            return
        self._deferred_until_s = None
        self._apply()

    def _apply(self) -> None:
        try:
            self._made().apply()
        except OSError as error:
            self._tell("the update cannot be tried: %s" % error)
            self._enter(DOWNLOADED, FAILED)
            return
        self._enter(UPDATING, INITIAL)
        if self._restart is None:
            self._tell("the update runs from the next start on: restart the board")
        self._is_due.set()

    def _execute_cancel(self, arguments: object) -> None:
        self._reset(CANCELLED, "cancel")


class _Sink:
    """Where a push goes. It is closed when the push breaks off."""

    def __init__(self, firmware: "FirmwareUpdate", package: "Package") -> None:
        self._firmware = firmware
        self._package = package
        self._is_begun = False

    def seek(self, position: int) -> bool:
        """The first bytes are those from `position` on, of a push that goes on; False where that
        would leave a gap."""
        if position > self._package.position:
            return False
        self._package.seek(position)
        self._is_begun = True
        return True

    def write(self, data: "Any") -> int:
        """The next bytes. Raises `Refused`; the state and the result say why."""
        if not self._is_begun:
            self.seek(0)
        return self._firmware.take(self._package, data)

    def complete(self) -> None:
        """All bytes came."""
        self._firmware.take(self._package, None)

    def close(self) -> None:
        """They did not."""
        self._firmware.broke_off(self._package)
