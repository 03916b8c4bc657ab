"""Blueprint: as `coap`; between two records the device serves CoAP at `config.LISTEN_PORT`.

The Device Controller of 1NCE OS sends to it, now or when the device has sent something:

| request | what happens |
|---|---|
| `POST /command` | `readings.received` gets the payload; what it returns is the answer |
| `POST /record` | a record is made and delivered now |
| `GET /record` | the last record, as JSON, or its bytes |

A command takes its time: the request is confirmed at once, and answered when it is done.
"""

import asyncio
import json

import readings
from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce_modem import UsageError
from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce.coap.responder import Request
    from nce_modem.seams import Any, Board, Modem
    from settings_check import Settings

SLICE_MS = 1_000  # a command waits so long for its turn at most
MOST_WAITING = 4  # commands; one more gets 5.03


class Rounds(coap.Rounds):
    """As `rounds.coap`, and a server beside it."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, **options)
        self._server: "CoapServer | None" = None
        self._life: "tuple[Modem, int] | None" = None  # of the modem that has the port
        self._can_listen = True
        self._waiting: "list[tuple[Request, Any]]" = []  # with what answers each
        self._last: "Any" = None
        self._is_due = False  # a record that was asked for
        self.site = Site()
        self.site.add("/command", codes.POST, self._asks(self._command))
        self.site.add("/record", codes.POST, self._asks(self._new_record))
        self.site.add("/record", codes.GET, self._last_record)

    async def measure(self) -> None:
        """Read the sensors, and keep the record until 1NCE OS has it."""
        record = await readings.read(self.station.modem)
        self.station.keep(record)
        self._last = record

    async def pause(self, milliseconds: int) -> bool:
        """Serve for a while; True when a record was asked for."""
        milliseconds = min(milliseconds, SLICE_MS)
        modem = self.station.modem
        if not self._can_listen or modem.address is None:
            await asyncio.sleep(milliseconds / 1000)
            return False
        try:
            server = await self._opened(modem)
            if server is None:
                return False
            await server.serve(milliseconds)
            while self._waiting:
                request, answer = self._waiting.pop(0)
                request.responder.respond(request, await answer(request), server.now_ms())
                await server.serve(0)  # it leaves now
        except OSError:
            server, self._server = self._server, None
            if server is not None:
                await server.close()
            raise
        is_due, self._is_due = self._is_due, False
        return is_due

    async def _opened(self, modem: "Modem") -> "CoapServer | None":
        life = (modem, modem.generation)
        if self._server is None or self._life != life:
            number = self.station.settings.LISTEN_PORT or 0
            self._server = None
            self._waiting = []  # their answers have no way back
            try:
                port = await modem.open_unconnected(number)
            except UsageError as error:
                self._can_listen = False
                self.station.console.trouble("no listening: %s" % error)
                return None
            # Nobody but 1NCE OS reaches a SIM's private address: long answers go whole.
            self._server = CoapServer(port, self.site, is_verified=_yes, on_event=self._failed)
            self._life = life
            self.station.console.say("serving CoAP on port %d" % number)
        return self._server

    def _asks(self, answer: "Any") -> "Any":
        """A handler that puts a request in line, to be answered later."""

        def handler(request: "Request") -> "int | None":
            if len(self._waiting) >= MOST_WAITING:
                return codes.SERVICE_UNAVAILABLE
            self._waiting.append((request, answer))
            return None

        return handler

    async def _command(self, request: "Request") -> "Answer":
        sender = "%s:%d" % (request.peer[0], request.peer[1])
        self.station.console.say("a command of %d bytes from %s" % (len(request.payload), sender))
        answer = await self.station.hand_over(request.payload, sender)
        if answer is None:
            return Answer(codes.CHANGED, (), b"")
        if isinstance(answer, bytes):
            return Answer(codes.CHANGED, (), answer)
        return Answer(codes.CHANGED, _format(options.TEXT_PLAIN), answer.encode())

    async def _new_record(self, request: "Request") -> "Answer":
        self.station.console.say("a record is asked for")
        try:
            await self.measure()
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            self.station.console.say("not measured: %s: %s" % (type(error).__name__, error))
            return Answer(codes.INTERNAL_SERVER_ERROR, (), b"not measured")
        self._is_due = True
        return Answer(codes.CHANGED, (), b"")

    def _last_record(self, request: "Request") -> "Answer":
        if self._last is None:
            return Answer(codes.NOT_FOUND, (), b"")
        if isinstance(self._last, bytes):
            return Answer(codes.CONTENT, _format(options.OCTET_STREAM), self._last)
        return Answer(codes.CONTENT, _format(options.JSON), json.dumps(self._last).encode())

    def _failed(self, event: "Any") -> None:
        self.station.console.trouble("a request failed: %s" % event.error)


def _format(number: int) -> "tuple[tuple[int, bytes], ...]":
    return ((options.CONTENT_FORMAT, options.uint_value(number)),)


def _yes(peer: "Any") -> bool:
    return True
