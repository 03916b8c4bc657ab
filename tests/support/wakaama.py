"""Wakaama as npm has it: its LwM2M client, server and bootstrap server, and what they say.

    async with client(objects, source="127.160.0.1") as device:
        await device.until("STATE_READY")
        device.objects[3][0][9] = 50
        device.changed("/3/0/9")
    async with server() as peer:
        await peer.command("read 0 /3/0/9", "100")

`make peers` builds the programs. The client has no objects of its own: it asks for every value
over its standard output, in lines of /command:length:base64 (object_generic.c). `objects` are
object, instance, resource, value; an int is Integer, a dict has several instances.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import os
import signal
import struct
from pathlib import Path

import pytest

from support.peers import free_port

FOLDER = Path(__file__).parents[2] / "build/lwm2m"
START_S = 10
ANSWER_S = 15
MULTIPLE, STRING, OPAQUE, INTEGER, FLOAT, BOOLEAN, LINK = 3, 4, 5, 6, 7, 8, 9
CREATED, DELETED, CHANGED, CONTENT, NOT_FOUND = 0x41, 0x42, 0x44, 0x45, 0x84
_HEAD = struct.Struct("<HBH")
# What is written to the objects that a bootstrap fills arrives without its type.
BOOTSTRAPPED = {0: {0: str, 1: bool, 2: int, 10: int, 11: int, 12: int}}
BOOTSTRAPPED[1] = {0: int, 1: int, 2: int, 3: int, 5: int, 6: bool, 7: str}
# It reads them of every security instance, also where the server wrote none.
UNWRITTEN = {0: {3: b"", 4: b"", 5: b"", 11: 1}}


def peer(name):
    """The path of a program; skips the test where it is not built, and says the remedy."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"`{name}` is not built; `make peers` builds it")
    return path


def typed(value):
    """A value as the client wants it: its type and its octets."""
    if isinstance(value, dict):
        return MULTIPLE, struct.pack("<H", len(value)) + resources(value.items())
    if isinstance(value, bool):
        return BOOLEAN, bytes([value])
    if isinstance(value, (int, float)):
        return (INTEGER if isinstance(value, int) else FLOAT), repr(value).encode()
    if isinstance(value, tuple):
        return LINK, struct.pack("<HH", *value)
    return (OPAQUE, value) if isinstance(value, bytes) else (STRING, value.encode())


def resources(items):
    """Numbered values, one behind the other."""
    written = b""
    for number, value in items:
        kind, octets = typed(value)
        written += _HEAD.pack(number, kind, len(octets)) + octets
    return written


def untyped(kind, octets, wanted):
    """A value that the client hands over; TLV and text come as octets of an unknown type."""
    if kind == MULTIPLE:
        return dict(numbered(octets[2:], {}, wanted))
    if kind == LINK:
        return struct.unpack("<HH", octets)
    if kind == BOOLEAN:
        return octets == b"\1"
    if kind in {INTEGER, FLOAT}:
        return (int if kind == INTEGER else float)(octets)
    if kind == STRING:
        return {int: int, float: float, bool: lambda text: text == "1"}.get(wanted, str)(
            octets.decode()
        )
    if wanted in {int, bool}:
        return wanted(int.from_bytes(octets, "big", signed=True))
    if wanted is float:
        return struct.unpack(">f" if len(octets) == 4 else ">d", octets)[0]
    return octets.decode() if wanted is str else octets


def numbered(octets, kinds, otherwise=bytes):
    """The values of a write or create, by their number."""
    while octets:
        number, kind, length = _HEAD.unpack_from(octets)
        octets = octets[_HEAD.size :]
        yield number, untyped(kind, octets[:length], kinds.get(number, otherwise))
        octets = octets[length:]


class Program:
    """A program whose output is read line by line, from its start."""

    def __init__(self, process):
        self.process, self.said = process, []
        self._more = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self):
        while line := await self.process.stdout.readline():
            text = line.decode("utf-8", "replace").strip()
            self.said.append(text)
            self.heard(text)
            self._more.set()

    def heard(self, line):
        """Called with each line."""

    def say(self, text):
        self.process.stdin.write(text.encode() + b"\r\n")

    async def until(self, text, begin=0, timeout_s=ANSWER_S):
        """Wait until a line from `begin` on has `text`; the number of the line after it."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    for number, line in enumerate(self.said[begin:], begin):
                        if text in line:
                            return number + 1
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            tail = "\n".join(self.said[-40:])
            raise AssertionError(f"no {text!r} from line {begin} on in:\n{tail}") from None

    async def command(self, text, until):
        """Type a command, and wait for what it prints."""
        begin = len(self.said)
        self.say(text)
        return await self.until(until, begin)

    async def end(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._reading


class Client(Program):
    """The client, and the objects that it asks for."""

    def __init__(self, process, objects):
        super().__init__(process)
        self.objects, self.executed = objects, []
        self._changed, self._kept = [], {}
        self._commands = {
            "readInstances": self._instances,
            "read": self._values,
            "discover": self._numbers,
            "write": self._write,
            "create": self._create,
            "delete": self._delete,
            "execute": self._execute,
            "backup": self._back_up,
            "restore": self._restore,
        }

    def changed(self, *paths):
        """Let the client notify those who observe these paths, at its next look (5 s)."""
        self._changed += paths

    def leave(self):
        """Deregister and end."""
        self.process.send_signal(signal.SIGINT)

    def heard(self, line):
        command, _, rest = line.removeprefix("/").partition(":")
        if not line.startswith("/") or command in {"stateChanged", "heartbeat"}:
            if command == "stateChanged":
                self.said[-1] = base64.b64decode(rest.partition(":")[2]).decode()
            return
        if command == "observe":
            if self._changed:
                uris = [path.encode() for path in self._changed]
                self._changed = []
                body = b"".join(struct.pack("<H", len(uri)) + uri for uri in uris)
                self._answer(command, bytes([2, 0, CONTENT]) + struct.pack("<H", len(uris)) + body)
            return
        asked = base64.b64decode(rest.partition(":")[2])
        number, instance, count = struct.unpack_from("<HHH", asked, 2)
        code, body = self._commands[command](number, instance, count, asked[8:])
        head = bytes([2, asked[1], code]) + asked[2:4]
        self._answer(command, head + (b"" if command == "readInstances" else asked[4:6]) + body)

    def _answer(self, command, octets):
        text = base64.b64encode(octets).decode()
        self.process.stdin.write(f"/resp:{command}:{len(text)}:{text}".encode())

    def _instances(self, number, *_):
        held = self.objects.get(number, {})
        return CONTENT, struct.pack(f"<{len(held) + 1}H", len(held), *held)

    def _wanted(self, number, instance, count, rest):
        """The resources that are asked for: all of them where none is named."""
        held = self.objects[number][instance]
        names = struct.unpack(f"<{count}H", rest) if count else tuple(held)
        return {name: held[name] for name in names if held.get(name) is not None}, count

    def _values(self, *asked):
        found, count = self._wanted(*asked)
        if len(found) < count:
            return NOT_FOUND, bytes(2)
        return CONTENT, struct.pack("<H", len(found)) + resources(found.items())

    def _numbers(self, number, instance, count, rest):
        held = self.objects[number][instance]
        names = struct.unpack(f"<{count}H", rest) if count else tuple(held)
        return CONTENT, struct.pack(f"<{len(names) + 1}H", len(names), *names)

    def _write(self, number, instance, count, rest):
        held = self.objects[number][instance]
        kinds = {name: type(value) for name, value in held.items()}
        held.update(numbered(rest, kinds | BOOTSTRAPPED.get(number, {})))
        return CHANGED, bytes(2)

    def _create(self, number, instance, count, rest):
        written = dict(numbered(rest, BOOTSTRAPPED.get(number, {})))
        self.objects[number][instance] = UNWRITTEN.get(number, {}) | written
        return CREATED, bytes(2)

    def _delete(self, number, instance, *_):
        return (DELETED if self.objects[number].pop(instance, None) else NOT_FOUND), bytes(2)

    def _execute(self, number, instance, count, rest):
        (name,) = struct.unpack_from("<H", rest)
        self.executed.append(((number, instance, name), rest[2:]))
        return CHANGED, bytes(2)

    def _back_up(self, number, *_):
        self._kept[number] = copy.deepcopy(self.objects[number])
        return CONTENT, bytes(2)

    def _restore(self, number, *_):
        self.objects[number] = self._kept[number]
        return CONTENT, bytes(2)


async def _started(kind, *command, environment=None, **more):
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | (environment or {}),
        limit=1 << 20,
    )
    return kind(process, **more)


@contextlib.asynccontextmanager
async def client(objects, *, name="wakaama", source="127.0.0.1"):
    """The client with these objects, at a port of the address `source`."""
    further = ",".join(str(number) for number in objects if number > 3)
    # As it is it takes 1024 bytes: a block of that size does not fit.
    command = [peer("wakatiwaiclient"), *("-4", "-l", "0", "-n", name, "-s", "1500")]
    command += ["-o", further] if further else []
    environment = {"NCE_BIND": source, "LD_PRELOAD": str(peer("bind_to.so"))}
    for number in (0, 1, 2, 3):
        objects.setdefault(number, {})
    device = await _started(Client, *command, environment=environment, objects=objects)
    try:
        yield device
    finally:
        await device.end()


@contextlib.asynccontextmanager
async def _served(name, *arguments, is_up):
    """A server at a port of its own, which is its `port`."""
    port = free_port()
    # Its output is a pipe, and it writes without flushing.
    command = ("stdbuf", "-oL", peer(name), "-4", "-l", port, *arguments)
    program = await _started(Program, *command)
    program.port = port
    try:
        await is_up(program)
        yield program
    finally:
        await program.end()


def server():
    """The server; it takes commands."""
    return _served("lwm2mserver", is_up=lambda program: program.command("list", "No client."))


def bootstrap_server(folder, text):
    """The bootstrap server with this configuration."""
    file = folder / "bootstrap_server.ini"
    file.write_text(text)
    return _served("bootstrapserver", "-f", file, is_up=lambda program: program.until("listening"))
