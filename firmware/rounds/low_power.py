"""Blueprint: as `rounds.coap`, and the modem sleeps between two records (PSM, eDRX).

The network is asked for power saving before the first attach. After each delivery the sockets
are closed, and the modem falls asleep; it wakes for the next one without a new attach, by the few
commands that `nce_modem.waking` needs. A modem that keeps its sockets keeps the secure session
with them. The network is told which datagram is the last (RAI), where the modem can. The DTLS
session is kept on flash: where the server remembers it too, no handshake follows.

With `config.DEEP_SLEEP` the board sleeps as well, and the program starts afresh: `deep_sleep`.
"""

from nce.clock import now_ms
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
# Their sockets outlive PSM, and with them what the server knows by address (Nordic, sleep).
KEEPING_SOCKETS = ("nordic",)
# A delivery that took longer was not heard at first: the server has forgotten its session.
FORGOTTEN_MS = 45_000


class Rounds(coap.Rounds):
    """As `rounds.coap`, asleep in between."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, bearer_of=LastWords, **options)
        self._board = board
        self._saving: "PowerSaving | None" = None
        self._is_refused = False  # the modem has no power saving
        self._is_open = False  # the device, over a sleep
        self._is_forgotten = False  # such a device, by the server
        self._nap: "Any" = None
        if settings.DEEP_SLEEP:
            self._go_on()

    async def deliver(self) -> None:
        """Wake the modem, send what waits, and let it sleep."""
        if not self._is_refused:
            await self._wake()
        begun_ms = now_ms()
        await self.station.deliver()
        if self._is_open and now_ms() - begun_ms > FORGOTTEN_MS:
            self._is_forgotten = True
        if self._saving is not None:
            await self._sleep(self._saving)

    async def renew(self) -> None:
        """A fresh modem and device, which ask for power saving again."""
        self._saving = None
        self._is_open = False
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
        radio = station.modem.family.profile.radio
        self._is_open = radio in KEEPING_SOCKETS and not self._is_forgotten and not self._naps()
        if not self._is_open:
            await station.device.close()
        if station.settings.PSM_UPDATE_S is None:
            return
        if await saving.sleep(INACTIVITY_MS + station.settings.PSM_ACTIVE_S * 1000):
            station.console.say("the modem sleeps")
        else:
            station.console.say("the modem stays awake: the network granted no PSM")

    # The board's own sleep.

    def _naps(self) -> bool:
        return self._nap is not None and self._nap.is_possible

    def _go_on(self) -> None:
        """Where the program was before a deep sleep, or before any other restart."""
        from deep_sleep import Nap

        station, settings = self.station, self.station.settings
        modem_settings = (settings.FAMILY, settings.APN, settings.RATS, settings.BANDS)
        saving_settings = (settings.PSM_UPDATE_S, settings.PSM_ACTIVE_S, settings.EDRX_S)
        self._nap = nap = Nap(
            self._board, station.store("sleep"), station.console, modem_settings + saving_settings
        )
        if nap.notes:
            from nce_modem.kept_modem import restore

            restore(station.modem, nap.notes["modem"], nap.slept_ms)
            if nap.notes["saving"] is not None:
                self._saving = PowerSaving(station.modem)
                self._saving.restore_state(nap.notes["saving"])
        elif nap.pace:
            station.modem.restore_state(nap.pace)

    def recall(self) -> "list[int] | None":
        """What the runner noted before a deep sleep, and how long that was; None without one."""
        if self._nap is None or not self._nap.notes:
            return None
        notes: "list[int]" = self._nap.notes["runner"]
        return notes + [self._nap.slept_ms]

    async def rest(self, pause_ms: int, notes: "list[int]") -> None:
        """Let the board sleep for the pause; returns when it stays awake.

        All that is delivered is out of the outbox, and all that is not is in it.
        """
        from deep_sleep import LEAST_MS

        station, nap = self.station, self._nap
        if not self._naps() or pause_ms < LEAST_MS or station.holds_records:
            return
        from nce_modem.kept_modem import save

        saving = None if self._saving is None else self._saving.save_state()
        pace = station.modem.save_state()
        kept = {"modem": save(station.modem), "saving": saving, "runner": notes}
        await station.close()
        try:
            nap.begin(nap.keep(pause_ms, pace, kept))
        except OSError as error:
            station.console.trouble("the board stays awake: %s" % error)
        await self.renew()
