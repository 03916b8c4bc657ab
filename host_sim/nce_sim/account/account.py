"""The customer's account: what each SIM may use, and what it has used.

    world.account.set_limit(sim, "data", 3_000_000)         # bytes a month; None lifts it
    world.account.exhaust(sim); world.account.top_up(sim)
    world.account.lock_imei(sim)
    world.account.reset_connection(sim)
    world.account.subscription(sim).data.remaining

Only events that are due soon are scheduled. Months are checked when a SIM does something, and the
end of a lifetime is scheduled in passing, so that a world in which nobody acts comes to rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from nce_sim.account.quota_detail import quota_detail
from nce_sim.account.subscription import LIMITS, Refusal, Subscription
from nce_sim.account.volume import PLENTY, Month, Quota
from nce_sim.clock import Clock
from nce_sim.network.detail import MEGABYTE
from nce_sim.network.events import Events
from nce_sim.network.usage import SMS, UsageRecord
from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings

DAY_MS = 86_400_000


class Network(Protocol):
    """The actions of an account on the SIMs in a network."""

    def throw_out(self, sim: SimCard, reason: str, emm_cause: int) -> None:
        """End the sessions and the registration of a SIM."""

    def drop_sessions(self, sim: SimCard, reason: str) -> None:
        """End its sessions; it stays attached."""


class Account:
    """The SIMs of one organisation."""

    def __init__(
        self,
        clock: Clock,
        timeline: Timeline,
        events: Events,
        settings: AccountSettings,
        calendar_start_s: int,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._timeline = timeline
        self._events = events
        self._calendar_start_s = calendar_start_s
        self._subscriptions: dict[SimCard, Subscription] = {}
        self._network: Network | None = None

    def serve(self, network: Network) -> None:
        """Act on this network from now on: decisions of the account take effect there at once."""
        self._network = network

    # -- the SIMs --------------------------------------------------------------------------

    def add(self, sim: SimCard) -> Subscription:
        """Add `sim` to the account, with its first volume and its lifetime."""
        settings = self.settings
        subscription = self._subscriptions[sim] = Subscription(
            sim,
            len(self._subscriptions) + 1,
            Quota(settings.data_volume, settings.threshold),
            Quota(settings.sms_volume, settings.threshold),
            self._clock.now_ms() + settings.lifetime_days * DAY_MS,
            settings.organisation_id,
            self._clock.now_ms(),
            settings.platform,
        )
        self._schedule_end(subscription)
        return subscription

    def subscription(self, sim: SimCard) -> Subscription:
        """The subscription of `sim`; KeyError when the SIM is not in the account."""
        return self._subscriptions[sim]

    def data_limit(self, sim: SimCard) -> int | None:
        """The monthly limit of data in bytes, or None."""
        return self._subscriptions[sim].limits["data"].volume

    def seen(self, sim: SimCard, imei: str | None) -> None:
        """A device attached; a lock without an IMEI takes the IMEI of this device."""
        self._subscriptions[sim].seen(imei)

    def imei_of(self, sim: SimCard) -> str | None:
        """The device that attached last, or None."""
        return self._subscriptions[sim].imei

    def endpoint_id(self, sim: SimCard) -> int:
        """The number by which event and usage records name the SIM."""
        return self.settings.first_endpoint_id + self._subscriptions[sim].number

    # -- what the customer does ------------------------------------------------------------

    def set_enabled(self, sim: SimCard, is_enabled: bool) -> None:
        """Enable a SIM, or disable it and end its sessions at once."""
        changes = sim.is_enabled != is_enabled
        sim.is_enabled = is_enabled
        self._note("sim_enabled" if is_enabled else "sim_disabled", sim)
        if changes:
            self._events.emit("sim_activated" if is_enabled else "sim_suspended", sim)
            if self.settings.has_endpoint_events:
                self._events.emit("endpoint_enabled" if is_enabled else "endpoint_disabled", sim)
        if not is_enabled:
            if changes:
                self._events.emit("disconnected", sim)
            self._throw_out(sim, "the SIM is disabled", "SIM_DISABLED")

    def reset_connection(self, sim: SimCard) -> None:
        """Deactivate and activate: the device has to attach again."""
        self._note("connection_reset", sim)
        self._throw_out(sim, "connection reset", "CONNECTION_RESET")

    def lock_imei(self, sim: SimCard, imei: str | None = None) -> None:
        """Lock the SIM to `imei`, or to the IMEI of its next attach; open sessions end."""
        subscription = self._subscriptions[sim]
        subscription.is_imei_locked, subscription.locked_imei = True, imei
        self._note("imei_locked", sim)
        self._throw_out(sim, "the IMEI lock was switched on", "CONNECTION_RESET")

    def unlock_imei(self, sim: SimCard) -> None:
        """Allow the SIM in any device."""
        subscription = self._subscriptions[sim]
        subscription.is_imei_locked, subscription.locked_imei = False, None
        self._note("imei_unlocked", sim)

    def set_limit(self, sim: SimCard, kind: str, volume: int | None) -> None:
        """Limit "data" (bytes), "sms_mo" or "sms_mt" (messages) a month; None lifts the limit.

        A limit on SMS counts at once, one on data from the next session on.
        """
        if kind not in LIMITS:
            raise ValueError(f"there is no limit on {kind!r}; choose one of {', '.join(LIMITS)}")
        self._subscriptions[sim].limits[kind].volume = volume
        self._note("limit", sim, limit=kind, volume=volume)

    def top_up(self, sim: SimCard) -> None:
        """Buy the first volume again, data and SMS; a blocked SIM works again."""
        subscription = self._subscriptions[sim]
        subscription.data.add(self.settings.data_volume)
        subscription.sms.add(self.settings.sms_volume)
        self._note("top_up", sim, data=subscription.data.remaining, sms=subscription.sms.remaining)
        self._events.emit("data_assigned", sim, volume=subscription.data.basis / MEGABYTE)
        self._events.emit("sms_assigned", sim, volume=subscription.sms.basis)

    def exhaust(self, sim: SimCard) -> None:
        """Use up the rest of the data volume, as if the SIM had used it: its sessions end."""
        remaining = self._subscriptions[sim].data.remaining
        self._note("exhausted", sim, data=remaining)
        self.count_data(sim, remaining)

    def set_auto_top_up(self, sim: SimCard, is_on: bool) -> None:
        """Top up the SIM at the next check after less than the threshold is left."""
        subscription = self._subscriptions[sim]
        subscription.tops_up_by_itself = is_on
        self._schedule_top_up(subscription)

    def extend(self, sim: SimCard) -> None:
        """Add another lifetime, from now or from the end of this one; ValueError when too late.

        Unused volume stays valid; expired volume does not come back and needs a top-up.
        """
        subscription, now_ms = self._subscriptions[sim], self._clock.now_ms()
        if subscription.is_deleted:
            raise ValueError(
                f"{sim} expired more than {self.settings.extension_grace_days} days ago "
                "and was deleted; order another SIM"
            )
        start_ms = max(now_ms, subscription.expires_at_ms)
        subscription.expires_at_ms = start_ms + self.settings.lifetime_days * DAY_MS
        subscription.is_expired = False
        self._schedule_end(subscription)
        self._schedule_top_up(subscription)
        self._note("extension", sim, expires_at_ms=subscription.expires_at_ms)

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
        self._take(subscription, "data", amount)
        if subscription.data.remaining == 0:
            self._drop_sessions(sim, "the data volume is used up")
        elif limit is not None and subscription.limits["data"].is_reached(self.month(), limit):
            self._drop_sessions(sim, "the monthly limit is reached")

    def count_sms(self, sim: SimCard, direction: str) -> None:
        """Count one message and write its usage record."""
        subscription = self._subscriptions[sim]
        subscription.limits[f"sms_{direction}"].take(1, self.month())
        self._take(subscription, "sms", 1)
        now_ms = self._clock.now_ms()
        tx = int(direction == "mo")
        UsageRecord(sim, SMS, now_ms, now_ms, tx, 1 - tx).add_to(self._timeline)

    def month(self) -> Month:
        """The month in which limits count."""
        now = self._local_time()
        return now.year, now.month

    # -- inside ----------------------------------------------------------------------------

    def _take(self, subscription: Subscription, kind: str, amount: int) -> None:
        quota: Quota = getattr(subscription, kind)
        for crossed in quota.take(amount, self._clock.now_ms()):
            self._events.emit(
                f"{kind}_{crossed}",
                subscription.sim,
                detail=quota_detail(quota, kind),
                percent=round(quota.threshold * 100),
            )
            self._schedule_top_up(subscription)

    def _schedule_end(self, subscription: Subscription) -> None:
        """Schedule the end of the lifetime, in place of an earlier schedule."""
        if subscription.end is not None:
            subscription.end.cancel()
        subscription.end = self._clock.call_in_passing(
            subscription.expires_at_ms - self._clock.now_ms(), lambda: self._expire(subscription)
        )

    def _expire(self, subscription: Subscription) -> None:
        """The lifetime is over: unused volume expires with it, and the SIM is suspended."""
        now_ms = self._clock.now_ms()
        subscription.is_expired = True
        subscription.data.expire(now_ms)
        subscription.sms.expire(now_ms)
        self._events.emit("data_expired", subscription.sim)
        self._events.emit("sms_expired", subscription.sim)
        self._throw_out(subscription.sim, "the SIM has expired", "QUOTA_EXPIRED")
        subscription.end = self._clock.call_in_passing(
            self.settings.extension_grace_days * DAY_MS, lambda: self._delete(subscription)
        )

    def _delete(self, subscription: Subscription) -> None:
        subscription.is_deleted = True
        self._events.emit("sim_deleted", subscription.sim)

    def _schedule_top_up(self, subscription: Subscription) -> None:
        """Schedule the next check for a SIM that needs it; one at a time."""
        if subscription.top_up_is_booked or not self._needs_top_up(subscription):
            return
        subscription.top_up_is_booked = True
        period_ms = self.settings.auto_top_up_every_h * 3_600_000
        local_ms = int(self._local_time().timestamp() * 1000) + self._offset_ms
        self._clock.call_later(
            period_ms - local_ms % period_ms, lambda: self._check_top_up(subscription)
        )

    def _check_top_up(self, subscription: Subscription) -> None:
        subscription.top_up_is_booked = False
        if self._needs_top_up(subscription):
            self.top_up(subscription.sim)

    def _needs_top_up(self, subscription: Subscription) -> bool:
        is_low = subscription.data.status != PLENTY or subscription.sms.status != PLENTY
        return subscription.tops_up_by_itself and is_low and not subscription.is_expired

    @property
    def _offset_ms(self) -> int:
        return self.settings.zone_offset_h * 3_600_000

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
