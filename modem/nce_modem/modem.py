"""A cellular modem on a board's UART: power on, attach, open datagram ports.

    modem = Modem(board, family=BG95, on_event=print)
    await modem.power_on()
    await modem.attach()
    port = await modem.open_datagram("udp.os.1nce.com", 4445)

After a restart of the modem (`ModemReset`) or a loss of the bearer (`PdpLost`), `attach()` brings
everything up again; sockets of before stay dead.
"""

import asyncio

from nce_modem import attach, power, progress
from nce_modem.clock import default_clock
from nce_modem.errors import (
    CommandTimeout,
    ModemReset,
    ModemSilent,
    OpenFailed,
    PdpLost,
    SocketDead,
)
from nce_modem.families.family import ContextLost, DataReady, SocketLost, SocketOpened
from nce_modem.families.quectel import BG95
from nce_modem.link import Link, wait_event
from nce_modem.registration import PREFIXES, Registrations
from nce_modem.sockets import DatagramSocket

RESTARTS = 3  # that attaching puts up with before it gives up
OPEN_TRIES = 3


class Modem:
    """One modem; `generation` counts the restarts seen, `address` is the device's IP address.

    `limits_ms` replaces the bound of attach steps by name: `{"registration": 600_000}`.
    """

    def __init__(
        self, board, family=BG95, apn="iot.1nce.net", now_ms=None, on_event=None, limits_ms=None
    ):
        self.family = family
        self.apn = apn
        self.now_ms = now_ms or default_clock()
        self.limits_ms = limits_ms or {}
        self.generation = 0
        self.address = None
        self.model = self.revision = None
        self.registrations = Registrations()
        self.registration_heard = asyncio.Event()
        self.context_is_stale = False
        self.link = Link(
            family,
            self.now_ms,
            self._on_urc,
            self.lose_everything,
            self._on_broken,
            self._on_other,
        )
        self.board = board
        self._on_event = on_event
        self.is_ready = False  # set up since the last restart
        self.is_off = False  # it said that it switches off
        self._sockets = {}
        self._opening = {}
        self._open_lock = asyncio.Lock()
        self._attach_lock = asyncio.Lock()

    def tell(self, event):
        """Hand a progress event to `on_event`."""
        if self._on_event is not None:
            self._on_event(event)

    @property
    def transcript(self):
        """The last lines of the conversation, masked."""
        return self.link.channel.transcript.lines()

    # What the modem says unasked.

    def _on_urc(self, urc):
        if urc.prefix in PREFIXES:
            self.registrations.update(urc.prefix, urc.text)
            self.registration_heard.set()
            return
        notice = self.family.notice(urc)
        if isinstance(notice, SocketOpened):
            waiter = self._opening.get(notice.socket_id)
            if waiter is not None:
                waiter.resolve(notice.code)
        elif isinstance(notice, DataReady):
            if notice.socket_id in self._sockets:
                self._sockets[notice.socket_id].on_data(notice.payload)
        elif isinstance(notice, SocketLost):
            if notice.socket_id in self._sockets:
                self._sockets[notice.socket_id].on_dead(SocketDead, "was closed by the far end")
            self.tell(progress.Closed(notice.socket_id))
        elif isinstance(notice, ContextLost):
            self._lose_sockets(PdpLost, "lost its bearer: the network ended the PDP context")
            self.address = None
            self.context_is_stale = True
            self.tell(progress.PdpDeactivated(notice.cid))
        else:
            line = "%s: %s" % (urc.prefix, urc.text) if urc.text else urc.prefix
            self.tell(progress.Noticed(line))

    def _on_broken(self, error):
        self.is_ready = False
        self.registration_heard.set()
        for socket_id in list(self._sockets):
            self._sockets[socket_id].on_dead(type(error), "lost its line: %s" % error)
        self._sockets = {}

    def _on_other(self, event):
        self.tell(progress.Noticed(repr(event)))

    def lose_everything(self, banner):
        """The modem restarted, or is about to: what it held is gone."""
        self.is_ready = False
        self.is_off = banner in self.family.off_banners
        self.generation += 1
        self.address = None
        self.registrations.forget()
        self.context_is_stale = False
        self._lose_sockets(ModemReset, "went with the modem's restart (%s)" % banner)
        self.tell(progress.Restarted(banner))

    def _lose_sockets(self, kind, message):
        for socket_id in list(self._sockets):
            self._sockets[socket_id].on_dead(kind, message)
        self._sockets = {}

    # Powering on.

    async def power_on(self):
        """Get the modem to answer, by its power key when it is silent, and set it up.

        Raises `ModemSilent` when it never answers, `ModemReset` when it keeps restarting.
        """
        async with self._attach_lock:
            await self._power_on()

    async def _power_on(self):
        await self.link.open(self.board)
        await power.run(self)
        if not self._sockets:
            await self.family.close_stale_sockets(self.link)
        self.is_ready = True
        self.tell(progress.PoweredOn(self.model, self.revision))

    # Attaching.

    async def attach(self):
        """Bring the IP bearer up; quick when it is. Powers the modem on when it must.

        Raises `AttachError`, `ModemSilent`, `LineClosed`; `ModemReset` when it keeps restarting.
        """
        async with self._attach_lock:
            for left in range(RESTARTS, 0, -1):
                try:
                    if self.is_ready and self.link.is_silent:
                        self.lose_everything("silence")
                    if not (self.is_ready and self.link.is_open):
                        await self._power_on()
                    await attach.run(self)
                    return
                except ModemReset:
                    if left == 1:
                        raise
                except ModemSilent:
                    # Silent after powering on: nothing is left to try.
                    if left == 1 or not self.is_ready:
                        raise

    # Sockets.

    async def open_datagram(self, host, port):
        """A `DatagramSocket` to one peer, by name or dotted address.

        Raises `OpenFailed` when the modem cannot, whatever the line raises otherwise.
        """
        async with self._open_lock:
            left = OPEN_TRIES
            while True:
                socket_id = self._free_id()
                code = await self._open(socket_id, host, port)
                if code == 0:
                    return self._adopt(socket_id, host, port)
                await self.family.close_socket(self.link, socket_id)
                left -= 1
                if code not in self.family.passing_open_codes or left == 0:
                    raise OpenFailed(
                        "no socket to %s:%d: code %d; see the family's result codes"
                        % (host, port, code),
                        code,
                        self.transcript,
                    )
                await asyncio.sleep(1)

    def _free_id(self):
        for socket_id in self.family.socket_ids:
            if socket_id not in self._sockets:
                return socket_id
        raise OpenFailed("all %d sockets are open; close one" % len(self._sockets))

    async def _open(self, socket_id, host, port):
        waiter = self.link.expect()
        self._opening[socket_id] = waiter
        try:
            if await self.family.open_udp(self.link, socket_id, host, port):
                return 0
            if not await wait_event(waiter.event, self.family.open_timeout_ms):
                await self.family.close_socket(self.link, socket_id)
                raise self.link.error_of(
                    CommandTimeout,
                    "socket %d was not opened within %d ms"
                    % (socket_id, self.family.open_timeout_ms),
                )
            if waiter.error is not None:
                raise waiter.error
            return waiter.value
        finally:
            self._opening.pop(socket_id)
            self.link.forget(waiter)

    def _adopt(self, socket_id, host, port):
        socket = DatagramSocket(self.link, self.family, socket_id, (host, port), self.generation)
        socket.on_close = self._release
        self._sockets[socket_id] = socket
        self.tell(progress.Opened(socket_id, host, port))
        return socket

    def _release(self, socket):
        if socket in self._sockets.values():
            del self._sockets[socket.socket_id]

    async def close(self):
        """Close the line; sockets are dead. Never raises."""
        await self.link.close()
