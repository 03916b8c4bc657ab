"""The table of SIMs as the portal shows it: searched, filtered, sorted, cut (1nce_os_2.md, 3.2).

    table.page(organisation_id, Wanted(text="fleet", session="ONLINE"), page=1, page_size=25)

Without a wish it is a slice of the directory; with one, each SIM of the account is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from nce_sim.account.subscription import Subscription
from nce_sim.account.volume import BELOW_THRESHOLD, NOTHING_LEFT, PLENTY
from nce_sim.problems import Invalid
from nce_sim.services.sims.devices import Devices
from nce_sim.services.sims.directory import Directory, Page
from nce_sim.services.sims.quota import Wall, unit_of
from nce_sim.sim_card import SimCard

LEVELS = {PLENTY: "SUFFICIENT", BELOW_THRESHOLD: "LOW", NOTHING_LEFT: "NONE"}
STATES = ENABLED, DISABLED, EXPIRED = ("ENABLED", "DISABLED", "EXPIRED")
SESSIONS = ("ONLINE", "ATTACHED", "OFFLINE")
_EXTENDABLE_BEFORE_MS = 90 * 86_400_000  # [D] from three months before the end

# What is searched, by the name of the field.
SEARCHED: dict[str, Callable[[Subscription], str | None]] = {
    "iccid": lambda found: found.sim.iccid_with_luhn,
    "imsi": lambda found: found.sim.imsi,
    "msisdn": lambda found: found.sim.msisdn,
    "label": lambda found: found.label,
}


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None is any. `field` is one of SEARCHED, or None for all of them."""

    text: str = ""
    field: str | None = None
    state: str | None = None
    session: str | None = None
    data: str | None = None
    sms: str | None = None
    imei_lock: bool | None = None
    sort: str = "iccid"  # with "-" before it, from the end

    @property
    def is_any(self) -> bool:
        """Whether it is the whole list in its own order."""
        return self == Wanted()


@dataclass(frozen=True)
class Row:
    """One SIM of the table; volumes in MB and messages, times since 1970."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str | None
    imei_lock: bool
    ip_address: str | None
    label: str
    state: str
    session: str
    sim_type: str
    data_total: float
    data_left: float
    data: str
    sms_total: int
    sms_left: int
    sms: str
    auto_top_up: bool
    activated_ms: int
    ends_ms: int
    is_extendable: bool


class Table:
    """The rows of all organisations; `session_of` is what the network knows at this moment."""

    def __init__(
        self,
        devices: Devices,
        directory: Directory,
        session_of: Callable[[SimCard], str],
        wall: Wall,
        wall_ms: Callable[[], int],
    ) -> None:
        self._devices = devices
        self._directory = directory
        self._session_of = session_of
        self._wall = wall
        self._wall_ms = wall_ms
        self._orders: dict[str, Callable[[Subscription], Any]] = {
            "iccid": lambda found: found.sim.iccid,
            "imsi": lambda found: found.sim.imsi,
            "msisdn": lambda found: found.sim.msisdn,
            "label": lambda found: (found.label or "").casefold(),
            "imei": lambda found: found.imei or "",
            "ip_address": self._address_number,
            "state": state_of,
            "session": lambda found: session_of(found.sim),
            "data_left": lambda found: found.data.remaining,
            "sms_left": lambda found: found.sms.remaining,
            "ends": lambda found: found.expires_at_ms,
        }

    def page(self, organisation_id: int, wanted: Wanted, page: int, page_size: int) -> Page[Row]:
        """A page of rows; Invalid for a column that cannot be sorted."""
        order = self._orders.get(wanted.sort.removeprefix("-"))
        if order is None:
            known = ", ".join(self._orders)
            raise Invalid(f"SIMs cannot be sorted by {wanted.sort!r}; choose one of {known}")
        iccids = self._directory.iccids(organisation_id)
        start = (page - 1) * page_size
        if wanted.is_any:
            cut = self._found(iccids[start : start + page_size])
            return Page([self._row(each) for each in cut], len(iccids), page, page_size)
        found = [each for each in self._found(iccids) if self._fits(each, wanted)]
        found.sort(key=order, reverse=wanted.sort.startswith("-"))
        rows = [self._row(each) for each in found[start : start + page_size]]
        return Page(rows, len(found), page, page_size)

    def found(self, organisation_id: int, wanted: Wanted) -> list[Subscription]:
        """All SIMs that are wanted, in the order of the directory."""
        iccids = self._directory.iccids(organisation_id)
        return [each for each in self._found(iccids) if self._fits(each, wanted)]

    def _found(self, iccids: Iterable[str]) -> Iterable[Subscription]:
        for iccid in iccids:
            subscription = self._devices.subscription_of(iccid)
            if subscription is not None:
                yield subscription

    def _fits(self, found: Subscription, wanted: Wanted) -> bool:
        return (
            wanted.state in (None, state_of(found))
            and wanted.data in (None, LEVELS[found.data.status])
            and wanted.sms in (None, LEVELS[found.sms.status])
            and wanted.imei_lock in (None, found.is_imei_locked)
            and (wanted.session is None or wanted.session == self._session_of(found.sim))
            and _has(found, wanted.text.strip().casefold(), wanted.field)
        )

    def _address_number(self, found: Subscription) -> int:
        return int(IPv4Address(self._devices.address_of(found.sim.iccid) or "0.0.0.0"))

    def _row(self, found: Subscription) -> Row:
        sim, unit = found.sim, unit_of(found, "data")
        until_end_ms = self._wall(found.expires_at_ms) - self._wall_ms()
        return Row(
            iccid=sim.iccid,
            imsi=sim.imsi,
            msisdn=sim.msisdn,
            imei=found.imei,
            imei_lock=found.is_imei_locked,
            ip_address=self._devices.address_of(sim.iccid),
            label=found.label or "",
            state=state_of(found),
            session=self._session_of(sim),
            sim_type=found.sim_class,
            data_total=round(found.data.total / unit, 3),
            data_left=round(found.data.remaining / unit, 3),
            data=LEVELS[found.data.status],
            sms_total=found.sms.total,
            sms_left=found.sms.remaining,
            sms=LEVELS[found.sms.status],
            auto_top_up=found.tops_up_by_itself,
            activated_ms=self._wall(found.activation_ms),
            ends_ms=self._wall(found.expires_at_ms),
            is_extendable=found.is_expired or until_end_ms < _EXTENDABLE_BEFORE_MS,
        )


def state_of(found: Subscription) -> str:
    """Whether a SIM is enabled, disabled or expired."""
    if found.is_expired:
        return EXPIRED
    return ENABLED if found.sim.is_enabled else DISABLED


def _has(found: Subscription, text: str, field: str | None) -> bool:
    if not text:
        return True
    names = SEARCHED if field is None else (field,)
    return any(text in (SEARCHED[name](found) or "").casefold() for name in names)
