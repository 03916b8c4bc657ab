"""Blueprint: a record each interval by UDP, the fewest bytes there are.

1NCE OS answers nothing: a record leaves the outbox when the modem took it, and may be lost then.
So nothing is sent while the modem knows that there is no network.
"""

from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings


class Rounds(coap.Rounds):
    """As `rounds.coap`, by another way."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, transport="udp", **options)

    async def deliver(self) -> None:
        """Send what waits, once the modem is registered."""
        await self.station.modem.attach()
        await super().deliver()
