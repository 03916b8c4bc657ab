"""Blueprint: as `coap`; after each record, what `readings.chunks` gives goes to Memfault.

A chunk is a few bytes that Memfault's own library makes (heartbeats, traces, coredumps); each is
posted alone, through 1NCE OS's CoAP proxy, which knows the project's key. One that was not taken
stays in line, up to `MOST_WAITING`, and goes with the next record.
"""

import readings
from nce.coap import codes, options
from nce.proxy import CHUNKS, MOST_BYTES
from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

MOST_WAITING = 8  # chunks; the oldest makes room


class Rounds(coap.Rounds):
    """As `rounds.coap`, and chunks beside the records."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, **options)
        self._waiting: "list[bytes]" = []

    async def deliver(self) -> None:
        """Send the records, then the chunks; a chunk that fails keeps no record."""
        await super().deliver()
        try:
            chunks = await readings.chunks(self.station.modem)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            chunks = []
            self.station.console.trouble("no chunks: %s: %s" % (type(error).__name__, error))
        for chunk in chunks:
            if len(chunk) > MOST_BYTES:
                self.station.console.trouble("a chunk of %d bytes is dropped" % len(chunk))
                continue
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.pop(0)
            self._waiting.append(bytes(chunk))
        if self._waiting:
            await self._upload()

    async def _upload(self) -> None:
        station = self.station
        proxy = await station.proxy()
        count = 0
        try:
            while self._waiting:
                chunk = self._waiting[0]
                response = await proxy.ask(codes.POST, CHUNKS, chunk, options.OCTET_STREAM)
                if not codes.is_success(response.code):
                    station.console.trouble(
                        "Memfault takes no chunk: %s %s; is the plugin installed?"
                        % (codes.dotted(response.code), str(response.payload[:60], "utf-8"))
                    )
                    break
                self._waiting.pop(0)
                count += 1
        except (OSError, ValueError) as error:
            station.console.trouble("chunks wait: %s" % error)
        finally:
            await proxy.close()
        if count:
            station.console.say("%d chunks are at Memfault" % count)
