"""When to try again, and when trying again is no use any more.

back_off = BackOff(60, 3600)
back_off.failed(now_ms())       # the pause in milliseconds; the next one is twice as long
wear = Wear(now_ms())
wear.failed("deliver", error, now_ms())
wear.restart_reason(now_ms())   # why the board has to restart, "" while it has not
"""

from nce_modem.errors import LineClosed, ModemSilent

FAULTS_UNTIL_RESTART = 3  # of one step, in a row, while what it uses was made afresh
# At the earliest: each start may cost an attach, and an operator may count those of a day.
LEAST_LIFE_MS = 3_600_000
MOST_FAILING_MS = 86_400_000  # a day without a delivery: whatever it is, a restart may end it


class BackOff:
    """When to try again: after `first_s`, and twice as long with each failure, to `longest_s`."""

    def __init__(self, first_s: int = 60, longest_s: int = 3600) -> None:
        self._first_ms = first_s * 1000
        self._longest_ms = longest_s * 1000
        self.failures = 0
        self.due_ms = 0

    def failed(self, at_ms: int, least_ms: int = 0) -> int:
        """Note a failure; the pause in milliseconds, not less than the network asked for."""
        pause_ms = self._first_ms
        for _ in range(min(self.failures, 20)):
            pause_ms = min(2 * pause_ms, self._longest_ms)
        self.failures += 1
        pause_ms = max(pause_ms, least_ms)
        self.due_ms = at_ms + pause_ms
        return pause_ms

    def succeeded(self) -> int:
        """Note a success; the failures before it."""
        failures, self.failures, self.due_ms = self.failures, 0, 0
        return failures


class Overdue(Exception):
    """A call was cancelled at its limit."""


class Wear:
    """Counts what fresh objects do not cure: a heap in pieces, a dead modem, a fault of code."""

    def __init__(self, now_ms: int) -> None:
        self._began_ms = now_ms
        self._counts: "dict[str, int]" = {}
        self._failing_ms: "int | None" = None  # since when nothing is delivered
        self._last = ""

    def failed(self, step: str, error: "Exception", now_ms: int) -> None:
        """Note a failure of a step. One of the network counts by its time alone."""
        if step == "deliver" and self._failing_ms is None:
            self._failing_ms = now_ms
        cause = getattr(error, "cause", error)
        is_own = not isinstance(cause, OSError) or isinstance(cause, (ModemSilent, LineClosed))
        # What a person's code raises is no fault that a restart cures, but for want of memory.
        if isinstance(cause, MemoryError) or (is_own and step != "measure"):
            self._counts[step] = self._counts.get(step, 0) + 1
            self._last = type(cause).__name__

    def succeeded(self, step: str) -> None:
        """Note a success of a step."""
        if step == "deliver":
            self._failing_ms = None
        if step in self._counts:
            self._counts.pop(step)

    def restarted(self, now_ms: int) -> None:
        """Begin again: the board was to restart, and did not."""
        self._began_ms = now_ms
        self._counts = {}
        self._failing_ms = None

    def restart_reason(self, now_ms: int) -> str:
        """Why the board has to restart; "" while it has not."""
        if now_ms - self._began_ms < LEAST_LIFE_MS:
            return ""
        for step in self._counts:
            if self._counts[step] >= FAULTS_UNTIL_RESTART:
                return "%s came %d times" % (self._last, self._counts[step])
        if self._failing_ms is not None and now_ms - self._failing_ms >= MOST_FAILING_MS:
            return "nothing was delivered for %d h" % (MOST_FAILING_MS // 3_600_000)
        return ""
