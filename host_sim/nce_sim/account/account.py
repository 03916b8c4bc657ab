"""The customer's account: what each SIM may use, and what it has used.

    world.account.set_limit(sim, "data", 3_000_000)         # bytes a month; None lifts it
    world.account.exhaust(sim); world.account.top_up(sim)
    world.account.lock_imei(sim)
    world.account.reset_connection(sim)
    world.account.subscription(sim).data.remaining

What a customer does may be part of a `Work`: then it is undone in memory when that is rolled back,
and the network and the events hear of it after the commit. Without one it takes effect at once.

Only events that are due soon are scheduled. Months are checked when a SIM does something, and the
end of a lifetime is scheduled in passing, so that a world in which nobody acts comes to rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from nce_sim.account.quota_detail import quota_detail
from nce_sim.account.schedule import DAY_MS, Schedule
from nce_sim.account.subscription import LIMITS, Refusal, Subscription
from nce_sim.account.subscriptions import Subscriptions
from nce_sim.account.volume import Month, Quota
from nce_sim.clock import Clock
from nce_sim.network.events import Events
from nce_sim.network.usage import SMS, UsageRecord
from nce_sim.record.timeline import Timeline
from nce_sim.settings import PLATFORMS
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings
    from nce_sim.storage import Work


class Network(Protocol):
    """The actions of an account on the SIMs in a network."""

    def throw_out(self, sim: SimCard, reason: str, emm_cause: int) -> None:
        """End the sessions and the registration of a SIM."""

    def drop_sessions(self, sim: SimCard, reason: str) -> None:
        """End its sessions; it stays attached."""


class Shop(Protocol):
    """Where a SIM that tops itself up orders its volume."""

    def top_up_by_itself(self, sim: SimCard) -> None:
        """Order volume for a SIM that runs low."""


class Account(Subscriptions):
    """The SIMs of a world."""

    def __init__(
        self,
        clock: Clock,
        timeline: Timeline,
        events: Events,
        settings: AccountSettings,
        calendar_start_s: int,
    ) -> None:
        schedule = Schedule(
            clock,
            settings,
            self._local_ms,
            expire=self._expire,
            delete=self._delete,
            top_up=lambda subscription: self._top_up_by_itself(subscription.sim),
        )
        super().__init__(clock, settings, schedule)
        self._timeline = timeline
        self._events = events
        self._calendar_start_s = calendar_start_s
        self._network: Network | None = None
        self._shop: Shop | None = None

    def serve(self, network: Network) -> None:
        """Act on this network from now on: decisions of the account take effect there at once."""
        self._network = network

    def buy_at(self, shop: Shop) -> None:
        """Order automatic top-ups at `shop` from now on; without one they just happen."""
        self._shop = shop

    # -- what the customer does ------------------------------------------------------------

    def set_enabled(self, sim: SimCard, is_enabled: bool, work: Work | None = None) -> None:
        """Enable a SIM, or disable it and end its sessions at once."""
        with self.change(sim, work) as (_, later):
            changes = sim.is_enabled != is_enabled
            sim.is_enabled = is_enabled
            later(lambda: self._enabled(sim, is_enabled, changes))

    def _enabled(self, sim: SimCard, is_enabled: bool, changes: bool) -> None:
        self._note("sim_enabled" if is_enabled else "sim_disabled", sim)
        if changes:
            self._events.emit("sim_activated" if is_enabled else "sim_suspended", sim)
            other = self.other_platform(sim)
            if (other or self.settings).has_endpoint_events:
                self._events.emit("endpoint_enabled" if is_enabled else "endpoint_disabled", sim)
        if not is_enabled:
            if changes:
                self._events.emit("disconnected", sim)
            self._throw_out(sim, "the SIM is disabled", "SIM_DISABLED")

    def reset_connection(self, sim: SimCard) -> None:
        """Deactivate and activate: the device has to attach again."""
        self._note("connection_reset", sim)
        self._throw_out(sim, "connection reset", "CONNECTION_RESET")

    def lock_imei(
        self, sim: SimCard, work: Work | None = None, *, imei: str | None = None
    ) -> None:
        """Lock the SIM to `imei`, or to the IMEI of its next attach; open sessions end."""
        with self.change(sim, work) as (subscription, later):
            subscription.is_imei_locked, subscription.locked_imei = True, imei
            later(lambda: self._note("imei_locked", sim))
            reason = "the IMEI lock was switched on"
            later(lambda: self._throw_out(sim, reason, "CONNECTION_RESET"))

    def unlock_imei(self, sim: SimCard, work: Work | None = None) -> None:
        """Allow the SIM in any device."""
        with self.change(sim, work) as (subscription, later):
            subscription.is_imei_locked, subscription.locked_imei = False, None
            later(lambda: self._note("imei_unlocked", sim))

    def set_label(self, sim: SimCard, label: str | None, work: Work | None = None) -> None:
        """Give the SIM the customer's own name for it."""
        with self.change(sim, work) as (subscription, _):
            subscription.label = label

    def set_platform(self, sim: SimCard, platform: str, work: Work | None = None) -> None:
        """Put a SIM that has used nothing on the core of "1.0" or "2.0"; ValueError else.

        [D] SIMs shipped after 2026-10-01 are on 2.0, in an account that has older ones too.
        """
        if platform not in PLATFORMS:
            raise ValueError(f"there is no platform {platform!r}; choose {' or '.join(PLATFORMS)}")
        if self._subscriptions[sim].data.used:
            raise ValueError(f"{sim} has used data; a SIM stays on its platform")
        with self.change(sim, work) as (subscription, later):
            subscription.platform = platform
            with self._step(subscription, work):
                subscription.data = Quota(self.data_volume(sim), self.settings.threshold)
            later(lambda: self._note("platform", sim, platform=platform))

    def set_limit(
        self, sim: SimCard, kind: str, volume: int | None, work: Work | None = None
    ) -> None:
        """Limit "data" (bytes), "sms_mo" or "sms_mt" (messages) a month; None lifts the limit.

        A limit on SMS counts at once, one on data from the next session on.
        """
        if kind not in LIMITS:
            raise ValueError(f"there is no limit on {kind!r}; choose one of {', '.join(LIMITS)}")
        with self.change(sim, work) as (subscription, later):
            subscription.limits[kind].volume = volume
            later(lambda: self._note("limit", sim, limit=kind, volume=volume))

    def top_up(self, sim: SimCard, work: Work | None = None) -> None:
        """Buy the first volume again, data and SMS; a blocked SIM works again."""
        with self.change(sim, work) as (subscription, later):
            data, sms = subscription.data, subscription.sms
            with self._step(subscription, work):
                data.add(self.data_volume(sim))
            sms.add(self.settings.sms_volume)
            later(lambda: self._note("top_up", sim, data=data.remaining, sms=sms.remaining))
            events = self._events
            later(
                lambda: events.emit("data_assigned", sim, volume=data.basis / self.megabyte(sim))
            )
            later(lambda: events.emit("sms_assigned", sim, volume=sms.basis))

    def _top_up_by_itself(self, sim: SimCard) -> None:
        if self._shop is not None:
            self._shop.top_up_by_itself(sim)
        else:
            self.top_up(sim)

    def exhaust(self, sim: SimCard) -> None:
        """Use up the rest of the data volume, as if the SIM had used it: its sessions end."""
        subscription = self._subscriptions[sim]
        remaining = subscription.data.remaining
        self._note("exhausted", sim, data=remaining)
        with self._step(subscription, None):
            self.count_data(sim, remaining)

    def expire(self, sim: SimCard) -> None:
        """End the lifetime of the SIM now."""
        subscription = self._subscriptions[sim]
        if not subscription.is_expired:
            subscription.expires_at_ms = self._clock.now_ms()
            self._expire(subscription)
            self._schedule.arm(subscription)

    def set_auto_top_up(self, sim: SimCard, is_on: bool, work: Work | None = None) -> None:
        """Top up the SIM at the next check after less than the threshold is left."""
        with self.change(sim, work) as (subscription, later):
            subscription.tops_up_by_itself = is_on
            later(lambda: self._schedule.arm_top_up(subscription))

    def extend(self, sim: SimCard, work: Work | None = None) -> None:
        """Add another lifetime, from now or from the end of this one; ValueError when too late.

        Unused volume stays valid; expired volume does not come back and needs a top-up.
        """
        if self._subscriptions[sim].is_deleted:
            raise ValueError(
                f"{sim} expired more than {self.settings.extension_grace_days} days ago "
                "and was deleted; order another SIM"
            )
        with self.change(sim, work) as (subscription, later):
            start_ms = max(self._clock.now_ms(), subscription.expires_at_ms)
            expires_at_ms = start_ms + self.settings.lifetime_days * DAY_MS
            subscription.expires_at_ms, subscription.is_expired = expires_at_ms, False
            later(lambda: self._schedule.arm(subscription))
            later(lambda: self._schedule.arm_top_up(subscription))
            later(lambda: self._note("extension", sim, expires_at_ms=expires_at_ms))

    # -- for the network -------------------------------------------------------------------

    def attach_refusal(self, sim: SimCard, imei: str | None = None) -> Refusal | None:
        """Why `sim` in the device `imei` may not attach, or None."""
        subscription = self._subscriptions[sim]
        if not sim.is_enabled:
            return self._refusal("SIM_DISABLED", f"{sim} is disabled")
        if subscription.is_expired:
            return self._refusal("QUOTA_EXPIRED", f"{sim} has expired")
        if not subscription.accepts(imei):
            return self._refusal("IMEI_LOCK_BREACHED", f"{sim} is locked to another IMEI")
        return None

    def pdp_refusal(self, sim: SimCard) -> Refusal | None:
        """Why `sim` may not open a PDP session, or None; attach and SMS still work."""
        subscription = self._subscriptions[sim]
        if subscription.data.remaining == 0:
            return self._refusal("QUOTA_EXHAUSTED", f"the data volume of {sim} is used up")
        if subscription.limits["data"].is_reached(self.month()):
            return self._refusal(
                "MONTHLY_USAGE_LIMIT_EXCEEDED", f"{sim} reached its monthly limit"
            )
        return None

    def sms_refusal(self, sim: SimCard, direction: str) -> str | None:
        """Why `sim` may not send ("mo") or be sent ("mt") an SMS, or None."""
        subscription = self._subscriptions.get(sim)
        if subscription is None:
            return f"{sim} is not a subscriber"
        limit = subscription.limits[f"sms_{direction}"]
        if subscription.is_expired:
            return f"{sim} has expired"
        if limit.is_reached(self.month()):
            return f"Traffic limit of {limit.volume} SMS per month exceeded"
        if subscription.sms.remaining == 0:
            return f"the SMS volume of {sim} is used up"
        # A disabled SIM cannot send; messages to it wait.
        return f"{sim} is disabled" if direction == "mo" and not sim.is_enabled else None

    def count_data(self, sim: SimCard, amount: int, limit: int | None = None) -> None:
        """Count bytes; end the sessions when no volume is left or `limit` is reached."""
        subscription = self._subscriptions[sim]
        subscription.limits["data"].take(amount, self.month())
        self._crossed(subscription, "data", subscription.data.take(amount, self._clock.now_ms()))
        self._changed(subscription)
        if subscription.data.remaining == 0:
            self._drop_sessions(sim, "the data volume is used up")
        elif limit is not None and subscription.limits["data"].is_reached(self.month(), limit):
            self._drop_sessions(sim, "the monthly limit is reached")

    def count_sms(self, sim: SimCard, direction: str, work: Work | None = None) -> None:
        """Count one message and write its usage record."""
        now_ms = self._clock.now_ms()
        tx = int(direction == "mo")
        record = UsageRecord(sim, SMS, now_ms, now_ms, tx, 1 - tx)
        with self.change(sim, work) as (subscription, later):
            subscription.limits[f"sms_{direction}"].take(1, self.month())
            crossed = subscription.sms.take(1, now_ms)
            later(lambda: self._crossed(subscription, "sms", crossed))
            later(lambda: record.add_to(self._timeline))

    def month(self) -> Month:
        """The month in which limits count."""
        now = self._local_time()
        return now.year, now.month

    # -- inside ----------------------------------------------------------------------------

    def _crossed(self, subscription: Subscription, kind: str, limits: list[str]) -> None:
        """Tell that a quota crossed limits."""
        quota: Quota = getattr(subscription, kind)
        for limit in limits:
            self._events.emit(
                f"{kind}_{limit}",
                subscription.sim,
                detail=quota_detail(quota, kind, self.megabyte(subscription.sim)),
                percent=round(quota.threshold * 100),
            )
            self._schedule.arm_top_up(subscription)

    def _expire(self, subscription: Subscription) -> None:
        """The lifetime is over: unused volume expires with it, and the SIM is suspended."""
        now_ms = self._clock.now_ms()
        subscription.is_expired = True
        with self._step(subscription, None):
            subscription.data.expire(now_ms)
        subscription.sms.expire(now_ms)
        self._events.emit("data_expired", subscription.sim)
        self._events.emit("sms_expired", subscription.sim)
        self._throw_out(subscription.sim, "the SIM has expired", "QUOTA_EXPIRED")
        self._changed(subscription)

    def _delete(self, subscription: Subscription) -> None:
        subscription.is_deleted = True
        self._events.emit("sim_deleted", subscription.sim)
        self._changed(subscription)

    def _local_ms(self) -> int:
        offset_ms = self.settings.zone_offset_h * 3_600_000
        return self._calendar_start_s * 1000 + self._clock.now_ms() + offset_ms

    def _local_time(self) -> datetime:
        zone = timezone(timedelta(hours=self.settings.zone_offset_h))
        start = datetime.fromtimestamp(self._calendar_start_s, zone)
        return start + timedelta(milliseconds=self._clock.now_ms())

    def _refusal(self, code: str, reason: str) -> Refusal:
        return Refusal(code, reason, *self.settings.refusal_causes[code])

    def _throw_out(self, sim: SimCard, reason: str, code: str) -> None:
        if self._network is not None:
            self._network.throw_out(sim, reason, self.settings.refusal_causes[code][0])

    def _drop_sessions(self, sim: SimCard, reason: str) -> None:
        if self._network is not None:
            self._network.drop_sessions(sim, reason)

    def _note(self, kind: str, sim: SimCard, /, **fields: object) -> None:
        self._timeline.add("core", kind, sim=sim.masked, **fields)
