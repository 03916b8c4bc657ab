"""Blueprint: a record each interval by UDP, the fewest bytes there are, and datagrams received.

1NCE OS answers nothing: a record leaves the outbox when the modem took it, and may be lost then.
So nothing is sent while the modem knows that there is no network.

With `config.LISTEN_PORT` the device listens at that port between two records, while it is online:
`readings.received` gets each datagram, and what it returns is sent back.
"""

import asyncio

from nce_modem import UsageError
from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board, Modem, UnconnectedSocket
    from settings_check import Settings

SLICE_MS = 5_000


class Rounds(coap.Rounds):
    """As `rounds.coap`, by another way."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, transport="udp", **options)
        self._port: "UnconnectedSocket | None" = None
        self._life: "tuple[Modem, int] | None" = None  # of the modem that has the port
        self._can_listen = settings.LISTEN_PORT is not None

    async def pause(self, milliseconds: int) -> None:
        """Listen for a while, at most for so long."""
        milliseconds = min(milliseconds, SLICE_MS)
        modem = self.station.modem
        if not self._can_listen or modem.address is None:
            await asyncio.sleep(milliseconds / 1000)
            return
        try:
            port = await self._opened(modem)
            found = None if port is None else await port.receive_from(milliseconds)
            if port is not None and found is not None:
                await self._answer(port, found[0], found[1])
        except OSError:
            port, self._port = self._port, None
            if port is not None:
                await port.close()
            raise

    async def _opened(self, modem: "Modem") -> "UnconnectedSocket | None":
        life = (modem, modem.generation)
        if self._port is None or self._life != life:
            number = self.station.settings.LISTEN_PORT or 0
            self._port = None
            try:
                self._port = await modem.open_unconnected(number)
            except UsageError as error:
                self._can_listen = False
                self.station.console.trouble("no listening: %s" % error)
                return None
            self._life = life
            self.station.console.say("listening on port %d" % number)
        return self._port

    async def _answer(self, port: "UnconnectedSocket", data: bytes, peer: "Any") -> None:
        console = self.station.console
        sender = "an unknown sender" if peer is None else "%s:%d" % (peer[0], peer[1])
        console.say("%d bytes from %s" % (len(data), sender))
        answer = await self.station.hand_over(data, sender)
        if answer is None or peer is None:
            return
        if isinstance(answer, str):
            answer = answer.encode()
        await port.send_to(answer, peer)
        console.say("%d bytes to %s" % (len(answer), sender))
