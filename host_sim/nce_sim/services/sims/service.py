"""The SIM group of the Management API: an organisation's SIMs by their ICCIDs, for v1 and v2.

sims.page(organisation_id, 1, query=None, sort=None, page=1, page_size=10)
subscription = sims.find(organisation_id, iccid, version=1)     # NotFound, or theirs
sims.update(organisation_id, 1, Change(iccid, is_enabled=False), work)
sims.status.v1(subscription); sims.messages.send(...); sims.limits.of(organisation_id)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nce_sim.account.account import Account
from nce_sim.account.subscription import Subscription
from nce_sim.problems import Conflict, Invalid
from nce_sim.services.sims.changes import Change, Changes
from nce_sim.services.sims.dates import DAY_MS
from nce_sim.services.sims.devices import (
    Devices,
    Orders,
    Organisations,
    QuotaStep,
    Records,
)
from nce_sim.services.sims.directory import Directory, Page
from nce_sim.services.sims.events import SORT_KEYS, Names, event_v1, event_v2
from nce_sim.services.sims.export import export_csv
from nce_sim.services.sims.finding import SERVED, Finding
from nce_sim.services.sims.limits import Limits
from nce_sim.services.sims.messages import Messages, Text
from nce_sim.services.sims.overview import Overview, overview_of
from nce_sim.services.sims.quota import quota_v1, quota_v2, unit_of
from nce_sim.services.sims.record import sim_record
from nce_sim.services.sims.refusals import refusal
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.status import StatusReader
from nce_sim.services.sims.table import Table, Wanted
from nce_sim.services.sims.usage import Week, monday_of, range_of, today_of, usage_document
from nce_sim.storage import Work


class Surroundings(NamedTuple):
    """What the SIM group stands on; the backend composes it."""

    account: Account
    devices: Devices
    records: Records
    organisations: Organisations
    orders: Orders
    status: StatusReader
    messages: Messages
    limits: Limits
    changes: Changes
    directory: Directory
    table: Table


class Sims(Finding):
    """The SIMs of all organisations; `wall` turns the world's clock into ms since 1970."""

    def __init__(
        self,
        around: Surroundings,
        settings: SimsSettings,
        wall_ms: Callable[[], int],
        wall: Callable[[int], int],
    ) -> None:
        super().__init__(around.devices, settings, wall_ms)
        self.status = around.status
        self.messages = around.messages
        self.limits = around.limits
        self.table = around.table
        self._around = around
        self._wall = wall

    def close(self) -> None:
        """End the timer of the queue; what waits is done at the next start."""
        self._around.changes.close()

    # -- reading ---------------------------------------------------------------------------

    def page(
        self,
        organisation_id: int,
        version: int,
        *,
        query: str | None,
        sort: str | None,
        page: int,
        page_size: int,
    ) -> Page[dict[str, Any]]:
        """A page of the records of SIMs."""
        self.check_version(version)
        found = self._around.directory.page(
            organisation_id, SERVED[version], query, sort, page, page_size
        )
        return Page(
            [self.record(self.find(organisation_id, iccid, version)) for iccid in found.items],
            found.total,
            page,
            page_size,
        )

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """All ICCIDs of an organisation, in order."""
        return self._around.directory.iccids(organisation_id)

    def record(self, subscription: Subscription) -> dict[str, Any]:
        """The record of one SIM, the same in both versions."""
        address = self._devices.address_of(subscription.sim.iccid)
        return sim_record(subscription, address, self._wall)

    def export(self, organisation_id: int, wanted: Wanted | None = None) -> tuple[str, int]:
        """The SIMs of an organisation that are wanted as CSV, and how many they are."""
        found = self.table.found(organisation_id, wanted or Wanted())
        return export_csv((self.record(each), each.sim.lock) for each in found), len(found)

    def overview(self, organisation_id: int) -> Overview:
        """The SIMs of an organisation in numbers."""
        return overview_of(
            self.find(organisation_id, iccid, 2) for iccid in self.iccids(organisation_id)
        )

    def weeks(self, organisation_id: int, number: int) -> list[Week]:
        """What all SIMs of an organisation used in the last weeks, the oldest first."""
        first_ms = monday_of(self._wall_ms()) - (number - 1) * 7 * DAY_MS
        sums = self._around.records.weeks(set(self.iccids(organisation_id)), first_ms)
        return [
            Week(start_ms, *sums.get(start_ms, (0, 0)))
            for start_ms in range(first_ms, first_ms + number * 7 * DAY_MS, 7 * DAY_MS)
        ]

    def quota(self, subscription: Subscription, service: str, version: int) -> dict[str, Any]:
        """The quota of "data" or "sms"."""
        show = quota_v1 if version == 1 else quota_v2
        return show(subscription, service, self.settings, self._wall)

    def usage(
        self, subscription: Subscription, start_dt: str | None, end_dt: str | None
    ) -> dict[str, Any]:
        """Usage day by day, of the last six months at most."""
        settings = self.settings
        today = today_of(self._wall_ms())
        from_ms, until_ms = range_of(start_dt, end_dt, today, settings.usage_months)
        return usage_document(
            self._around.records.usage(subscription.sim.iccid, from_ms, until_ms),
            from_ms,
            until_ms,
            unit_of(subscription, "data"),
            with_idle=settings.idle_days_are_shown,
        )

    def quota_steps(self, subscription: Subscription) -> Sequence[QuotaStep]:
        """The steps of the data volume as far back as usage goes, oldest first."""
        from_ms, _ = range_of(None, None, today_of(self._wall_ms()), self.settings.usage_months)
        return self._around.records.quota_steps(subscription.sim.iccid, from_ms)

    def events(
        self,
        subscription: Subscription,
        version: int,
        *,
        sort: str | None,
        page: int,
        page_size: int,
    ) -> Page[dict[str, Any]]:
        """A page of events, newest first unless `sort` says otherwise."""
        iccid, records = subscription.sim.iccid, self._around.records
        since_ms = self._wall_ms() - self.settings.events_kept_ms
        offset = (page - 1) * page_size
        if not sort:
            found, total = records.events(iccid, since_ms, page_size, offset)
        else:
            _, total = records.events(iccid, since_ms, 0, 0)
            found, _ = records.events(iccid, since_ms, total, 0)
            for key in reversed(sort.split(",")):
                name = key.strip().removeprefix("-")
                if name not in SORT_KEYS:
                    raise Invalid(
                        f"events cannot be sorted by {key!r}; choose one of {', '.join(SORT_KEYS)}"
                    )
                order = SORT_KEYS[name]
                found = sorted(found, key=order, reverse=key.strip()[0] == "-")
            found = found[offset : offset + page_size]
        if version == 1:
            shown = [event_v1(each, subscription) for each in found]
        else:
            address = self._devices.address_of(subscription.sim.iccid)
            names = self.names_of(subscription)
            shown = [event_v2(each, subscription, names, address) for each in found]
        return Page(shown, total, page, page_size)

    # -- changing --------------------------------------------------------------------------

    def update(
        self, organisation_id: int, version: int, change: Change, work: Work
    ) -> Subscription:
        """Change one SIM at once."""
        (subscription,) = self.changeable(organisation_id, [change.iccid], version)
        self._check_label(change)
        self._around.changes.apply(change, work)
        return subscription

    def update_later(
        self, organisation_id: int, version: int, changes: Sequence[Change], work: Work
    ) -> None:
        """Change several SIMs after a while; all of them, or none when one cannot be changed."""
        self.changeable(organisation_id, [change.iccid for change in changes], version)
        for change in changes:
            self._check_label(change)
        self._around.changes.queue(organisation_id, changes, work)

    def reset(self, organisation_id: int, version: int, iccid: str, work: Work) -> None:
        """Reset the connection of a SIM after a while: its device attaches again."""
        self.changeable(organisation_id, [iccid], version)
        self._around.changes.queue(organisation_id, [Change(iccid, is_reset=True)], work)

    def set_auto_top_up(
        self,
        organisation_id: int,
        version: int,
        iccids: Sequence[str],
        is_on: bool,
        work: Work,
    ) -> None:
        """Let SIMs top themselves up, or not."""
        self._around.changes.set_auto_top_up(
            self.changeable(organisation_id, iccids, version), is_on, work
        )

    def send(self, organisation_id: int, version: int, iccid: str, text: Text, work: Work) -> int:
        """Send an SMS to a SIM; its id."""
        (subscription,) = self.changeable(organisation_id, [iccid], version)
        return self.messages.send(subscription, text, version)

    def cancel_message(
        self, organisation_id: int, version: int, iccid: str, message_id: float, work: Work
    ) -> int:
        """Cancel an SMS that waits; its id."""
        return self.messages.cancel(self.find(organisation_id, iccid, version), message_id)

    # -- buying and moving -----------------------------------------------------------------

    def top_up(
        self,
        organisation_id: int,
        version: int,
        iccids: Sequence[str],
        payment_method: str,
        work: Work,
    ) -> int:
        """Order more volume; the number of the order."""
        found = self.changeable(organisation_id, iccids, version)
        named = [each.sim.iccid for each in found]
        return self._around.orders.top_up(organisation_id, named, payment_method, work)

    def extend(
        self,
        organisation_id: int,
        version: int,
        iccids: Sequence[str],
        product_id: int | None,
        payment_method: str,
        work: Work,
    ) -> int:
        """Order another lifetime, for expired SIMs as well; the number of the order."""
        found = self.find_all(organisation_id, iccids, version)
        named = [each.sim.iccid for each in found]
        return self._around.orders.extend(organisation_id, named, product_id, payment_method, work)

    def transfer(
        self,
        organisation_id: int,
        target_id: int | None,
        iccids: Sequence[str],
        ranges: Sequence[tuple[str, str]],
        work: Work,
    ) -> None:
        """Move SIMs to a parent or sub-account; each range has both of its ends."""
        self.check_version(1)
        organisations = self._around.organisations
        try:
            organisations.transfer(organisation_id, target_id, iccids, ranges, work)
        except Conflict as conflict:
            raise refusal(1, str(conflict)) from conflict

    # -- inside ----------------------------------------------------------------------------

    def _check_label(self, change: Change) -> None:
        label, most = change.label or "", self.settings.label_characters
        if len(label) > most:
            raise Invalid(f"the label has {len(label)} characters; at most {most} fit")
        if not label.isprintable():
            raise Invalid("the label has characters that cannot be printed; leave them out")

    def names_of(self, subscription: Subscription) -> Names:
        """The numbers and names by which records call a SIM's surroundings."""
        settings, organisation_id = self.settings, subscription.organisation_id
        return Names(
            organisation_id,
            self._around.organisations.name_of(organisation_id),
            self._around.account.endpoint_id(subscription.sim),
            settings.first_sim_id + subscription.number,
            settings.first_imsi_id + subscription.number,
        )
