"""How often a device may attach: the operator's limit of a day, growing pauses after failures.

1NCE counts attaches (24 a day and device are fair use); a device that hammers a network that
refused it is barred by it (GSMA TS.34). Times are `now_ms`; the state is a short text that
outlives a deep sleep.
"""

import asyncio

from nce_modem import progress

A_DAY_MS = 86_400_000
ATTACHES_A_DAY = 24
# Before a try, by how many failed since the last success; the first are free.
PAUSES_MS = (0, 0, 0, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)


class Pace:
    """The attaches of the last day and the failures since the last success."""

    def __init__(self):
        self.failures = 0
        self._started_ms = []  # of each attach that touched the network, oldest first

    def delay_ms(self, now_ms):
        """How long to wait before the next attach may begin."""
        while self._started_ms and now_ms - self._started_ms[0] >= A_DAY_MS:
            self._started_ms.pop(0)
        if not self._started_ms:
            return 0
        pause_ms = PAUSES_MS[min(self.failures, len(PAUSES_MS) - 1)]
        due_ms = self._started_ms[-1] + pause_ms
        if len(self._started_ms) >= ATTACHES_A_DAY:
            due_ms = max(due_ms, self._started_ms[-ATTACHES_A_DAY] + A_DAY_MS)
        return max(0, due_ms - now_ms)

    def count(self, now_ms):
        """The network is asked for a registration; a failure until `failures` is set to 0."""
        self.failures += 1
        self._started_ms.append(now_ms)
        del self._started_ms[:-ATTACHES_A_DAY]

    async def wait(self, modem):
        """Wait until an attach may begin; cancel it as you like."""
        delay_ms = self.delay_ms(modem.now_ms())
        if delay_ms:
            modem.tell(progress.Waiting(delay_ms))
            await asyncio.sleep(delay_ms / 1000)

    def save(self, now_ms):
        """The state as text: failures, then the age of each attach in seconds."""
        ages = [str((now_ms - started_ms) // 1000) for started_ms in self._started_ms]
        return " ".join([str(self.failures)] + ages)

    def restore(self, text, now_ms, slept_ms):
        """Take a saved state up again."""
        numbers = [int(word) for word in text.split(" ")]
        self.failures = numbers[0]
        self._started_ms = [now_ms - slept_ms - age * 1000 for age in numbers[1:]]
