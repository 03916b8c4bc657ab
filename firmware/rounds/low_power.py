"""Blueprint: as `rounds.coap`, and the modem sleeps between two records (PSM, eDRX).

The network is asked for power saving before the first attach. After each delivery the sockets
are closed, and the modem falls asleep; it wakes for the next one without a new attach. The network
is told which datagram is the last (RAI), where the modem can. The DTLS session is kept on flash:
where the server remembers it too, no handshake follows.
"""

from nce_modem import UsageError
from nce_modem.last_words import LastWords
from nce_modem.power_saving import PowerSaving
from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

# The network's inactivity timer, and the active time after it.
INACTIVITY_MS = 60_000


class Rounds(coap.Rounds):
    """As `rounds.coap`, asleep in between."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, bearer_of=LastWords, **options)
        self._saving: "PowerSaving | None" = None
        self._is_refused = False  # the modem has no power saving

    async def deliver(self) -> None:
        """Wake the modem, send what waits, and let it sleep."""
        if not self._is_refused:
            await self._wake()
        await self.station.deliver()
        if self._saving is not None:
            await self._sleep(self._saving)

    async def renew(self) -> None:
        """A fresh modem and device, which ask for power saving again."""
        self._saving = None
        await super().renew()

    async def _wake(self) -> None:
        if self._saving is not None:
            await self._saving.wake()
            return
        settings = self.station.settings
        saving = PowerSaving(self.station.modem)
        try:
            if settings.PSM_UPDATE_S is not None:
                await saving.request_psm(settings.PSM_UPDATE_S, settings.PSM_ACTIVE_S)
            if settings.EDRX_S is not None:
                await saving.request_edrx(settings.EDRX_S)
        except UsageError as error:
            self._is_refused = True
            self.station.console.trouble("no power saving: %s" % error)
            return
        self._saving = saving

    async def _sleep(self, saving: "PowerSaving") -> None:
        station = self.station
        await station.device.close()
        if station.settings.PSM_UPDATE_S is None:
            return
        if await saving.sleep(INACTIVITY_MS + station.settings.PSM_ACTIVE_S * 1000):
            station.console.say("the modem sleeps")
        else:
            station.console.say("the modem stays awake: the network granted no PSM")
