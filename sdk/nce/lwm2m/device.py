"""A device that LwM2M servers manage: from power-on to registered, and on.

    from nce.lwm2m.sensors import Temperature

    async with Lwm2mDevice(modem, [Temperature(read_celsius)], key=b"...") as device:
        await device.send([(3303, 0)])
        await asyncio.sleep(86_400)     # servers read, write, execute and observe meanwhile

`bearer` is a modem, or anything with `attach()` and `open_datagram(host, port)`. The device asks
1NCE's bootstrap server, over DTLS with the key that the customer set for LwM2M, or by plain CoAP;
then it registers where that says, and goes on by the rules of `nce.lwm2m.client`, whatever fails.
`async with` returns when it is registered. Objects may have

| a coroutine function | is called |
|---|---|
| `refresh()` | each `refresh_s`; with an attribute `needs_radio` only while the modem is awake |
| `run(open_port)` | once, at the start, and goes on beside: downloads, say |

With `store` and `session_store` (`nce.slots.Slots`) a restart, also by a deep sleep, costs neither
a bootstrap nor a registration, and where the server keeps sessions no handshake.
"""

import asyncio
import os
import sys

from nce.clock import now_ms
from nce.const import const
from nce.errors import NetworkError, UsageError
from nce.lwm2m import events
from nce.lwm2m.device_ports import Ports
from nce.lwm2m.model import Creatable, Instance
from nce.lwm2m.rooms import SELDOM, unload

if 1 - 1:
    from nce.lwm2m.events import Event
    from nce.lwm2m.server import Server
    from nce.seams import (
        Any,
        Awaitable,
        Bearer,
        Mapping,
        RandomBytes,
        Sequence,
        Store,
        Tell,
    )

HOST = "lwm2m.os.1nce.com"
ENDPOINT_DIGITS = 19  # of the ICCID: what 1NCE calls a device
_TLV = const(11542)
_LONGEST_WAIT_MS = const(3_600_000)  # MicroPython's ticks count 6 days


class Lwm2mDevice(Ports):
    """See above.

    key: the secret of the bootstrap server; `identity` is the endpoint's name, unless it is given.
        With `transport="coap"` there is none. Objects that have an instance of object 0 bring
        their own servers, and then both are nothing.
    endpoint_name: None for the first 19 digits of the SIM's ICCID, which is what 1NCE knows.
    store: keeps registrations, observations and what the bootstrap brought; it has keys in it.
        slept_ms: how long ago that was saved; None when nobody knows.
    session_store: keeps the DTLS session with the server that manages the device.
    power_saving: something with `sleep(limit_ms)` and `wake()`, such as
        `nce_modem.power_saving.PowerSaving`, for the time when queue mode lets the radio rest.
    keeps_ports: the modem's sockets outlive that.
    on_event: called with the events of `nce.lwm2m.events`.
    engine: more keywords of `Lwm2mClient`, such as `is_queue_mode`; `preferred_format` is TLV
        unless it is given.
    """

    def __init__(
        self,
        bearer: "Bearer",
        objects: "Sequence[Instance | Creatable]" = (),
        *,
        transport: str = "coaps",
        key: "bytes | None" = None,
        identity: "str | None" = None,
        host: str = HOST,
        endpoint_name: "str | None" = None,
        store: "Store | None" = None,
        slept_ms: "int | None" = None,
        session_store: "Store | None" = None,
        power_saving: "Any" = None,
        keeps_ports: bool = False,
        refresh_s: int = 60,
        register_limit_s: int = 900,
        random_bytes: "RandomBytes | None" = None,
        on_event: "Tell | None" = None,
        dtls_options: "Mapping[str, Any] | None" = None,
        **engine: "Any",
    ) -> None:
        if transport not in ("coaps", "coap"):
            raise UsageError("a transport is coaps or coap, not %r" % transport)
        self._brings_servers = any([one.definition.number == 0 for one in objects])
        if transport == "coaps" and not key and not self._brings_servers:
            raise UsageError("coaps needs the key that was set for LwM2M: Lwm2mDevice(key=...)")
        self._bearer: "Any" = bearer
        self._objects = list(objects)
        self._is_secure = transport == "coaps"
        self._key, self._identity = key, identity
        self._host = host
        self._endpoint_name = endpoint_name
        self._store = store
        self._slept_ms = slept_ms
        self._session_store = session_store
        self._sessions: "dict[Server, Any]" = {}
        self._power_saving = power_saving
        self._keeps_ports = keeps_ports
        self._refresh_ms = refresh_s * 1000
        self._refresh_due_ms = 0
        self._limit_s = register_limit_s
        self._random_bytes = random_bytes or os.urandom
        self._on_event = on_event
        self._dtls_options: "dict[str, Any]" = {"connection_id": session_store is not None}
        self._dtls_options.update(dtls_options or {})
        self._engine: "dict[str, Any]" = {
            "bootstraps_on_connect": not self._brings_servers,
            # Half the bytes of SenML CBOR or less: its records have their paths in text. 1NCE's
            # blueprints have it, too.
            "preferred_format": _TLV,
        }
        self._engine.update(engine)
        self.client: "Any" = None  # the `Lwm2mClient`, once it is started
        self._ports: "dict[Server, Any]" = {}
        self._readers: "dict[Server, Any]" = {}
        self._tasks: "list[Any]" = []
        self._unjudged: "list[Any]" = []
        self._sent: "dict[int, list[Any]]" = {}  # handle -> [event, code]
        self._stirred = asyncio.Event()
        self._registered = asyncio.Event()
        self._rested = asyncio.Event()
        self._turn = asyncio.Lock()  # of sending
        self._life: "Any" = None  # of the bearer's attachment
        self._is_asleep = False
        self._wants_sleep = False
        self._last_error: "Exception | None" = None

    async def __aenter__(self) -> "Lwm2mDevice":
        try:
            await self.start()
            await self.registered(self._limit_s)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Begin; the rest goes on beside. Raises what attaching raises, while the endpoint's name
        has to be asked for."""
        if self.client is None:
            from nce.lwm2m import starting

            await starting.start(self)
            del starting
            # Tables too, that were read once; what has been built of them stays.
            tables = [
                name[10:] for name in list(sys.modules) if name.startswith("nce.lwm2m.objects.")
            ]
            unload(" ".join(["starting"] + tables))

    def _judge(self) -> None:
        """Tell the objects that want to know whether all servers are met over DTLS."""
        for one in self._unjudged:
            one.is_secure = all([server.is_secure for server in self.client.servers])

    # --- what a program calls ---

    async def registered(self, limit_s: int) -> None:
        """Wait for a registration. Raises `NetworkError` when there is none in time."""
        try:
            await asyncio.wait_for(wait(self._registered), limit_s)
        except asyncio.TimeoutError:
            raise NetworkError(
                "not registered within %d s; the last trouble: %s" % (limit_s, self._last_error)
            )

    async def send(self, what: "Sequence[Any]", limit_s: int = 300) -> int:
        """Send values unasked: paths such as (3303, 0), or entries of earlier times; see
        `Lwm2mClient.send`. The answer's code, of success. Raises `PeerError` when the server said
        no, `NetworkError` without an answer, `UsageError` when no server takes it."""
        from nce.lwm2m import device_send

        return await device_send.send(self, what, limit_s)

    def update(self) -> None:
        """Update the registrations now."""
        self._take(self.client.update(now_ms()))
        self._stirred.set()

    async def asleep(self, limit_s: int) -> "int | None":
        """Wait until the device rests (queue mode); in how many milliseconds it wants to wake,
        None for never. All that a deep sleep needs is in the stores then. Raises `NetworkError`
        when it does not come to rest."""
        try:
            await asyncio.wait_for(wait(self._rested), limit_s)
        except asyncio.TimeoutError:
            raise NetworkError("it did not come to rest within %d s" % limit_s)
        due_ms = self.client.next_timeout()
        return None if due_ms is None else max(0, due_ms - now_ms())

    async def close(self, deregister: bool = False) -> None:
        """Give the sockets back; what the stores keep goes on at the next start. With `deregister`
        servers are told, and nothing is kept."""
        from nce.lwm2m import ending

        await ending.close(self, deregister)

    # --- the engine's time ---

    async def _run(self) -> None:
        while True:
            try:
                await self._go_on()
            except Exception as error:  # noqa: BLE001 - a lack of memory ends no device
                self._tell(events.Event(events.FAILED, None, error))
                await asyncio.sleep(1)

    async def _go_on(self) -> None:
        client = self.client
        while True:
            at_ms = now_ms()
            wait_ms = min(_LONGEST_WAIT_MS, self._refresh_due_ms - at_ms)
            due_ms = client.next_timeout()
            if due_ms is not None:
                wait_ms = min(wait_ms, due_ms - at_ms)
            if wait_ms > 0:
                try:
                    await asyncio.wait_for(wait(self._stirred), wait_ms / 1000)
                except asyncio.TimeoutError:
                    pass
            self._stirred.clear()
            await self._refresh_if_due()
            self._take(client.handle_timeout(now_ms()))
            await self._flush()
            if self._wants_sleep:
                await self._sleep()

    async def _refresh_if_due(self, has_radio: bool = False) -> None:
        """Ask the objects for new values; those that need the radio in any case with
        `has_radio`, which a port that was opened has."""
        is_due = now_ms() >= self._refresh_due_ms
        if is_due:
            self._refresh_due_ms = now_ms() + self._refresh_ms
            if self._registered.is_set() and not self._is_asleep:
                # Bootstrap and handshakes have the modem, and the heap, to themselves.
                has_radio = has_radio or not any(
                    [one.is_connecting for one in self.client.servers]
                )
        for one in self._objects:
            refresh = getattr(one, "refresh", None)
            if refresh is None or not (
                has_radio if getattr(one, "needs_radio", False) else is_due
            ):
                continue
            try:
                await refresh()
            except Exception as error:  # noqa: BLE001 - a sensor's code may raise anything
                path = (one.definition.number, getattr(one, "number", 0))
                self._tell(events.Event(events.HANDLER_FAILED, None, (path, error)))

    def _take(self, told: "list[Event]") -> None:
        for event in told:
            kind = event.kind
            server: "Any" = event.server
            if kind == events.CONNECT:
                self._readers[server] = self._begin(self._open(server), False)
            elif kind == events.DISCONNECT:
                self._begin(self._close(server, True), False)
            elif kind == events.BOOTSTRAPPED:
                unload("bootstrap " + SELDOM)
            elif kind == events.SLEEP:
                self._wants_sleep = True
            elif kind == events.REGISTERED:
                unload(SELDOM)
                self._registered.set()
                self._judge()
            elif kind == events.DEREGISTERED:
                self._registered.clear()
            elif kind == events.SENT and event.detail[0] in self._sent:
                waiting = self._sent[event.detail[0]]
                waiting[1] = event.detail[1]
                waiting[0].set()
            elif kind == events.FAILED:
                self._last_error = event.detail
            if kind != events.SLEEP:
                self._tell(event)
        if told:
            self._stirred.set()

    def _tell(self, event: "Event") -> None:
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception as error:  # noqa: BLE001 - it ends no device
                print("on_event: %r" % error)

    def _begin(self, work: "Awaitable[None]", is_kept: bool = True) -> "Any":
        task = asyncio.create_task(self._guarded(work))
        if is_kept:
            self._tasks = [one for one in self._tasks if not one.done()]
            self._tasks.append(task)
        return task

    async def _guarded(self, work: "Awaitable[None]") -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - nobody awaits this task
            self._last_error = error
            self._tell(events.Event(events.FAILED, None, error))

    # --- sleep ---

    async def _sleep(self) -> None:
        from nce.lwm2m import resting

        await resting.sleep(self)

    def _keep(self) -> None:
        if self._store is not None:
            try:
                self._store.save(self.client.save(now_ms()))
            except OSError as error:
                self._tell(events.Event(events.FAILED, None, error))


async def wait(event: "asyncio.Event") -> None:
    """Wait for an event; a coroutine that may be bounded, on MicroPython too."""
    await event.wait()
