"""A board that sleeps between two rounds, in virtual time; each of its lives is a new program.

    field = Napping(clock, world, modem, settings, flash, stores)
    await field.live_until(24 * 3600)

`deep_sleep` ends the program, as on a board. What is kept is in `flash` and `stores` alone.
"""

import asyncio

from console import Console
from main import runner_of
from memory_stores import Kept
from support.report_cost import CountingBoard

OUTAGE_MS = 30_000  # after a power cut


class Asleep(BaseException):
    """The program ended here."""

    def __init__(self, sleep_ms):
        super().__init__(sleep_ms)
        self.sleep_ms = sleep_ms


class PowerCut(BaseException):
    """So did it here."""


class NappingBoard(CountingBoard):
    """The board of one life."""

    def __init__(self, modem, clock, is_woken):
        super().__init__(modem, clock)
        self._is_woken = is_woken

    def woke_from_deep_sleep(self):
        return self._is_woken

    def deep_sleep(self, sleep_ms):
        raise Asleep(sleep_ms)


class Life:
    """What one life did."""

    def __init__(self, board):
        self.board = board
        self.console = []
        self.lines_until_delivered = None

    def say(self, line):
        self.console.append(line)
        if "records are delivered" in line:
            self.lines_until_delivered = list(self.board.lines)


class Napping:
    """A device and its lives; `cuts` are numbers of writes to flash at which its power fails."""

    def __init__(self, clock, world, modem, settings, flash, board_of=NappingBoard):
        self._clock, self._world, self._modem = clock, world, modem
        self._settings, self._flash = settings, flash
        self._board_of = board_of
        self.stores = {}
        self.lives = []

    def store_of(self, path):
        return self.stores.setdefault(path, Kept())

    async def live(self, is_woken, limit_s):
        """One life; for how long it sleeps then, None when it was cut or its time was over."""
        board = self._board_of(self._modem, self._clock, is_woken)
        life = Life(board)
        self.lives.append(life)
        runner = runner_of(
            board,
            self._settings,
            Console(None, life.say),
            random_bytes=self._world.random("firmware").randbytes,
            folder_of=lambda path: self._flash,
            store_of=self.store_of,
        )
        try:
            await asyncio.wait_for(runner.run(), limit_s)
        except Asleep as asleep:
            return asleep.sleep_ms
        except PowerCut:
            return None
        except TimeoutError:
            return None
        finally:
            board.cut_power()

    async def live_until(self, end_s, is_woken=False):
        """Lives, with the sleeps between them, until a time of the clock."""
        while self._clock.now_ms() < end_s * 1000:
            sleep_ms = await self.live(is_woken, end_s - self._clock.now_ms() / 1000)
            is_woken = sleep_ms is not None
            left_ms = end_s * 1000 - self._clock.now_ms()
            await asyncio.sleep(min(sleep_ms if is_woken else OUTAGE_MS, max(0, left_ms)) / 1000)
