"""A datagram port that protects another one with DTLS (asyncio).

    port = DtlsPort(await modem.open_datagram(host, 5684), identity, key, parameters=LTE_M)
    await port.connect()
    client = CoapClient(port)

With a `store` (`nce.slots.Slots`, or anything with `load()` and `save(data)`) the session outlives
a sleep and a reboot: `connect` then continues or resumes it. A store that fails stops nothing:
where the next record numbers cannot be reserved, a handshake begins a session that is not stored
and may use every number.
"""

import os
import sys

from nce.clock import now_ms as default_now_ms
from nce.dtls.client import ApplicationData, Client, Failed
from nce.dtls.errors import SessionClosed
from nce.dtls.parameters import DEFAULT, MOST_SEALINGS
from nce.dtls.primitives import sha256
from nce.dtls.suites import PSK_AES_128_CCM_8

if 1 - 1:
    from nce.dtls.parameters import Parameters
    from nce.dtls.suites import Suite
    from nce.seams import Any, DatagramPort, NowMs, RandomBytes, Sequence, Store


# Datagrams received between calls of `receive`; the oldest go first.
_MOST_WAITING = 8


class DtlsPort:
    """The protected port; its `client` counts bytes and retransmissions.

    `random_bytes` defaults to `os.urandom`, `now_ms` to `nce.clock.now_ms`; `suites`,
    `connection_id` and `ticket` are as for `nce.dtls.client.Client`. A live session is taken from
    the store when it has a Connection ID, or when `same_address` says that the server sees the
    address and port of before; else it is resumed by a short handshake.
    """

    def __init__(
        self,
        port: "DatagramPort",
        identity: "str | bytes",
        key: bytes,
        random_bytes: "RandomBytes | None" = None,
        parameters: "Parameters" = DEFAULT,
        now_ms: "NowMs | None" = None,
        suites: "Sequence[Suite]" = (PSK_AES_128_CCM_8,),
        connection_id: bool = False,
        ticket: bool = False,
        store: "Store | None" = None,
        same_address: bool = False,
    ) -> None:
        self._port = port
        self._now_ms = now_ms or default_now_ms
        self._waiting: "list[bytes]" = []
        self._error: "Exception | None" = None
        self._store: "Any" = store
        self._same_address = same_address
        self._saved: "bytes | None" = b""
        self.is_new = False  # its keys come from a handshake of this port
        self._client_arguments = (
            identity,
            key,
            random_bytes or os.urandom,
            parameters,
            port.max_datagram,
            suites,
            connection_id,
            ticket,
        )
        self.client = Client(*self._client_arguments)

    @property
    def max_datagram(self) -> int:
        """The most bytes that `send` takes: 29 less than the port beneath for CCM_8."""
        return self.client.max_data

    @property
    def position(self) -> int:
        """A number that begins at random with a session and grows with each record that is sent.
        In a restored session it goes on from there, and never back."""
        client = self.client
        return int.from_bytes(sha256(client.key_block)[:2], "big") + client.records.sequences[1]

    async def connect(self) -> None:
        """Do the handshake, or continue the session of the store without one.

        Raises `HandshakeRefused`, `HandshakeBroken`, `HandshakeTimeout` or the port's `OSError`.
        Bounded by the parameters: see `nce.dtls.parameters`.
        """
        if self._store is not None:
            from nce.dtls.saved import restore

            self._saved = saved = self._store.load() or b""
            if restore(self.client, saved, self._same_address):
                await self._reserve()
                return
        await self._handshake()
        if self._store is not None:
            try:
                # First something else: a store that fails has then seen nothing of this session,
                # which may use every number.
                self._saved = None
                self._write(b"")
                self.save()
            except OSError:
                pass  # `nce.watched` reports it; the session goes on without a store

    def save(self, ahead: int = 64) -> None:
        """Keep the session in the store; right before a sleep, with `ahead=0`.

        The port does this itself when the session begins, and after every `ahead` records. Raises
        the store's `OSError`.
        """
        if self._store is not None:
            from nce.dtls.saved import save

            save(self.client, ahead, self._write)

    async def send(self, data: bytes) -> None:
        """Send one datagram. Raises `SessionClosed`, `RecordTooLarge`, the port's `OSError`."""
        for tries_left in range(MOST_SEALINGS - 1, -1, -1):
            self._check()
            if self.client.must_save:
                await self._reserve()
            self.client.send(data)
            try:
                await self._flush()
                return
            except OSError as error:
                if not tries_left or not getattr(error, "seal_again", False):
                    raise

    async def receive(self, timeout_ms: int) -> "bytes | None":
        """One datagram, or None when none came in time. Raises `SessionClosed` when it is over."""
        deadline_ms = self._now_ms() + timeout_ms
        while not self._waiting:
            self._check()
            left_ms = max(0, deadline_ms - self._now_ms())
            datagram = await self._port.receive(left_ms)
            await self._take(datagram)
            if datagram is None or not left_ms:
                break  # also when datagrams without data keep coming
        return self._waiting.pop(0) if self._waiting else None

    async def close(self, notify: bool = False, forget: bool = False) -> None:
        """Close the port beneath; never raises.

        With `notify` the server is told; without, it keeps the session for our return. With
        `forget` the next session begins with a handshake; for a server that answers no more.
        """
        if self._error is None:
            self._error = SessionClosed("the DTLS session was closed here: connect again")
        try:
            if notify:
                self.client.close()
                await self._flush()
            if forget:
                self.client.stop()
            self.save(0)
        except OSError:
            pass  # the bearer is gone, and the session with it
        finally:
            await self._port.close()

    def _write(self, data: bytes) -> None:
        if data != self._saved:
            self._saved = None  # if the write fails, nobody knows what the store holds
            self._store.save(data)
            self._saved = data

    async def _reserve(self) -> None:
        try:
            self.save()
        except OSError:
            self.client = Client(*self._client_arguments)
            await self._handshake()

    async def _handshake(self) -> None:
        client = self.client
        client.start(self._now_ms())
        await self._flush()
        while not client.is_connected:
            deadline_ms: "Any" = client.next_timeout()
            datagram = await self._port.receive(max(0, deadline_ms - self._now_ms()))
            await self._take(datagram)
        self.is_new = True
        if sys.implementation.name == "micropython":
            self._unload()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    async def _take(self, datagram: "bytes | None") -> None:
        now_ms = self._now_ms()
        events = self.client.handle_timeout(now_ms)
        if datagram is not None:
            events = self.client.receive_datagram(datagram, now_ms) + events
        for event in events:
            if isinstance(event, ApplicationData):
                self._waiting = self._waiting[1 - _MOST_WAITING :]
                self._waiting.append(event.data)
            elif isinstance(event, Failed):
                self._error = event.error
                try:
                    self.save()
                except OSError:
                    pass  # the session's error is the one to raise
        await self._flush()
        if not self._waiting:
            self._check()

    def _unload(self) -> None:
        """Give back the heap of what only a handshake needs."""
        package = sys.modules["nce.dtls"]
        for name in ("negotiation", "handshake", "reassembly"):
            if sys.modules.pop("nce.dtls." + name, None) is not None and hasattr(package, name):
                delattr(package, name)

    async def _flush(self) -> None:
        for datagram in self.client.datagrams_to_send():
            await self._port.send(datagram)
