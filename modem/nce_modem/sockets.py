"""Datagram sockets of the modem: the port that CoAP, DTLS and plain UDP stand on.

    port = await modem.open_datagram("udp.os.1nce.com", 4445)
    await port.send(b"hello")
    reply = await port.receive(5000)

A socket belongs to the run of the modem it was opened in: once the modem restarts or the network
takes the bearer, its next use raises.
"""

import asyncio

from nce_modem.errors import (
    CommandFailed,
    DatagramTooLarge,
    ModemError,
    ModemReset,
    PdpLost,
    SendFailed,
    SocketDead,
    UsageError,
)
from nce_modem.link import wait_event

# SEND FAIL means that the modem's buffer was full and nothing left: try again after these.
SEND_RETRY_MS = (200, 500, 1000, 2000)
PUSHED_LIMIT = 8  # datagrams kept for a reader that does not come


class DatagramSocket:
    """One connected UDP socket; `send`, `receive`, `close`, `max_datagram`."""

    def __init__(self, link, family, socket_id, peer, generation):
        self.socket_id = socket_id
        self.max_datagram = family.max_datagram
        self.generation = generation
        self._link = link
        self._family = family
        self._peer = peer
        self._error: "ModemError | None" = None  # why it is dead
        self._is_open = True
        self._may_have_data = True
        self._pushed = []
        self._woken = asyncio.Event()
        self.on_close = None

    def __repr__(self):
        return "DatagramSocket(%d, %s:%d)" % (self.socket_id, self._peer[0], self._peer[1])

    # Told by the modem.

    def on_data(self, payload):
        """The modem holds data for this socket, or (direct push) handed them over."""
        if payload is None:
            self._may_have_data = True
        elif len(self._pushed) < PUSHED_LIMIT:
            self._pushed.append(payload)
        self._woken.set()

    def on_dead(self, kind, message):
        """The socket is no more; the next use raises `kind`. Returns that error."""
        error = self._error
        if error is None:
            error = self._error = self._link.error_of(kind, "%r %s" % (self, message))
        self._woken.set()
        return error

    def _check(self):
        if self._error is not None:
            raise self._error
        if not self._is_open:
            raise UsageError("%r was closed by its owner; open a new one" % self)
        if self._link.error is not None:
            raise self._link.error

    # Used by the owner.

    async def send(self, data):
        """Send one datagram.

        Raises `DatagramTooLarge`, `SendFailed` (it has not left), `CommandTimeout` (it may have),
        `SocketDead`, `PdpLost`, `ModemReset`.
        """
        self._check()
        if len(data) > self.max_datagram:
            raise DatagramTooLarge(
                "a datagram of %d bytes exceeds the modem's %d; split it"
                % (len(data), self.max_datagram)
            )
        if not data:
            raise UsageError("the modem cannot send an empty datagram")
        for delay_ms in SEND_RETRY_MS + (None,):
            try:
                await self._family.send(self._link, self.socket_id, bytes(data))
                return
            except CommandFailed as error:
                self._check()
                if error.final != "SEND FAIL":
                    # The modem says that there is no such connection.
                    raise self.on_dead(SocketDead, "refused a datagram (%s)" % error.final)
            if delay_ms is not None:
                await asyncio.sleep(delay_ms / 1000)
                self._check()
        raise self._link.error_of(
            SendFailed,
            "%r took no datagram in %d tries (SEND FAIL); try later"
            % (self, len(SEND_RETRY_MS) + 1),
        )

    async def receive(self, timeout_ms):
        """The next datagram, or None when none came within `timeout_ms`."""
        deadline_ms = self._link.now_ms() + timeout_ms
        while True:
            self._check()
            if self._pushed:
                return self._pushed.pop(0)
            self._woken.clear()
            if self._may_have_data:
                # One URC stands for all that follows until the modem's buffer was found empty.
                self._may_have_data = False
                data = await self._read()
                if data is not None:
                    self._may_have_data = True
                    return data
                continue
            left_ms = deadline_ms - self._link.now_ms()
            if left_ms <= 0:
                return None
            poll_ms = self._family.poll_ms
            if not await wait_event(self._woken, min(left_ms, poll_ms)) and left_ms > poll_ms:
                self._may_have_data = True  # the URC may have been lost: ask

    async def _read(self):
        try:
            return await self._family.read(self._link, self.socket_id)
        except CommandFailed as error:
            self._check()
            raise self.on_dead(SocketDead, "refused to be read (%s)" % error.final)

    async def close(self):
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
        if self.on_close is not None:
            self.on_close(self)
