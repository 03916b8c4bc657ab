"""Datagram sockets of the modem: the port that CoAP, DTLS and plain UDP use.

    port = await modem.open_datagram("udp.os.1nce.com", 4445)
    await port.send(b"hello")
    reply = await port.receive(5000)

A socket belongs to the run of the modem it was opened in: once the modem restarts or the network
takes the bearer, its next use raises.
"""

import asyncio

from nce_modem.at.results import without_connection_id
from nce_modem.errors import CommandFailed, ModemError, ModemReset, PdpLost, SocketDead
from nce_modem.progress import Noticed
from nce_modem.waiting import wait_event

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem, Peer, Received, SocketHooks


# SEND FAIL means that the modem's buffer was full and nothing left: try again after these.
SEND_RETRY_MS = (200, 500, 1000, 2000, 0)
# ERROR without a number may be for a passing reason, and nothing was read.
READ_RETRY_MS = (500, None)
# Of a conversation, after a datagram went out: the URC of its answer may have been left out, where
# the modem held another datagram all the while.
ANSWER_MS = 2000


class DatagramSocket:
    """One UDP socket, connected to `peer`; `max_datagram` bounds the size of a datagram."""

    def __init__(
        self,
        modem: "Modem",
        socket_id: "int | None",
        peer: "Peer | None",
        local_port: int = 0,
        family: "SocketHooks | None" = None,
    ) -> None:
        self.socket_id: "Any" = socket_id
        self.peer: "Peer | None" = peer
        self.local_port = local_port
        self.generation = modem.generation
        self._modem = modem
        self._link = modem.link
        self._family: "SocketHooks" = family or modem.family  # or its secure sockets
        self.max_datagram = self._family.profile.max_datagram
        self._error: "ModemError | None" = None  # why it is dead
        self._is_open = True
        # Set by a URC, and by a datagram that was read, as more may wait behind it.
        self._may_have_data = True
        self._is_told = False  # by a URC
        self.was_told = False  # of the data that is being read
        # When the modem's buffer is read unasked; URCs get lost.
        self._due_ms = 0
        self._pushed: "list[Received]" = []
        self._woken = asyncio.Event()

    def __repr__(self) -> str:
        host, port = self.peer or ("*", self.local_port)
        return "DatagramSocket(%s, %s:%d)" % (self.socket_id, host, port)

    # Called by the modem.

    def on_data(self, payload: "bytes | None") -> None:
        """The modem holds data for this socket, or handed the data over (direct push)."""
        if payload is None:
            self._may_have_data = self._is_told = True
        elif len(self._pushed) < 8:  # the reader may never come
            self._pushed.append((payload, None))
        self._woken.set()

    def on_dead(self, kind: "type[ModemError]", message: str) -> ModemError:
        """The socket is dead; its next use raises `kind`. Returns that error."""
        error = self._error
        if error is None:
            error = self._error = self._link.error_of(kind, "%r %s" % (self, message))
        self._woken.set()
        return error

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if not self._is_open:
            from nce_modem.errors import UsageError

            raise UsageError("%r was closed by its owner; open a new one" % self)
        if self._link.error is not None:
            raise self._link.error

    # Called by the owner.

    async def send(self, data: bytes) -> None:
        """Send one datagram.

        Raises `DatagramTooLarge`, `SendFailed` (it has not left), `CommandTimeout` (it may have),
        `SocketDead`, `PdpLost`, `ModemReset`.
        """
        await self._send(data, self.peer)

    async def _send(self, data: bytes, peer: "Any", hook: "Any" = None) -> None:
        self._check()
        if len(data) > self.max_datagram or not data:
            from nce_modem.errors import DatagramTooLarge, UsageError

            if not data:
                raise UsageError("the modem cannot send an empty datagram")
            message = "a datagram of %d bytes exceeds the modem's %d; split it"
            raise DatagramTooLarge(message % (len(data), self.max_datagram))
        for delay_ms in SEND_RETRY_MS:
            try:
                await (hook or self._family.send)(self._link, self, bytes(data), peer)
                if self.peer is not None and not self._is_told:
                    # What comes next answers this, and tells of itself.
                    self._may_have_data = False
                    self._due_ms = self._link.now_ms() + ANSWER_MS
                return
            except CommandFailed as error:
                self._check()
                if without_connection_id(error.final) != "SEND FAIL":
                    # The modem says that there is no such connection.
                    raise self.on_dead(SocketDead, "refused a datagram (%s)" % error.final)
            await asyncio.sleep(delay_ms / 1000)
            self._check()
        from nce_modem.errors import SendFailed

        raise self._link.error_of(
            SendFailed, "the modem took no datagram for %r (SEND FAIL); try again later" % self
        )

    async def receive(self, timeout_ms: int) -> "bytes | None":
        """The next datagram, or None when none came within `timeout_ms`.

        A modem that never tells of arrivals is asked at the start, at the end and each `poll_ms`
        between; any other when it told of some, and each `poll_ms`, as URCs get lost. Nordic's
        first SLM takes a second to say that nothing is there.
        """
        found = await self._receive(timeout_ms)
        return None if found is None else found[0]

    async def _receive(self, timeout_ms: int) -> "Received | None":
        deadline_ms = self._link.now_ms() + timeout_ms
        poll_ms = self._family.profile.poll_ms
        if not self._family.profile.tells_arrivals:
            self._may_have_data = True
        while True:
            self._check()
            if self._pushed:
                return self._pushed.pop(0)
            self._woken.clear()
            now_ms = self._link.now_ms()
            # A URC may have been lost: look regularly, however short the waits are.
            if self._may_have_data or now_ms >= self._due_ms:
                # One URC announces all datagrams until the modem's buffer was found empty.
                self._may_have_data = False
                self.was_told, self._is_told = self._is_told, False
                found = await self._read()
                now_ms = self._link.now_ms()
                self._due_ms = now_ms + poll_ms
                if found is not None:
                    self._may_have_data = True
                    if self._is_from_peer(found[1]):
                        return found
                    if now_ms >= deadline_ms:
                        return None  # unknown senders may never stop
                continue
            if now_ms >= deadline_ms:
                return None
            is_told = await wait_event(self._woken, min(deadline_ms, self._due_ms) - now_ms)
            if not is_told and not self._family.profile.tells_arrivals:
                self._may_have_data = True

    def _is_from_peer(self, sender: "Peer | None") -> bool:
        if sender == ("", 0):  # as `parameter.sender` says of a broken one
            text = "%r dropped a datagram: the modem's line about its sender is broken" % self
            self._modem.tell(Noticed(text))
            return False
        return sender is None or self.peer is None or sender == self.peer

    async def _read(self) -> "Received | None":
        for delay_ms in READ_RETRY_MS:
            try:
                return await self._family.read(self._link, self)
            except CommandFailed as error:
                self._check()
                if error.code is not None or delay_ms is None:
                    raise self.on_dead(SocketDead, "refused to be read (%s)" % error.final)
            await asyncio.sleep(delay_ms / 1000)
        return None

    async def close(self) -> None:
        """Close and free the socket; never raises."""
        if not self._is_open:
            return
        self._is_open = False
        self._woken.set()
        if not isinstance(self._error, (ModemReset, PdpLost)) and self._link.error is None:
            try:
                await self._family.close_socket(self._link, self.socket_id)
            except ModemError:
                pass
        self._modem.release(self)
