"""A cellular modem on a board's UART: power on, attach, open datagram ports.

    modem = Modem(board, on_event=print)
    await modem.power_on()
    await modem.attach()
    port = await modem.open_datagram("udp.os.1nce.com", 4445)

After a restart of the modem (`ModemReset`) or a loss of the bearer (`PdpLost`), `attach()` brings
everything up again; sockets opened before stay dead.
"""

import asyncio
import gc
import sys

from nce_modem import progress
from nce_modem.at.masking import mask
from nce_modem.errors import CommandTimeout, ModemError, ModemReset, PdpLost, SocketDead
from nce_modem.families.family import CLOSED, CONTEXT_LOST, DATA
from nce_modem.link import Link
from nce_modem.pace import Pace
from nce_modem.registration import PREFIXES, Registrations
from nce_modem.sockets import DatagramSocket

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Any,
        Board,
        ByteStream,
        Callable,
        Clock,
        Coroutine,
        Family,
        ModemSocket,
        Note,
        OpeningHooks,
        Peer,
        S,
        TlsOptions,
        UnconnectedSocket,
        Unpack,
        Urc,
    )


# The modules that attaching needs, and its failures; a network that refuses comes and goes.
ATTACHING = "attach registering search recovery diagnosis advice at.parameter"


class Modem:
    """One modem; `generation` counts the restarts seen, `address` is the device's IP address.

    `iccid` is the whole number of the SIM card, as text of digits, None before `attach` has read
    it (events, errors and transcripts have it masked).
    Powering on asks the modem which family it is, unless `family` names one: an object such as
    `BG95`, or its name, "bg95". `limits_ms` replaces the bound of attach steps by name:
    `{"registration": 600_000}` ("update": of waking from PSM, before that counts as an attach).
    `rats` (of "LTE-M", "NB-IoT", "GSM"; Cat 1: "LTE", "UMTS", "GSM") and `bands` restrict the
    search; left out, the modem's own choice stays. `keeps_psm` leaves an earlier run's request for
    PSM in force; otherwise powering on takes it back, as the modem may fall asleep unasked.
    """

    def __init__(
        self,
        board: "Board",
        family: "Family | str | None" = None,
        apn: str = "iot.1nce.net",
        now_ms: "Clock | None" = None,
        on_event: "Callable[[Any], object] | None" = None,
        limits_ms: "dict[str, int] | None" = None,
        rats: "tuple[str, ...]" = (),
        bands: "tuple[int, ...]" = (),
        keeps_psm: bool = False,
    ) -> None:
        self._is_unknown = family is None
        if family is None:
            from nce_modem.detect import ANYONE as family
        elif isinstance(family, str):
            from nce_modem.families.named import family_named

            family = family_named(family)
        if now_ms is None:
            from nce_modem.clock import default_clock

            now_ms = default_clock()
        from nce_modem.at import parameter

        parameter.apn(apn)
        self.family: "Family" = family  # type: ignore[assignment]
        self.apn = apn
        self.now_ms = now_ms
        self.limits_ms = limits_ms or {}
        self.rats, self.bands = rats, bands
        self.keeps_psm = keeps_psm
        self.pace = Pace()
        self.generation = 0
        self.address: "str | None" = None
        self.model: "str | None"
        self.revision: "str | None"
        self.model = self.revision = None
        self.iccid: "str | None" = None  # whole, of the card that was found when attaching
        self.registrations = Registrations()
        self.registration_heard = asyncio.Event()
        self.context_is_stale = False
        self.link = Link(
            family,  # type: ignore[arg-type]
            self.now_ms,
            self._on_urc,
            self._on_reset,
            self._on_broken,
            self._on_other,
        )
        self.board = board
        self._on_event = on_event
        self.is_ready = False  # set up since the last restart
        self.is_off = False  # it announced that it switches off
        self.sockets: "dict[int, ModemSocket]" = {}  # that are open, by the modem's ids
        self._open_lock = asyncio.Lock()
        self._attach_lock = asyncio.Lock()

    def tell(self, event: object) -> None:
        """Hand a progress event to `on_event`."""
        if self._on_event is not None:
            self._on_event(event)

    @property
    def transcript(self) -> "list[str]":
        """The last lines of the conversation, masked."""
        return self.link.channel.transcript.lines()

    # Unsolicited results.

    def _on_urc(self, urc: "Urc") -> None:
        if urc.prefix in PREFIXES:
            self.registrations.update(urc.prefix, urc.text)
            self.registration_heard.set()
            return
        notice = self.family.notice(urc)
        if notice is None:
            line = "%s: %s" % (urc.prefix, urc.text) if urc.text else urc.prefix
            self.tell(progress.Noticed(mask(line)))
            return
        kind, number, payload = notice
        socket = self.sockets.get(number)
        if kind == CONTEXT_LOST:
            self._lose_sockets(PdpLost, "lost its bearer: the network ended the PDP context")
            self.address = None
            self.context_is_stale = True
            self.tell(progress.PdpDeactivated(number))
        elif kind == CLOSED:
            if socket is not None:
                socket.on_dead(payload or SocketDead, "was closed by the far end")
            self.tell(progress.Closed(number))
        elif kind == DATA and socket is not None:
            socket.on_data(payload)

    def _on_broken(self, error: ModemError) -> None:
        self.is_ready = False
        self.registration_heard.set()
        self._lose_sockets(type(error), "lost its line: %s" % error)

    def _on_other(self, event: "Note") -> None:
        # MicroPython 1.25 formats no named tuple.
        self.tell(progress.Noticed("ignored, %s: %s" % (event.kind, event.text)))

    def _on_reset(self, banner: str) -> None:
        profile = self.family.profile
        self.lose_everything(banner)
        if banner in profile.sleep_banners:
            self.pace.wakes_registered = True
        self.is_off = banner in profile.off_banners

    def lose_everything(self, what: str) -> None:
        """The modem restarted, or is about to: its sockets, bearer and settings are gone.

        what: the reason, for messages.
        """
        if self.is_ready:
            self.pace.wakes_registered = False  # no wake-up: it restarts, and attaches
        self.is_ready = self.is_off = False
        self.generation += 1
        self.address = None
        self.registrations.forget()
        self.context_is_stale = False
        self._lose_sockets(ModemReset, "was lost when the modem restarted (%s)" % what)
        self.tell(progress.Restarted(what))

    def _lose_sockets(self, kind: "type[ModemError]", message: str) -> None:
        for socket_id in list(self.sockets):
            self.sockets[socket_id].on_dead(kind, message)
        self.sockets = {}

    # Powering on.

    async def power_on(self) -> None:
        """Make the modem answer, by its power key when it is silent, and set it up.

        Raises `ModemSilent` when it never answers, `ModemReset` when it keeps restarting, and
        `UsageError` with the modem's own identification when its family is unknown.
        """
        async with self._attach_lock:
            await self._power_on()

    async def _power_on(self) -> None:
        await self.link.open(self.board)
        from nce_modem.power import run

        if self._is_unknown:
            from nce_modem.detect import identify

            await identify(self, run)
            self._is_unknown = False
            del identify
            self.unload("detect")
        await run(self)
        self.unload("power")
        self.is_ready = True
        self.tell(progress.PoweredOn(mask(self.model or ""), mask(self.revision or "")))

    # Attaching.

    async def attach(self) -> None:
        """Bring the IP bearer up; quick when it is up. Powers the modem on when necessary.

        Raises `AttachError`, `ModemSilent`, `LineClosed`; `ModemReset` when it keeps restarting.
        Called too early after failures it raises at once, with `retry_after_ms`. A cancelled
        attach leaves the modem as it is; the next one continues from there.
        """
        async with self._attach_lock:
            # A modem that woke a moment ago is attached; asked for once, as a try may have failed.
            is_up = self.link.memory.pop("up", 0) > self.now_ms() and self.is_ready
            if is_up and self.address and self.registrations.registered:
                return
            await self.pace.wait(self)
            for left in range(3, 0, -1):  # restarts of the modem, before this gives up
                is_powered = False
                try:
                    if self.is_ready and self.link.is_silent:
                        self.lose_everything("silence")
                    if not (self.is_ready and self.link.is_open):
                        await self._power_on()
                    is_powered = True
                    from nce_modem.attach import run

                    await run(self, left > 1)
                    self.pace.succeed()
                    del run
                    self.unload(ATTACHING)
                    return
                except ModemReset:
                    if left == 1:
                        raise
                except CommandTimeout:
                    if left == 1:
                        raise
                    self.is_ready = False  # perhaps restarted without a banner: set it up
                except ModemError:
                    # Silent even after the power key: nothing is left to try.
                    if left == 1 or not is_powered or not self.link.is_silent:
                        raise

    # Sockets.

    async def open_datagram(self, host: str, port: int) -> DatagramSocket:
        """A `DatagramSocket` to one peer, by name or dotted address.

        Raises `OpenFailed` when the modem cannot open it, and any error of the line.
        """
        return await self.open_socket(DatagramSocket, (host, port), 0)

    def open_unconnected(self, local_port: int = 0) -> "Coroutine[Any, Any, UnconnectedSocket]":
        """An `UnconnectedSocket`; raises `UsageError` when the family has none."""
        from nce_modem.unconnected import open_unconnected

        return open_unconnected(self, local_port)

    def open_connection(
        self, host: str, port: int, **secure: "Unpack[TlsOptions]"
    ) -> "Coroutine[Any, Any, tuple[ByteStream, ByteStream]]":
        """`(reader, writer)` of a TCP connection, as `asyncio.open_connection` gives them.

        See `nce_modem.streams`. With `ssl=context` it is TLS, for which `server_hostname` and
        `ssl_handshake_timeout` are, too: see `nce_modem.tls`. Raises `OpenFailed`, `UsageError`,
        and any error of the line.
        """
        from nce_modem.streams import open_connection

        return open_connection(self, host, port, **secure)

    async def resolve(self, name: str) -> str:
        """The dotted address of a name; raises `OpenFailed`, `UsageError` for an invalid name."""
        from nce_modem.at import parameter

        parameter.host(name)
        async with self._open_lock:
            return await self.family.resolve(self.link, name)

    async def open_socket(
        self,
        kind: "type[S]",
        peer: "Peer | None",
        local_port: int,
        family: "OpeningHooks | None" = None,
    ) -> "S":
        """Open a socket of class `kind`; the other methods and `nce_modem.secure` choose it."""
        async with self._open_lock:
            from nce_modem.opening import open_socket

            try:
                return await open_socket(self, kind, peer, local_port, family or self.family)
            finally:
                self.unload("opening at.parameter")

    def release(self, socket: "ModemSocket") -> None:
        """A socket was closed."""
        socket_id = socket.socket_id
        if self.sockets.get(socket_id) is socket:
            del self.sockets[socket_id]

    # Across a deep sleep of the host.

    def save_state(self) -> str:
        """A short text that `restore_state` needs after a deep sleep."""
        from nce_modem.kept_pace import save

        return save(self.pace, self.now_ms())

    def restore_state(self, text: str, slept_ms: int = 0) -> None:
        """Continue after a sleep of `slept_ms`: the pace of attaching is kept."""
        from nce_modem.kept_pace import restore

        restore(self.pace, text, self.now_ms(), slept_ms)
        del restore
        self.unload("kept_pace")

    async def close(self) -> None:
        """Close the line; sockets are dead. Never raises."""
        await self.link.close()

    def unload(self, names: str) -> None:
        """Give back the heap of modules that were needed for a while (MicroPython)."""
        if sys.implementation.name == "micropython":
            for name in names.split(" "):
                package, _dot, own = ("nce_modem." + name).rpartition(".")
                sys.modules.pop("nce_modem." + name, None)
                if hasattr(sys.modules[package], own):
                    delattr(sys.modules[package], own)
            gc.collect()
