"""What an account does by itself: ends of lifetimes, deletions, automatic top-ups.

schedule.arm(subscription)          # in place of an earlier schedule; also after a restart
schedule.arm_top_up(subscription)   # once it is low
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.account.subscription import Subscription
from nce_sim.account.volume import PLENTY
from nce_sim.clock import Clock

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings

DAY_MS = 86_400_000
Act = Callable[[Subscription], None]


class Schedule:
    """Calls `expire` at the end of a lifetime, `delete` after the grace period, and `top_up`.

    `local_ms()` is the time of the account's time zone: top-ups are checked at full hours of it.
    """

    def __init__(
        self,
        clock: Clock,
        settings: AccountSettings,
        local_ms: Callable[[], int],
        *,
        expire: Act,
        delete: Act,
        top_up: Act,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._local_ms = local_ms
        self._expire = expire
        self._delete = delete
        self._top_up = top_up

    def arm(self, subscription: Subscription) -> None:
        """Schedule what comes next: the end of the lifetime, or of the grace period."""
        if subscription.end is not None:
            subscription.end.cancel()
            subscription.end = None
        if subscription.is_deleted:
            return
        due_ms, act = subscription.expires_at_ms, self._expire
        if subscription.is_expired:
            due_ms, act = due_ms + self._settings.extension_grace_days * DAY_MS, self._delete

        def end() -> None:
            act(subscription)
            self.arm(subscription)

        # A world that was stopped may be late.
        delay_ms = max(0, due_ms - self._clock.now_ms())
        subscription.end = self._clock.call_in_passing(delay_ms, end)

    def arm_top_up(self, subscription: Subscription) -> None:
        """Schedule the next check for a SIM that needs it; one at a time."""
        if subscription.top_up_is_booked or not _needs_top_up(subscription):
            return
        subscription.top_up_is_booked = True
        period_ms = self._settings.auto_top_up_every_h * 3_600_000

        def check() -> None:
            subscription.top_up_is_booked = False
            if _needs_top_up(subscription):
                self._top_up(subscription)

        self._clock.call_later(period_ms - self._local_ms() % period_ms, check)


def _needs_top_up(subscription: Subscription) -> bool:
    is_low = subscription.data.status != PLENTY or subscription.sms.status != PLENTY
    return subscription.tops_up_by_itself and is_low and not subscription.is_expired
