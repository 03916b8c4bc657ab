"""TCP streams of the modem: a reader and a writer, as `asyncio.open_connection` gives them.

    reader, writer = await modem.open_connection("example.com", 80)
    writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
    await writer.drain()
    page = await reader.read()
    writer.close()
    await writer.wait_closed()

One task for each stream moves the bytes, so that a cancelled `read` or `drain` loses none. The end
of the stream, b"", comes after the modem told of the peer's close and was read empty; every other
end is a `ModemError`. The commands are a family's part: `nce_modem.families.tcp`.
"""

import asyncio

from nce_modem.at.results import without_connection_id
from nce_modem.errors import (
    CommandFailed,
    ModemError,
    ModemReset,
    PdpLost,
    SendFailed,
    SocketDead,
    UsageError,
)
from nce_modem.families import load
from nce_modem.reading import ByteReader
from nce_modem.waiting import wait_event

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, ByteStream, Iterable, Modem, Peer, StreamHooks, Transcript


READ_AHEAD = 4096  # bytes that are kept for a reader that does not come
# A refused send is tried again after these, the last for ever, until STALL_MS are over.
SEND_RETRY_MS = (100, 200, 500, 1000, 2000)
STALL_MS = 300_000  # a peer that reads nothing for so long has gone (the NAT forgets after 600 s)
FLUSH_MS = 60_000  # how long `close` tries to hand over what was written before
READ_RETRY_MS = 500  # ERROR without a number may be for a passing reason
LONGEST_POLL_MS = 60_000  # pauses between the questions about an idle stream grow up to this


async def open_connection(
    modem: "Modem",
    host: str,
    port: int,
    ssl: "Any" = None,
    server_hostname: "str | None" = None,
    ssl_handshake_timeout: "float | None" = None,
) -> "tuple[ByteStream, ByteStream]":
    """The implementation of `Modem.open_connection`."""
    name = modem.family.profile.stream
    if not name:
        raise UsageError("TCP of %s is not known to this driver" % modem.family.profile.name)
    hooks = load(name, "Streams")(modem.family)
    if not ssl:
        if server_hostname is not None or ssl_handshake_timeout is not None:
            raise UsageError(
                "server_hostname and ssl_handshake_timeout are for TLS: give ssl, too"
            )
        stream = await modem.open_socket(Stream, (host, port), 0, hooks)
        stream.start()
        return stream, stream
    from nce_modem.tls import HANDSHAKE_S, engine_for, shake_hands

    engine = engine_for(ssl, host if server_hostname is None else server_hostname)
    stream = await modem.open_socket(Stream, (host, port), 0, hooks)
    stream.start()
    secured = await shake_hands(stream, engine, ssl_handshake_timeout or HANDSHAKE_S)
    return secured, secured


class Stream(ByteReader):
    """Both ends of one TCP connection: reader and writer are the same object."""

    def __init__(
        self,
        modem: "Modem",
        socket_id: "int | None",
        peer: "Peer | None",
        local_port: int,
        family: "StreamHooks",
    ) -> None:
        ByteReader.__init__(self)
        self.socket_id: "Any" = socket_id
        self.peer = peer
        self.generation = modem.generation
        self._modem = modem
        self._link = modem.link
        self._hooks = family
        self._outgoing = bytearray()
        self._wanted = 0  # how many bytes a reader waits for, beyond READ_AHEAD
        self._error: "ModemError | None" = None  # why it is dead
        self._send_error: "ModemError | None" = None  # why nothing more can be sent
        self._is_open = True  # the task still runs
        self._is_closing = False  # by its owner
        self.is_told = False  # that the connection is closed
        self._is_freed = False  # the modem has freed the id with its notice
        self._may_have_data = True
        self._is_empty = True  # the modem said so, and told of nothing after that
        self._refusals = 0  # of reading, in a row
        self._stalls = 0  # of sending, in a row
        self._send_due_ms = self._read_due_ms = 0
        self._stalled_ms = self._closing_ms = 0  # since when
        self._poll_ms = family.profile.poll_ms
        self._poll_due_ms = self._link.now_ms() + self._poll_ms
        self._news = asyncio.Event()  # for the task
        self._moved = asyncio.Event()  # for readers and writers
        self._task: "Any" = None

    def __repr__(self) -> str:
        return "Stream(%s, %s:%d)" % ((self.socket_id,) + self.peer)  # type: ignore[operator]

    @property
    def unsent(self) -> int:
        """How many bytes the modem has not taken yet."""
        return len(self._outgoing)

    @property
    def transcript(self) -> "Transcript":
        """The last lines exchanged with the modem, for errors."""
        return self._link.channel.transcript

    # Called by the modem.

    def on_data(self, payload: "bytes | None") -> None:
        """The modem holds bytes for this stream."""
        self._may_have_data = True
        self._is_empty = False
        self._news.set()

    def on_dead(self, kind: "type[ModemError]", message: str) -> ModemError:
        """The modem told that the connection is over, or lost it."""
        error = self._link.error_of(kind, "%r %s" % (self, message))
        if kind is SocketDead:
            self.is_told = self._may_have_data = True
            self._is_freed = self._hooks.frees_itself
        elif self._error is None:
            self._error = error
        self._news.set()
        self._moved.set()
        return error

    # The reader.

    def _take(self, count: int) -> bytes:
        self._news.set()  # there is room
        return ByteReader._take(self, count)

    async def _more(self, wanted: int) -> bool:
        """Wait for something to happen; False at the end of the stream."""
        if self._is_ended:
            return False
        if self._error is not None:
            raise self._error
        if self._is_closing:
            raise UsageError("%r was closed by its owner" % self)
        self._wanted = wanted
        self._news.set()
        self._moved.clear()
        try:
            await self._moved.wait()
        finally:
            self._wanted = 0
        return True

    # The writer.

    def write(self, data: bytes) -> None:
        """Keep `data` for sending; `drain` waits until the modem has it."""
        if self._is_closing:
            raise UsageError("%r was closed by its owner" % self)
        if self._error or self._send_error:
            raise self._error or self._send_error  # type: ignore[misc]
        self._outgoing.extend(data)
        self._news.set()

    def writelines(self, lines: "Iterable[bytes]") -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    async def drain(self) -> None:
        """Wait until the modem has taken all that was written.

        Raises `SendFailed` when it took nothing for 5 minutes, and what broke the stream.
        """
        while True:
            if self._error or self._send_error:
                raise self._error or self._send_error  # type: ignore[misc]
            if not self._outgoing:
                return
            self._moved.clear()
            await self._moved.wait()

    def can_write_eof(self) -> bool:
        """False: no family documents a command that closes one direction."""
        return False

    def write_eof(self) -> None:
        """Refused: see `can_write_eof`."""
        raise UsageError("this modem cannot close one direction; use close()")

    def is_closing(self) -> bool:
        """Whether it was closed, or has broken."""
        return self._is_closing or self._error is not None

    def close(self) -> None:
        """Close, once the modem has what was written; `wait_closed` waits for that."""
        if not self._is_closing:
            self._is_closing = True
            self._closing_ms = self._link.now_ms()
            self._news.set()
            self._moved.set()

    async def wait_closed(self) -> None:
        """Wait until it is closed, a few minutes at the most.

        Raises when bytes that were written have not left.
        """
        while self._is_open:
            self._moved.clear()
            await self._moved.wait()
        if self._send_error is not None:
            raise self._send_error

    def get_extra_info(self, name: str, default: "Any" = None) -> "Any":
        """(host, port) for "peername"; `default` for everything else."""
        return self.peer if name == "peername" else default

    # The task.

    def start(self) -> None:
        """Start to move bytes; called once, when the connection is open."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while not self._is_over():
                await self._step()
        except ModemError as error:
            self._error = self._error or error
        except Exception as error:  # noqa: BLE001 - no reader may be left waiting
            self._error = ModemError("the stream failed: %r" % error)
        if self._outgoing and self._send_error is None:
            self._send_error = self._error or self._link.error_of(
                SendFailed, "%r was closed with %d bytes unsent" % (self, len(self._outgoing))
            )
        self._moved.set()  # nobody waits until a modem that may be silent has closed it
        await self._give_back()
        self._is_open = False
        self._moved.set()

    async def _give_back(self) -> None:
        """Free the modem's socket, unless it is another's by now."""
        is_gone = self._is_freed or isinstance(self._error, (ModemReset, PdpLost))
        if not is_gone and self._link.error is None and self._is_owner():
            try:
                await self._hooks.close_socket(self._link, self.socket_id)
            except ModemError:
                pass
        self._modem.release(self)

    def _is_owner(self) -> bool:
        return self._modem.sockets.get(self.socket_id) is self

    def _is_over(self) -> bool:
        if self._error is None and self._link.error is not None:
            self._error = self._link.error
        if self._error is not None:
            return True
        if not self._is_closing:
            return False
        # What cannot be sent does not hold up the end.
        is_late = self._link.now_ms() - self._closing_ms >= FLUSH_MS
        return is_late or not self._outgoing or self._send_error is not None

    async def _step(self) -> None:
        self._news.clear()
        now_ms = self._link.now_ms()
        due_ms = now_ms + LONGEST_POLL_MS
        is_moving = False
        if self._outgoing and self._send_error is None:
            if now_ms >= self._send_due_ms:
                is_moving = True
                await self._push()
            due_ms = min(due_ms, self._send_due_ms)
        room = max(READ_AHEAD, self._wanted) - len(self._incoming)
        if room > 0 and not (self._is_closing or self._is_ended):
            look_ms = self._read_due_ms if self._may_have_data else self._poll_due_ms
            if now_ms >= look_ms:
                is_moving = True
                await self._pull()
            due_ms = min(due_ms, look_ms)
        if not is_moving:
            if self._is_closing:
                due_ms = min(due_ms, self._closing_ms + FLUSH_MS)
            await wait_event(self._news, due_ms - now_ms)

    async def _push(self) -> None:
        data = bytes(self._outgoing[: self._hooks.profile.max_datagram])
        try:
            if self._is_freed or not self._is_owner():
                raise self._link.error_of(SocketDead, "%r is closed" % self)
            count = await self._hooks.send(self._link, self, data)
        except CommandFailed as error:
            if without_connection_id(error.final) != "SEND FAIL":
                message = "%r took no more bytes (%s)" % (self, error.final)
                self._stop_sending(self._link.error_of(SocketDead, message))
                return
            count = 0
        except SocketDead as error:
            self._stop_sending(error)
            return
        if count:
            self._stalls = 0
            self._outgoing = self._outgoing[count:]
            if not self._outgoing:
                self._moved.set()
            return
        # The buffer of the modem is full, because the peer or the radio takes nothing.
        now_ms = self._link.now_ms()
        if not self._stalls:
            self._stalled_ms = now_ms
        elif now_ms - self._stalled_ms >= STALL_MS:
            message = "the modem took no byte of %r for %d s" % (self, STALL_MS // 1000)
            raise self._link.error_of(SendFailed, message)
        wait_ms = SEND_RETRY_MS[min(self._stalls, len(SEND_RETRY_MS) - 1)]
        self._send_due_ms = now_ms + wait_ms
        self._stalls += 1

    def _stop_sending(self, error: ModemError) -> None:
        """Nothing more goes out; what the peer sent before can still be read."""
        self._send_error = error
        self._poll_due_ms = 0
        self._moved.set()

    async def _pull(self) -> None:
        is_poll = not self._may_have_data
        is_told, was_empty = self.is_told, self._is_empty
        self._may_have_data = False
        self._is_empty = True  # unless it tells of more meanwhile
        if not self._is_owner():
            raise self._link.error_of(SocketDead, "%r was closed, and its id used again" % self)
        try:
            data = await self._hooks.receive(self._link, self)
        except CommandFailed as error:
            if self._error is not None:
                return
            self._is_empty = was_empty and self._is_empty
            if is_told and self._is_empty:
                await self._conclude()
                return
            self._refusals += 1
            if self._refusals > 1:
                message = "%r refused to be read (%s)" % (self, error.final)
                raise self._link.error_of(SocketDead, message)
            self._may_have_data = True
            self._read_due_ms = self._link.now_ms() + READ_RETRY_MS
            return
        self._refusals = 0
        now_ms = self._link.now_ms()
        if data:
            self._incoming.extend(data)
            self._is_empty = self._is_empty and self._hooks.announces_each
            self._poll_ms = self._hooks.profile.poll_ms
            self._may_have_data = True
            self._moved.set()
        elif data is not None:  # the peer's close, by reading
            self._end()
        elif is_told:
            await self._conclude()
        else:
            if is_poll and await self._hooks.is_closed(self._link, self):
                # Not heard: read once more, as its last bytes may have come in between.
                self.is_told = self._may_have_data = True
            if is_poll and self._hooks.profile.tells_arrivals:
                self._poll_ms = min(2 * self._poll_ms, LONGEST_POLL_MS)
        self._poll_due_ms = now_ms + self._poll_ms

    async def _conclude(self) -> None:
        latest = self._modem.registrations
        if latest.registered is None and latest.stat is not None:
            # The modem may have closed it for that, with the words of an orderly close (GM02S).
            message = "%r was closed, and the network is lost" % self
            raise self._link.error_of(SocketDead, message)
        await self._hooks.conclude(self._link, self)
        self._end()

    def _end(self) -> None:
        self._is_ended = True
        if self._is_freed:
            self._modem.release(self)
        self._moved.set()
