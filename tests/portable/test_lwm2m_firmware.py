"""Object 5: its states and results, push and pull, and what goes on after a restart."""

import asyncio
import hashlib

from memory_stores import Kept
from nce.coap import codes, options
from nce.coap.block import block_of, block_value, size_of
from nce.coap.message import decode, encode
from nce.lwm2m import fetch
from nce.lwm2m.firmware_update import FirmwareUpdate
from nce.lwm2m.model import Refused
from nce.lwm2m.package import Package, PackageRefused, head_of

# Resources of object 5, and states.
PACKAGE, PACKAGE_URI, UPDATE, STATE, RESULT, PACKAGE_VERSION = 0, 1, 2, 3, 5, 7
CANCEL, LONGEST_DEFERRAL = 10, 13
IDLE, DOWNLOADING, DOWNLOADED, UPDATING = 0, 1, 2, 3

IMAGE = bytes([at % 251 for at in range(3000)])
DIGEST = hashlib.sha256(IMAGE).digest()
WHOLE = head_of(len(IMAGE), DIGEST, "1.2.0") + IMAGE
URI = "coaps://files.example/fw?v=1"


class ImageRefusedError(OSError):
    """As the firmware's `ImageRefused`."""

    def __init__(self, result):
        super().__init__("refused")
        self.result = result


class Update:
    """The firmware's `update.Update` in memory; `flash` outlives it."""

    def __init__(self, flash):
        self.flash = flash
        for name, value in (
            ("state", IDLE),
            ("result", 0),
            ("data", b""),
            ("announced", (0, b"", "")),
            ("room", 9999),
        ):
            flash.setdefault(name, value)

    @property
    def state(self):
        return self.flash["state"]

    @property
    def result(self):
        return self.flash["result"]

    @property
    def size(self):
        return self.flash["announced"][0]

    @property
    def sha256(self):
        return self.flash["announced"][1]

    @property
    def version(self):
        return self.flash["announced"][2]

    @property
    def offset(self):
        return len(self.flash["data"])

    def begin(self, size, sha256, version=""):
        if (size, sha256, version) != self.flash["announced"] or self.state != DOWNLOADING:
            self.flash["announced"] = size, sha256, version
            self.flash["data"] = b""
            self.flash["state"], self.flash["result"] = DOWNLOADING, 0
        if size > self.flash["room"]:
            self.refuse(2)
        return self.offset

    def refuse(self, result):
        self.cancel()
        self.flash["result"] = result
        raise ImageRefusedError(result)

    def write(self, offset, data):
        assert offset <= self.offset
        if offset + len(data) > self.size:
            self.refuse(5)
        self.flash["data"] += bytes(data)[self.offset - offset :]

    def finish(self):
        if hashlib.sha256(self.flash["data"]).digest() != self.sha256:
            self.refuse(5)
        self.flash["state"] = DOWNLOADED

    def apply(self):
        assert self.state == DOWNLOADED
        self.flash["state"] = UPDATING

    def cancel(self):
        self.flash["state"], self.flash["result"], self.flash["data"] = IDLE, 0, b""


def made(flash=None, **given):
    flash = {} if flash is None else flash
    given.setdefault("is_secure", True)
    firmware = FirmwareUpdate(lambda: Update(flash), **given)
    return firmware, flash


def shown(firmware):
    return firmware.read(STATE), firmware.read(RESULT)


def push(firmware, data, size=512):
    """As a server's blocks come."""
    sink = firmware.open_sink(PACKAGE)
    for at in range(0, len(data), size):
        sink.write(data[at : at + size])
    firmware.write(PACKAGE, sink)


def code_of(call, *arguments):
    try:
        call(*arguments)
    except Refused as error:
        return error.code
    return None


# --- push ---


def test_a_package_is_pushed_checked_and_tried():
    firmware, flash = made()
    told = []
    firmware.on_changed = lambda number, at, resource: told.append(resource)
    assert shown(firmware) == (IDLE, 0)
    push(firmware, WHOLE)
    assert shown(firmware) == (DOWNLOADED, 0)
    assert flash["data"] == IMAGE
    assert firmware.read(PACKAGE_VERSION) == "1.2.0"
    firmware.execute(UPDATE, ())
    assert shown(firmware) == (UPDATING, 0)
    flash["state"], flash["result"] = IDLE, 1  # the new application was kept
    assert shown(firmware) == (IDLE, 1)
    assert [resource for resource in told if resource in (STATE, RESULT)] == [
        STATE, STATE, STATE, STATE, RESULT,
    ]  # fmt: skip


def test_every_cut_of_the_package_is_the_same_package():
    for size in (1, 3, 16, 40, 46, 64, 1024, 5000):
        firmware, flash = made()
        push(firmware, WHOLE, size)
        assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True), size


def test_a_small_package_comes_in_one_piece():
    firmware, _flash = made()
    firmware.write(PACKAGE, WHOLE)
    assert shown(firmware) == (DOWNLOADED, 0)
    assert firmware.read(PACKAGE) is None  # it is on flash, and nowhere else


# What is wrong with a package, and the result.
WRONG = {
    "another magic": (b"ELF!" + WHOLE[4:], 6),
    "a version that is no text": (head_of(len(IMAGE), DIGEST, "1")[:-1] + b"\xff" + IMAGE, 6),
    "a changed byte": (WHOLE[:-1] + b"\0", 5),
    "cut": (WHOLE[:-1], 5),
    "a byte too much": (WHOLE + b"\0", 5),
    "only a part of the head": (WHOLE[:40], 5),
    "too large": (head_of(10_000, DIGEST, "") + IMAGE, 2),
}


def test_a_wrong_package_is_refused_and_nothing_of_it_stays():
    for name in sorted(WRONG):
        data, result = WRONG[name]
        firmware, flash = made()
        code = code_of(push, firmware, data)
        assert code == (codes.REQUEST_ENTITY_TOO_LARGE if result == 2 else codes.BAD_REQUEST), name
        assert shown(firmware) == (IDLE, result), name
        assert flash["data"] == b"", name


def test_a_lack_of_memory_and_a_full_flash_are_told():
    for error, result in ((MemoryError(), 3), (OSError(28, "full"), 2)):
        firmware, _flash = made()

        def fail(offset, data, error=error):
            raise error

        update = firmware.steps._made()
        update.write = fail
        code_of(push, firmware, WHOLE)
        assert shown(firmware) == (IDLE, result)


def test_a_push_that_breaks_off_goes_on_where_it_was():
    firmware, flash = made()
    sink = firmware.open_sink(PACKAGE)
    sink.write(WHOLE[:1024])
    sink.close()
    assert shown(firmware) == (IDLE, 4)
    sink = firmware.open_sink(PACKAGE)
    assert sink.resume(1024)
    sink.write(WHOLE[1024:2048])
    assert shown(firmware) == (DOWNLOADING, 0)
    sink.write(WHOLE[2048:])
    firmware.write(PACKAGE, sink)
    assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True)


def test_a_push_goes_on_after_a_restart_or_begins_again():
    for again_at in (0, 512, 1024):
        firmware, flash = made()
        firmware.open_sink(PACKAGE).write(WHOLE[:1024])
        firmware, flash = made(flash)  # the power went
        assert shown(firmware) == (IDLE, 4)
        sink = firmware.open_sink(PACKAGE)
        assert sink.resume(again_at)
        sink.write(WHOLE[again_at:])
        firmware.write(PACKAGE, sink)
        assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True), again_at


def test_a_gap_is_refused():
    firmware, _flash = made()
    sink = firmware.open_sink(PACKAGE)
    assert not sink.resume(512)
    assert shown(firmware) == (IDLE, 0)


def test_another_package_takes_the_place_of_one_that_broke_off():
    firmware, flash = made()
    sink = firmware.open_sink(PACKAGE)
    sink.write(WHOLE[:1024])
    sink.close()
    other = bytes(list(reversed(IMAGE)))
    push(firmware, head_of(len(other), hashlib.sha256(other).digest(), "2") + other)
    assert (shown(firmware), flash["data"] == other) == ((DOWNLOADED, 0), True)


def test_plain_coap_proves_nothing():
    firmware, _flash = made(is_secure=False)
    assert code_of(push, firmware, WHOLE) == codes.BAD_REQUEST
    assert shown(firmware) == (IDLE, 5)
    firmware.write(PACKAGE_URI, URI)
    assert shown(firmware) == (IDLE, 5)


# --- the table of states ---

# State -> what a server tries, and the state after it; None is refused with 4.05.
TRIES = {
    IDLE: {"push": DOWNLOADED, "uri": DOWNLOADING, "update": None, "cancel": IDLE, "reset": IDLE},
    DOWNLOADING: {"push": None, "uri": None, "update": None, "cancel": IDLE, "reset": IDLE},
    DOWNLOADED: {"push": None, "uri": None, "update": UPDATING, "cancel": IDLE, "reset": IDLE},
    UPDATING: {"push": None, "uri": None, "update": None, "cancel": None, "reset": None},
}


def brought_to(state):
    firmware, flash = made()
    if state == DOWNLOADING:
        firmware.write(PACKAGE_URI, URI)
    elif state != IDLE:
        push(firmware, WHOLE)
        if state == UPDATING:
            firmware.execute(UPDATE, ())
    assert firmware.read(STATE) == state
    return firmware, flash


def tried(firmware, what):
    return {
        "push": (push, firmware, WHOLE),
        "uri": (firmware.write, PACKAGE_URI, URI),
        "update": (firmware.execute, UPDATE, ()),
        "cancel": (firmware.execute, CANCEL, ()),
        "reset": (firmware.write, PACKAGE_URI, ""),
    }[what]


def test_each_state_allows_what_the_definition_says():
    for state in sorted(TRIES):
        for what in sorted(TRIES[state]):
            firmware, flash = brought_to(state)
            code = code_of(*tried(firmware, what))
            after = TRIES[state][what]
            where = "%d %s" % (state, what)
            assert code == (codes.METHOD_NOT_ALLOWED if after is None else None), where
            assert firmware.read(STATE) == (state if after is None else after), where
            if what in ("cancel", "reset") and after is not None:
                assert firmware.read(RESULT) == (10 if what == "cancel" else 0), where
                assert (flash.get("data", b""), firmware.read(PACKAGE_URI)) == (b"", ""), where


def test_an_empty_package_is_a_reset():
    for empty in (b"", b"\0"):
        firmware, flash = brought_to(DOWNLOADED)
        firmware.write(PACKAGE, empty)
        assert (shown(firmware), flash["data"]) == ((IDLE, 0), b"")


def test_what_a_start_finds_is_shown():
    for held, expected in (
        ((IDLE, 1), (IDLE, 1)),
        ((UPDATING, 0), (UPDATING, 0)),
        ((DOWNLOADED, 0), (DOWNLOADED, 0)),
        ((DOWNLOADED, 8), (IDLE, 8)),  # rolled back, and erased
    ):
        flash = {"state": held[0], "result": held[1], "data": IMAGE}
        firmware, flash = made(flash)
        assert shown(firmware) == expected, held
        assert (flash["data"] == b"") == (expected == (IDLE, 8))


def test_without_anything_begun_the_update_is_not_even_made():
    def never():
        raise AssertionError("it was made")

    firmware = FirmwareUpdate(never, has_begun=False)
    assert shown(firmware) == (IDLE, 0)
    assert firmware.read(PACKAGE_VERSION) == ""


# --- pull ---


def test_a_uri_is_taken_apart():
    source = fetch.source_of("coaps://10.0.0.1:5690/a%20b/c?x=1&y=2#sha256=" + DIGEST.hex())
    assert source == (True, "10.0.0.1", 5690, "/a b/c", ("x=1", "y=2"), DIGEST)
    assert fetch.source_of("coap://h") == (False, "h", 5683, "/", (), None)


def test_a_uri_that_is_none_has_its_result():
    for uri, result in (
        ("nonsense", 7),
        ("coap://", 7),
        ("coap://:5683/x", 7),
        ("coap://h:0/x", 7),
        ("coap://h:70000/x", 7),
        ("coap://h:port/x", 7),
        ("coap://h/%zz", 7),
        ("coap://h/x#sha256=12", 7),
        ("coap://h/x#md5=" + "0" * 64, 7),
        ("http://h/x", 9),
        ("ftp://h/x", 9),
        ("coap+tcp://h/x", 9),
        ("coap://h/x", 5),  # nothing proves what comes from there
    ):
        firmware, _flash = made()
        firmware.write(PACKAGE_URI, uri)
        assert shown(firmware) == (IDLE, result), uri
        assert firmware.read(PACKAGE_URI) == uri
        firmware.write(PACKAGE_URI, "")
        assert shown(firmware) == (IDLE, 0)


class Port:
    """A datagram port to a server of one file; `lost` datagrams get no answer, at a time."""

    max_datagram = 1152

    def __init__(self, files):
        self._files = files
        self._waiting = []
        self.is_closed = False

    async def send(self, data):
        message = decode(data)
        files = self._files
        files.asked += 1
        if files.asked in files.deaf:
            return
        if files.asked in files.broken:
            raise OSError(5, "the bearer is gone")
        if files.code != codes.CONTENT:
            self._answer(message, files.code, (), b"")
            return
        block = block_of(message.options, options.BLOCK2)
        files.offsets.append(block.offset)
        size = size_of(block.szx)
        part = files.body[block.offset : block.offset + size]
        value = block_value(block.offset, block.offset + size < len(files.body), block.szx)
        its_options = ((options.ETAG, files.etag), (options.BLOCK2, value))
        self._answer(message, codes.CONTENT, its_options, part)

    def _answer(self, message, code, its_options, payload):
        answer = type(message)(2, code, message.mid, message.token, its_options, payload)
        self._waiting.append(encode(answer))

    async def receive(self, timeout_ms):
        if not self._waiting:
            await asyncio.sleep(timeout_ms / 1000)
        return self._waiting.pop(0) if self._waiting else None

    async def close(self):
        self.is_closed = True


class Files:
    def __init__(self, body=WHOLE, code=codes.CONTENT, deaf=(), broken=()):
        self.body = body
        self.etag = b"1"
        self.code = code
        self.deaf = deaf
        self.broken = broken
        self.asked = 0
        self.offsets = []
        self.opened = []
        self.ports = []

    async def open_port(self, host, port, is_secure):
        self.opened.append((host, port, is_secure))
        self.ports.append(Port(self))
        return self.ports[-1]


async def running(firmware, files, seconds=20_000):
    """Let `run` run; it has so long."""
    task = asyncio.create_task(firmware.run(files.open_port))
    for _ in range(seconds // 10):
        await asyncio.sleep(10)
        if firmware.read(STATE) != DOWNLOADING:
            break
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


def pulled(files, uri=URI, flash=None, **given):
    async def scene():
        firmware, held = made(flash, **given)
        firmware.write(PACKAGE_URI, uri)
        await running(firmware, files)
        return firmware, held

    return asyncio.run(scene())


def test_a_package_is_pulled():
    files = Files()
    firmware, flash = pulled(files)
    assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True)
    assert files.opened == [("files.example", 5684, True)]
    assert files.ports[0].is_closed


def test_a_pull_goes_on_after_the_bearer_was_lost():
    files = Files(broken=(3, 4))
    firmware, flash = pulled(files)
    assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True)
    assert files.offsets == [0, 512, 1024, 1536, 2048, 2560]
    assert len(files.opened) == 3


def test_a_pull_goes_on_after_a_restart():
    store = Kept()
    files = Files(broken=range(4, 1000))

    async def first():
        firmware, flash = made(store=store)
        firmware.write(PACKAGE_URI, URI)
        await running(firmware, files, 20)
        return flash

    flash = asyncio.run(first())
    files.broken = ()
    files.offsets.clear()

    async def second():
        firmware, _ = made(flash, store=store)
        assert shown(firmware) == (DOWNLOADING, 0)
        await running(firmware, files)
        return firmware

    firmware = asyncio.run(second())
    assert (shown(firmware), flash["data"] == IMAGE) == ((DOWNLOADED, 0), True)
    assert files.offsets[0] == 1536


def test_a_resource_that_changes_is_fetched_from_its_start():
    other = bytes(list(reversed(IMAGE)))
    body = head_of(len(other), hashlib.sha256(other).digest(), "2") + other
    files = Files(broken=(4,))

    async def scene():
        firmware, flash = made()
        firmware.write(PACKAGE_URI, URI)
        task = asyncio.create_task(firmware.run(files.open_port))
        await asyncio.sleep(5)
        files.body, files.etag = body, b"2"
        await asyncio.sleep(600)
        task.cancel()
        return firmware, flash

    firmware, flash = asyncio.run(scene())
    assert (shown(firmware), flash["data"] == other) == ((DOWNLOADED, 0), True)


def test_a_flash_that_is_full_ends_a_pull():
    firmware, _flash = pulled(Files(), flash={"room": 100})
    assert shown(firmware) == (IDLE, 2)


def test_a_connection_that_stays_lost_is_result_4():
    firmware, _flash = pulled(Files(broken=range(1000)))
    assert shown(firmware) == (IDLE, 4)
    assert firmware.read(PACKAGE_URI) == URI


def test_a_server_without_the_file_is_an_invalid_uri():
    firmware, _flash = pulled(Files(code=codes.NOT_FOUND))
    assert shown(firmware) == (IDLE, 7)


def test_a_wrong_image_that_is_pulled_is_not_kept():
    firmware, flash = pulled(Files(WHOLE[:-1] + b"\0"))
    assert (shown(firmware), flash["data"]) == ((IDLE, 5), b"")


def test_the_digest_in_the_uri_decides():
    uri = "coap://files.example/fw#sha256="
    firmware, flash = pulled(Files(), uri + DIGEST.hex())
    assert shown(firmware) == (DOWNLOADED, 0)
    firmware, flash = pulled(Files(), uri + "00" * 32)
    assert (shown(firmware), flash.get("data", b"")) == ((IDLE, 5), b"")


def test_a_reset_ends_a_pull():
    async def scene():
        files = Files(broken=range(3, 1000))
        firmware, _flash = made()
        firmware.write(PACKAGE_URI, URI)
        task = asyncio.create_task(firmware.run(files.open_port))
        await asyncio.sleep(5)
        firmware.write(PACKAGE_URI, "")
        asked = files.asked
        await asyncio.sleep(3600)
        assert files.asked == asked
        assert shown(firmware) == (IDLE, 0)
        files.broken = ()
        firmware.write(PACKAGE_URI, URI)  # and the next one begins
        await asyncio.sleep(3600)
        assert shown(firmware) == (DOWNLOADED, 0)
        task.cancel()

    asyncio.run(scene())


# --- update ---


def test_the_board_restarts_after_the_answer():
    async def scene():
        restarts = []
        firmware, _flash = made(restart=lambda: restarts.append(1))
        push(firmware, WHOLE)
        task = asyncio.create_task(firmware.run(Files().open_port))
        firmware.execute(UPDATE, ())
        await asyncio.sleep(1)
        before = len(restarts)
        await asyncio.sleep(5)
        task.cancel()
        return before, len(restarts)

    assert asyncio.run(scene()) == (0, 1)


def test_a_person_defers_an_update_for_as_long_as_the_server_allows():
    async def scene():
        firmware, _flash = made(is_welcome=lambda: False)
        push(firmware, WHOLE)
        firmware.write(LONGEST_DEFERRAL, 60)
        task = asyncio.create_task(firmware.run(Files().open_port))
        firmware.execute(UPDATE, ())
        seen = [shown(firmware)]
        firmware.values[LONGEST_DEFERRAL] = 0
        firmware.steps._deferred_until_s -= 60  # the clock of a test stands still
        await asyncio.sleep(20)
        task.cancel()
        return seen + [shown(firmware)]

    assert asyncio.run(scene()) == [(DOWNLOADED, 11), (UPDATING, 0)]


def test_an_update_is_not_deferred_where_the_server_does_not_allow_it():
    firmware, _flash = made(is_welcome=lambda: False)
    push(firmware, WHOLE)
    firmware.execute(UPDATE, ())
    assert shown(firmware) == (UPDATING, 0)


def test_an_update_that_cannot_be_tried_is_told():
    firmware, _flash = made()
    push(firmware, WHOLE)

    def fail():
        raise OSError(28, "full")

    firmware.steps._made().apply = fail
    firmware.execute(UPDATE, ())
    assert shown(firmware) == (DOWNLOADED, 8)


def test_a_package_without_its_head_ends_nowhere():
    package = Package(Update({}))
    try:
        package.finish()
    except PackageRefused as error:
        assert error.result == 5
    else:
        raise AssertionError("it was taken")
