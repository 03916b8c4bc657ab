"""Blueprint: a record each interval by CoAP, over DTLS or plain, as `config.py` says."""

import readings
from station import Station

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings


class Rounds:
    """What `running.Runner` runs; `options` are those of `Station`."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        self.station = Station(board, settings, console, **options)

    async def measure(self) -> None:
        """Read the sensors, and keep the record until 1NCE OS has it."""
        self.station.keep(await readings.read(self.station.modem))

    async def deliver(self) -> None:
        """Send what waits; a record leaves when 1NCE OS has acknowledged it."""
        await self.station.deliver()

    async def renew(self) -> None:
        """A fresh modem and device."""
        await self.station.renew()
