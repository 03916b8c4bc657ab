"""The steps of a firmware update (object 5): states and results, push and pull. Loaded when there
is something to update; `nce.lwm2m.firmware_update` has the object.
"""

import asyncio
import binascii
import json

from nce.coap.codes import BAD_REQUEST, METHOD_NOT_ALLOWED, REQUEST_ENTITY_TOO_LARGE
from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Refused
from nce.lwm2m.package import Package, PackageRefused, result_of

if 1 - 1:
    from nce.lwm2m.fetch import OpenPort, Source
    from nce.seams import Any, Callable, FirmwareStore, Store, Tell

_STATE = const(3)
_RESULT = const(5)
_CHANGED_AT = const(12)
_LONGEST_DEFERRAL = const(13)

_IDLE = const(0)
_DOWNLOADING = const(1)
_DOWNLOADED = const(2)
_UPDATING = const(3)

_INITIAL = const(0)
_NO_ROOM = const(2)
_CONNECTION_LOST = const(4)
_BROKEN = const(5)
_FAILED = const(8)
_CANCELLED = const(10)
_DEFERRED = const(11)

_LOOK_EVERY_S = const(10)  # for a person who deferred an update [U]
_AFTER_ANSWER_S = const(3)  # until the restart: the answer and the notifications leave first [U]

# What a server may do, by state; all else is 4.05. A reset is an empty package or URI.
_ALLOWED = {
    _IDLE: ("push", "pull", "reset", "cancel"),
    _DOWNLOADING: ("reset", "cancel"),
    _DOWNLOADED: ("update", "reset", "cancel"),
    _UPDATING: (),
}


class FirmwareSteps:
    """What stands behind a `FirmwareUpdate`, which says what its arguments are."""

    def __init__(
        self,
        instance: "Any",
        update_of: "Callable[[], FirmwareStore]",
        restart: "Callable[[], object] | None",
        store: "Store | None",
        is_secure: bool,
        is_welcome: "Callable[[], bool] | None",
        on_event: "Tell | None",
    ) -> None:
        self._instance = instance
        self._update_of = update_of
        self._restart = restart
        self._store = store
        self._is_secure = is_secure
        self._is_welcome = is_welcome
        self._on_event = on_event
        self._update: "FirmwareStore | None" = None
        self._package: "Package | None" = None
        self._source: "Source | None" = None
        self.uri = ""
        self._etag: "bytes | None" = None  # of what is here of the URI's resource
        self._state = _IDLE
        self._result = _INITIAL
        self._deferred_until_s: "int | None" = None
        self._is_due = asyncio.Event()  # something for `run`
        self._fetching: "Any" = None  # the task of a download
        self._is_called_off = False  # that task, by a reset
        self._go_on()

    # --- what servers see ---

    @property
    def state(self) -> int:
        """LwM2M's State."""
        self.settle()
        return self._state

    @property
    def result(self) -> int:
        """LwM2M's Update Result."""
        self.settle()
        return self._result

    @property
    def is_busy(self) -> bool:
        """Whether a download goes on."""
        return self._fetching is not None

    def version(self) -> str:
        return self._update.version if self._update is not None else ""

    def _enter(self, state: int, result: int) -> None:
        was_state, was_result = self._state, self._result
        self._state, self._result = state, result
        if state != was_state:
            self._instance.set(_CHANGED_AT, unix_s())
            self._instance.changed(_STATE)
        if result != was_result:
            self._instance.changed(_RESULT)

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
        if update.state == _DOWNLOADING:
            self._state, self._result = _IDLE, _CONNECTION_LOST
            self._recall()
        elif update.state == _DOWNLOADED and update.result:
            update.cancel()  # a bad image is never kept
            self._result = _FAILED
        else:
            self._state, self._result = update.state, update.result

    def _recall(self) -> None:
        held = self._store.load() if self._store is not None else None
        try:
            noted = json.loads(held) if held else {"uri": "", "etag": ""}
            self.uri, self._etag = noted["uri"], binascii.unhexlify(noted["etag"]) or None
        except (ValueError, KeyError, TypeError):
            return  # as if there were none: the server writes it again
        if self.uri:
            from nce.lwm2m.fetch import source_of

            self._source = source_of(self.uri)
            self._state, self._result = _DOWNLOADING, _INITIAL
            self._is_due.set()

    def _note(self, uri: str, etag: "bytes | None" = None) -> None:
        self.uri, self._etag = uri, etag
        if self._store is not None:
            try:
                noted = {"uri": uri, "etag": (etag or b"").hex()}
                self._store.save(json.dumps(noted).encode())
            except OSError as error:
                self._tell("the URI is not kept: %s" % error)

    def settle(self) -> None:
        """See what became of a trial; a start tells, or a good run."""
        if self._state == _UPDATING:
            update = self._made()
            if update.state != _UPDATING:
                self._enter(update.state, update.result)

    # --- push ---

    def open_sink(self) -> "_Sink":
        if self._state != _DOWNLOADING or self._source is not None:
            self._allow("push")
        if not self._is_secure:
            self._fail(PackageRefused(_BROKEN, "a package by plain CoAP proves nothing"))
            raise Refused(BAD_REQUEST)
        if self._package is None:
            self._package = Package(self._made())
            self._package.resume()
        return _Sink(self, self._package)

    def take_package(self, value: "Any") -> None:
        """A whole package, or the sink that took it; an empty one is a reset."""
        if isinstance(value, _Sink):
            value.complete()
        elif not value or bytes(value) == b"\0":
            self._reset(_INITIAL, "reset")
        else:
            sink = self.open_sink()
            sink.write(value)
            sink.complete()

    def take(self, package: "Package", data: "Any") -> int:
        """Bytes of a push or a pull, for its sink. What is wrong ends the download."""
        if package is not self._package:  # a reset came in between
            raise Refused(METHOD_NOT_ALLOWED)
        self._enter(_DOWNLOADING, _INITIAL)
        try:
            if data is None:
                package.finish()
                self._package = None
                self._note("")
                self._enter(_DOWNLOADED, _INITIAL)
                return 0
            return package.write(data)
        except (OSError, MemoryError) as error:
            self._fail(error)
            raise Refused(REQUEST_ENTITY_TOO_LARGE if self._result == _NO_ROOM else BAD_REQUEST)

    def broke_off(self, package: "Package") -> None:
        """The transfer of a package ended too soon; what is here stays for the next one."""
        if package is self._package and self._source is None:
            self._package = None
            if self._state == _DOWNLOADING:
                self._enter(_IDLE, _CONNECTION_LOST)

    def _fail(self, error: "BaseException") -> None:
        """The package is refused: nothing of it stays."""
        result = result_of(error)
        self._tell("the firmware package is refused: %s" % error)
        self._package = self._source = None
        self._note("")
        if result != _CONNECTION_LOST and self._update is not None:
            self._update.cancel()
        self._enter(_IDLE, result)

    def _reset(self, result: int, what: str) -> None:
        self._allow(what)
        self._package = self._source = None
        self._deferred_until_s = None
        self._note("")
        if self._fetching is not None:
            self._is_called_off = True
            self._fetching.cancel()
        if self._update is not None or self._state != _IDLE:
            self._made().cancel()
        self._enter(_IDLE, result)

    # --- pull ---

    def take_uri(self, uri: str) -> None:
        if not uri:
            self._reset(_INITIAL, "reset")
            return
        self._allow("pull")
        from nce.lwm2m.fetch import source_of

        try:
            source = source_of(uri)
            if not self._is_secure or not (source.is_secure or source.digest):
                raise PackageRefused(
                    _BROKEN, "nothing proves the package: give coaps, or #sha256= behind the URI"
                )
        except PackageRefused as error:
            self._fail(error)
            self.uri = uri
            return
        self._source = source
        self._note(uri)
        self._enter(_DOWNLOADING, _INITIAL)
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
                    await asyncio.sleep(_LOOK_EVERY_S)
            if self._state == _UPDATING and self._restart is not None:
                await asyncio.sleep(_AFTER_ANSWER_S)
                self._restart()

    async def _pull(self, source: "Source", open_port: "OpenPort") -> None:
        from nce.lwm2m.fetch import Notes, fetch

        package = self._package = Package(self._made(), source.digest)
        package.resume()
        notes = Notes(self._etag)
        notes.keep = lambda: self._note(self.uri, notes.etag)
        try:
            await fetch(source, package, open_port, notes)
        except (OSError, MemoryError) as error:
            if package is self._package:
                uri = self.uri
                self._fail(error)
                self.uri = uri  # a server may look what it wrote
            return
        if package is self._package:
            self._package = self._source = None
            uri = self.uri
            self._note("")
            self.uri = uri
            self._enter(_DOWNLOADED, _INITIAL)

    # --- update ---

    def _may_update(self) -> bool:
        return self._is_welcome is None or self._is_welcome()

    def execute_update(self) -> None:
        self._allow("update")
        longest_s = self._instance.values[_LONGEST_DEFERRAL]
        if longest_s and not self._may_update():
            if self._deferred_until_s is None:
                self._deferred_until_s = unix_s() + longest_s
            self._enter(_DOWNLOADED, _DEFERRED)
            self._is_due.set()
            return
        self._deferred_until_s = None
        self._apply()

    def _apply(self) -> None:
        try:
            self._made().apply()
        except OSError as error:
            self._tell("the update cannot be tried: %s" % error)
            self._enter(_DOWNLOADED, _FAILED)
            return
        self._enter(_UPDATING, _INITIAL)
        if self._restart is None:
            self._tell("the update runs from the next start on: restart the board")
        self._is_due.set()

    def execute_cancel(self) -> None:
        self._reset(_CANCELLED, "cancel")


class _Sink:
    """Where a push goes. It is closed when the push breaks off."""

    def __init__(self, firmware: "FirmwareSteps", package: "Package") -> None:
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
