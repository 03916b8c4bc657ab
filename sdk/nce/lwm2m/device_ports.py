"""The ports of an `Lwm2mDevice`: attach, open, secure, read, send, close; one for each server.

Each open port has a task that reads it. What the engine has to send goes out in one order.
"""

import asyncio

from nce.clock import now_ms
from nce.const import const
from nce.errors import NetworkError, UsageError
from nce.lwm2m.rooms import SELDOM, unload
from nce.lwm2m.server import PSK

if 1 - 1:
    from nce.lwm2m.events import Event
    from nce.lwm2m.server import Server
    from nce.seams import Any, Awaitable, DatagramPort

_READ_MS = const(60_000)


class _Memory:
    """A DTLS session between two lives of a port, while the program runs on."""

    data: "bytes | None" = None

    def load(self) -> "bytes | None":
        return self.data

    def save(self, data: bytes) -> None:
        self.data = data


class Ports:
    """The half of `Lwm2mDevice` that holds sockets."""

    if 1 - 1:
        client: "Any"
        _bearer: "Any"
        _dtls_options: "dict[str, Any]"
        _is_asleep: bool
        _life: "Any"
        _objects: "list[Any]"
        _ports: "dict[Server, Any]"
        _power_saving: "Any"
        _random_bytes: "Any"
        _readers: "dict[Server, Any]"
        _rested: asyncio.Event
        _session_store: "Any"
        _sessions: "dict[Server, Any]"
        _turn: asyncio.Lock

        def _take(self, told: "list[Event]") -> None: ...
        async def _refresh_if_due(self, has_radio: bool = False) -> None: ...

    async def open_port(self, host: str, port: int, is_secure: bool) -> "DatagramPort":
        """A port to another server, such as one of files: over DTLS with the key of the server
        that manages the device. Raises what the bearer and the handshake raise."""
        await self._attach()
        plain: "DatagramPort" = await self._bearer.open_datagram(host, port)
        if not is_secure:
            return plain
        for one in self.client.servers:
            if one.mode == PSK and not one.is_bootstrap:
                secure: "DatagramPort" = await self._secured(plain, one, _Memory())
                return secure
        await plain.close()
        raise UsageError("there is no key for coaps: no server of this device is met over DTLS")

    async def _attach(self) -> bool:
        """Whether the device has attached again, and begins by a bootstrap."""
        if self._is_asleep and self._power_saving is not None:
            await self._power_saving.wake()
        self._is_asleep = False
        self._rested.clear()
        await self._bearer.attach()
        # PSM restarts a modem, and it stays attached.
        has_psm = self._power_saving is not None
        generation = 0 if has_psm else getattr(self._bearer, "generation", 0)
        life = generation, getattr(self._bearer, "address", None)
        was, self._life = self._life, life
        if was is None or was == life or self.client is None:
            return False
        # The network knows the device by another address, perhaps (1NCE OS, LwM2M).
        self._take(self.client.reattached(now_ms()))
        return bool(self.client.bootstraps_on_connect)

    async def _open(self, server: "Server") -> None:
        try:
            if await self._attach() and not server.is_bootstrap:
                raise NetworkError("attached again: the bootstrap comes first")
            from nce.lwm2m.accounts import port_of

            place = port_of(server.uri)
            del port_of  # this frame lives as long as the port
            port = await self._bearer.open_datagram(*place)
            if server.is_secure:
                port = await self._secured(port, server, self._session_of(server))
        except Exception as error:  # noqa: BLE001 - a bearer may raise anything: it is tried again
            self._take(self.client.failed(server, error, now_ms()))
            return
        if server not in self.client.servers or not server.is_connecting:
            await port.close()  # it is not wanted any more
            return
        self._ports[server] = port
        await self._refresh_if_due(not server.is_bootstrap)
        self._take(self.client.connected(server, port.max_datagram, now_ms()))
        await self._flush()
        await self._read(server, port)

    async def _secured(self, port: "Any", server: "Server", store: "Any") -> "Any":
        from nce.dtls.session import DtlsPort

        secure = None
        try:
            secure = DtlsPort(
                port,
                server.identity,
                server.key,
                random_bytes=self._random_bytes,
                store=store,
                **self._dtls_options,
            )
            await secure.connect()
        except BaseException:  # a cancelled task gives its socket back, too
            await (secure or port).close()
            raise
        return secure

    def _session_of(self, server: "Server") -> "Any":
        servers = self.client.servers
        self._sessions = {one: self._sessions[one] for one in self._sessions if one in servers}
        if server not in self._sessions:
            is_first = not server.is_bootstrap and self._session_store is not None
            if is_first and self._session_store not in self._sessions.values():
                self._sessions[server] = self._session_store
            else:
                self._sessions[server] = _Memory()
        return self._sessions[server]

    async def _read(self, server: "Server", port: "Any") -> None:
        try:
            while self._is_open(server, port):
                data = await port.receive(_READ_MS)
                if data is not None and self._is_open(server, port):
                    self._count(len(data), False)
                    self._take(self.client.receive_datagram(server, data, now_ms()))
                    await self._flush()
                    if not server.is_bootstrap:  # one that writes, writes more
                        unload(SELDOM)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody reads this port any more
            await self._lost(server, port, error)

    async def _flush(self) -> None:
        async with self._turn:
            for server in list(self._ports):
                port = self._ports[server]
                try:
                    for datagram in self.client.datagrams_to_send(server):
                        self._count(len(datagram), True)
                        await port.send(datagram)
                except OSError as error:
                    await self._lost(server, port, error)

    def _is_open(self, server: "Server", port: object) -> bool:
        return self._ports.get(server) is port

    async def _lost(self, server: "Server", port: "Any", error: "Exception") -> None:
        if not self._is_open(server, port):
            return
        del self._ports[server]
        await port.close()
        self._take(self.client.failed(server, error, now_ms()))

    def _close(self, server: "Server", forgets: bool) -> "Awaitable[None]":
        # Now: the engine may want a new port in the same breath.
        port, reader = self._ports.pop(server, None), self._readers.pop(server, None)
        forgets = forgets and server.is_secure
        return self._end(port, reader, self.client.datagrams_to_send(server), forgets)

    async def _end(
        self, port: "Any", reader: "Any", last_words: "list[bytes]", forgets: bool
    ) -> None:
        async with self._turn:  # nothing is on its way out
            if reader is not None:
                reader.cancel()
            if port is None:
                return
            try:
                for datagram in last_words:
                    await port.send(datagram)
            except OSError:
                pass  # these were its last words
            # A server that is silent may have lost the session: the next one is a new one.
            await (port.close(forget=True) if forgets else port.close())

    def _count(self, size: int, is_sent: bool) -> None:
        for one in self._objects:
            if hasattr(one, "count"):
                one.count(size, is_sent)
