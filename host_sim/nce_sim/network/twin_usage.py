"""The data of programs at twins: billed as a modem's, and refused when none is left.

    usage = TwinUsage(core)
    usage.refusal(sim)                  # why the program may not send, or None
    usage.bill(sim, up=32)
    usage.close()                       # the records of what is under way

A program at a twin opens no session. What it sends and gets counts as one that begins with its
first datagram and ends after a minute of silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.clock import Handle
from nce_sim.network.charging import Refusal
from nce_sim.network.usage import UsageMeter
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.network.core import Core

SILENCE_MS = 60_000


class TwinUsage:
    """One meter for each SIM whose program is active."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._open: dict[SimCard, _Visit] = {}

    def refusal(self, sim: SimCard) -> Refusal | None:
        """Why the program may not send: what refuses a modem's session."""
        account = self._core.account
        return account.attach_refusal(sim) or account.pdp_refusal(sim)

    def is_open(self, sim: SimCard) -> bool:
        """Whether the program was heard within the last minute."""
        return sim in self._open

    def bill(self, sim: SimCard, up: int = 0, down: int = 0) -> None:
        """Count bytes that pass the gateway."""
        core = self._core
        visit = self._open.get(sim)
        if visit is None:
            meter = UsageMeter(
                core.clock,
                core.timeline,
                core.account.settings,
                sim,
                None,
                core.session_rounding(sim),
            )
            visit = self._open[sim] = _Visit(meter, core.account.data_limit(sim))
            self._watch(sim, visit, SILENCE_MS)
        visit.last_ms = core.clock.now_ms()
        visit.meter.add(up, down)
        core.account.count_data(sim, up + down, visit.data_limit)

    def close(self) -> None:
        """Write what is not written yet."""
        for sim in list(self._open):
            self._end(sim)

    def _watch(self, sim: SimCard, visit: _Visit, delay_ms: int) -> None:
        def look() -> None:
            silent_ms = self._core.clock.now_ms() - visit.last_ms
            if silent_ms < SILENCE_MS:
                self._watch(sim, visit, SILENCE_MS - silent_ms)
            else:
                self._end(sim)

        # In passing: it alone does not make a virtual world's time pass.
        visit.watch = self._core.clock.call_in_passing(delay_ms, look)

    def _end(self, sim: SimCard) -> None:
        visit = self._open.pop(sim)
        if visit.watch is not None:
            visit.watch.cancel()
        rounding = visit.meter.close()
        if rounding:
            self._core.account.count_data(sim, rounding)


class _Visit:
    """A program's traffic from its first datagram on; the limit is that of its beginning."""

    def __init__(self, meter: UsageMeter, data_limit: int | None) -> None:
        self.meter, self.data_limit = meter, data_limit
        self.last_ms = 0
        self.watch: Handle | None = None
