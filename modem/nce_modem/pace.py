"""How often a device may attach: the operator's limit of a day, growing pauses after failures.

1NCE counts attaches (24 a day and device are fair use); a device that hammers a network that
refused it is barred by it (GSMA TS.34). Times are `now_ms`; `nce_modem.kept_pace` keeps the state
over a deep sleep. Waking from PSM is not an attach: the device stays registered and updates.
"""

import asyncio

from nce_modem import progress

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


A_DAY_MS = 86_400_000
ATTACHES_A_DAY = 24
# Before a try, by how many failed since the last success; the first are free.
PAUSES_MS = (0, 0, 0, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)


class Pace:
    """The attaches of the last day and the failures since the last success."""

    def __init__(self) -> None:
        self.failures = 0
        self.bearer_failures = 0  # of these, with a registration but without a PDP context
        self.wakes_registered = False  # asleep in PSM: it updates its registration and keeps it
        self.started_ms: "list[int]" = []  # of each attach that touched the network, oldest first
        self.last_ms: "int | None" = None  # of the last attach or failure
        # Step, reason, remedy and evidence of the last failure, for an error that speaks of it.
        self.last_error: "tuple[str, str, str, str] | None" = None

    def is_spent(self, now_ms: int) -> bool:
        """Whether the attaches of a day are used up."""
        while self.started_ms and now_ms - self.started_ms[0] >= A_DAY_MS:
            self.started_ms.pop(0)
        return len(self.started_ms) >= ATTACHES_A_DAY

    def delay_ms(self, now_ms: int, is_registered: bool = False) -> int:
        """How long to wait before the next try; a registered device needs no new attach."""
        if is_registered and not self.bearer_failures:
            return 0  # it registered again by itself
        due_ms = now_ms
        if self.last_ms is not None:
            due_ms = self.last_ms + PAUSES_MS[min(self.failures, len(PAUSES_MS) - 1)]
        if self.is_spent(now_ms) and not is_registered:
            due_ms = max(due_ms, self.started_ms[-ATTACHES_A_DAY] + A_DAY_MS)
        return max(0, due_ms - now_ms)

    def count(self, now_ms: int) -> None:
        """The network is asked for a registration; a failure until `succeed`."""
        self.failures += 1
        self.last_ms = now_ms
        self.wakes_registered = False
        self.started_ms.append(now_ms)
        del self.started_ms[:-ATTACHES_A_DAY]

    def count_bearer_failure(self, now_ms: int) -> None:
        """The network let the device in and gave it no PDP context."""
        self.failures += 1
        self.bearer_failures += 1
        self.last_ms = now_ms

    def succeed(self) -> None:
        """The bearer is up: the next failure is a first one."""
        self.failures = self.bearer_failures = 0
        self.last_error = None

    async def wait(self, modem: "Modem") -> None:
        """Wait until a try may begin; the wait may be cancelled.

        Raises `AttachError` of step "pace" at once when the wait would take more than a minute:
        the caller has to plan it, or sleep.
        """
        is_registered = self.wakes_registered or modem.registrations.registered is not None
        now_ms = modem.now_ms()
        delay_ms = self.delay_ms(now_ms, is_registered)
        if delay_ms > 60_000:
            from nce_modem.early import error

            raise error(modem, len(self.started_ms), ATTACHES_A_DAY, delay_ms)
        if delay_ms:
            modem.tell(progress.Waiting(delay_ms))
            await asyncio.sleep(delay_ms / 1000)
