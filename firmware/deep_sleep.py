"""Deep sleep of the board between two rounds, and what the next start has to know of this one.

    nap = Nap(board, store, console, ("bg95", "iot.1nce.net"))
    notes = nap.notes               # of the sleep that ended now; {} at any other start
    nap.begin(600_000, {"text": modem_text})    # does not return

The program starts afresh after a deep sleep, so the notes are kept in `store`, which is two slots:
a power cut leaves the old ones or the new ones. Records, keys and the secure session are in stores
of their own. The length of a sleep is told by the board's clock where that runs on in it (RTC),
else it is the one that was asked for.
"""

import json
import time

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any

LEAST_MS = 10_000  # a shorter pause is no sleep: starting takes as long
LONGEST_MS = 604_800_000  # a week; machine.deepsleep takes a small integer
LATE_S = 3600  # a clock that differs by more than this from what was asked for was set meanwhile


class Nap:
    """The deep sleep of `board`, which may lack it: then `is_possible` is False.

    `settings`: what the notes depend on; those of other settings count for nothing.
    """

    def __init__(
        self, board: "Any", store: "Any", console: "Console", settings: "tuple[Any, ...]"
    ) -> None:
        self._board = board
        self._store = store
        self._settings = "%r" % (settings,)
        self._console = console
        self.is_possible = hasattr(board, "deep_sleep")
        self.pace = ""  # of attaching, as kept before any kind of restart
        self.slept_ms = 0
        self.notes: "dict[str, Any]" = {}
        if not self.is_possible:
            console.trouble("this board has no deep sleep: it stays awake between two records")
        else:
            self._recall()

    def _recall(self) -> None:
        try:
            kept = self._store.load()
            notes = json.loads(kept) if kept else {}
        except (OSError, ValueError) as error:
            self._console.trouble("what was known before is lost: %s" % error)
            return
        if notes.get("settings") != self._settings:
            return
        self.pace = notes["pace"]
        if not getattr(self._board, "woke_from_deep_sleep", _never)():
            return  # a restart of another kind: who knows how long ago
        self.notes = notes
        asked_s = notes["asked_ms"] // 1000
        clock_s = int(time.time()) - notes["at_s"]
        is_told = asked_s // 2 <= clock_s <= asked_s + LATE_S
        self.slept_ms = clock_s * 1000 if is_told else notes["asked_ms"]

    def keep(self, sleep_ms: int, pace: str, notes: "dict[str, Any]") -> int:
        """Store what the next start needs; how long to sleep. Raises the store's OSError."""
        sleep_ms = min(sleep_ms, LONGEST_MS)
        kept = dict(notes, settings=self._settings, pace=pace)
        kept["asked_ms"], kept["at_s"] = sleep_ms, int(time.time())
        self._store.save(json.dumps(kept).encode())
        return sleep_ms

    def begin(self, sleep_ms: int) -> None:
        """Sleep; does not return where the board can."""
        self._console.say("the board sleeps for %d s" % (sleep_ms // 1000))
        self._board.deep_sleep(sleep_ms)


def _never() -> bool:
    return False
