"""How often the engine asks anything of a server by itself: a bound that nothing exceeds.

Whatever a server answers or the network loses, the engine sends no more than
`MOST_ATTEMPTS_PER_HOUR` bootstrap requests, registrations and connections for them in any hour,
and no more than `MOST_UPDATES_PER_HOUR` updates and deregistrations; it waits instead. Half of
that can go on for ever, so that a lifetime of a minute is kept. Notifications and what the program
sends itself are not counted.
"""

MOST_ATTEMPTS_PER_HOUR = 24
MOST_UPDATES_PER_HOUR = 240


class Budget:
    """A bucket: half of the hour's bound at once, the other half over the hour."""

    def __init__(self, most_per_hour: int) -> None:
        self._most = most_per_hour // 2
        self._refill_ms = 3600000 // self._most
        self.held = self._most
        self._since_ms: "int | None" = None  # when the next one began to refill

    def take(self, now_ms: int) -> bool:
        """Take one; False when there is none."""
        self._fill(now_ms)
        if not self.held:
            return False
        if self.held == self._most:
            self._since_ms = now_ms
        self.held -= 1
        return True

    def wait_ms(self, now_ms: int) -> int:
        """Milliseconds until there is one."""
        self._fill(now_ms)
        if self.held or self._since_ms is None:
            return 0
        return self._since_ms + self._refill_ms - now_ms

    def save(self, now_ms: int) -> "tuple[int, int]":
        """What `restore` takes up."""
        self._fill(now_ms)
        return self.held, 0 if self._since_ms is None else now_ms - self._since_ms

    def restore(self, saved: "tuple[int, int]", now_ms: int, slept_ms: int) -> None:
        """Go on with what was held before a deep sleep of that length."""
        self.held = max(0, min(saved[0], self._most))
        self._since_ms = now_ms - saved[1] - slept_ms

    def _fill(self, now_ms: int) -> None:
        if self._since_ms is None or self.held == self._most:
            return
        more = (now_ms - self._since_ms) // self._refill_ms
        if more > 0:
            self.held = min(self._most, self.held + more)
            self._since_ms += more * self._refill_ms
