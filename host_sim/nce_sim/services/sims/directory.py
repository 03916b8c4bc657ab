"""The list of an organisation's SIMs: filtered, sorted and cut into pages.

    directory.page(organisation_id, ("1.0",), "imei:4711", "-ip_address", page=1, page_size=10)

An order is made once and kept until a SIM comes, goes or, for `imei`, is put into another device:
a page of ten costs as much with ten thousand SIMs as with ten.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from nce_sim.account.subscription import Subscription
from nce_sim.problems import Invalid
from nce_sim.services.sims.devices import Devices
from nce_sim.services.sims.record import imeisv

Item = TypeVar("Item")

KEYS = ("imei", "ip_address")


class Page(NamedTuple, Generic[Item]):
    """A part of a list, and what the `X-` headers tell of the whole."""

    items: Sequence[Item]
    total: int
    page: int
    page_size: int

    @property
    def pages(self) -> int:
        """How many pages there are; none for an empty list."""
        return -(-self.total // self.page_size)


class _Order(NamedTuple):
    version: tuple[int, int]
    iccids: Sequence[str]


class Directory:
    """The SIMs of all organisations in every order that was asked for."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._orders: dict[tuple[int, tuple[str, ...], tuple[str, ...]], _Order] = {}
        self._by_value: dict[tuple[int, tuple[str, ...], str], tuple[tuple[int, int], Any]] = {}
        self._imeis: dict[str, str | None] = {}  # of the SIMs that were seen
        self._imei_version = 0
        self._version_here = 0

    def changed(self) -> None:
        """A SIM was deleted: all orders are made again when asked for."""
        self._version_here += 1

    def located(self, iccid: str) -> None:
        """A SIM was seen: in another device, orders by `imei` are made again when asked for."""
        subscription = self._devices.subscription_of(iccid)
        imei = None if subscription is None else subscription.imei
        if self._imeis.get(iccid) != imei:
            self._imeis[iccid] = imei
            self._imei_version += 1

    def page(
        self,
        organisation_id: int,
        platforms: tuple[str, ...],
        query: str | None,
        sort: str | None,
        page: int,
        page_size: int,
    ) -> Page[str]:
        """The ICCIDs of a page; by default in their own order. Invalid for other keys."""
        keys = _sort_keys(sort)
        wanted = _filters(query)
        if wanted:
            iccids = self._filtered(organisation_id, platforms, wanted)
            iccids = self._sorted(iccids, keys)
        else:
            iccids = self._order(organisation_id, platforms, keys)
        start = (page - 1) * page_size
        return Page(iccids[start : start + page_size], len(iccids), page, page_size)

    def iccids(
        self, organisation_id: int, platforms: tuple[str, ...] = ("1.0", "2.0")
    ) -> Sequence[str]:
        """All ICCIDs of an organisation, in order."""
        return self._order(organisation_id, platforms, ())

    def _order(
        self, organisation_id: int, platforms: tuple[str, ...], keys: tuple[str, ...]
    ) -> Sequence[str]:
        version = self._version("imei" in [key.lstrip("-") for key in keys])
        place = (organisation_id, platforms, keys)
        kept = self._orders.get(place)
        if kept is None or kept.version != version:
            iccids = self._all(organisation_id, platforms)
            kept = self._orders[place] = _Order(version, self._sorted(iccids, keys))
        return kept.iccids

    def _filtered(
        self, organisation_id: int, platforms: tuple[str, ...], wanted: list[tuple[str, str]]
    ) -> Sequence[str]:
        found: list[str] | None = None
        for key, value in wanted:
            index = self._index(organisation_id, platforms, key)
            matching = index.get(imeisv(value) if key == "imei" else value, ())
            found = [each for each in (matching if found is None else found) if each in matching]
        return found or ()

    def _index(
        self, organisation_id: int, platforms: tuple[str, ...], key: str
    ) -> dict[str, list[str]]:
        version, place = self._version(key == "imei"), (organisation_id, platforms, key)
        kept = self._by_value.get(place)
        if kept is None or kept[0] != version:
            index: dict[str, list[str]] = {}
            for iccid in self._order(organisation_id, platforms, ()):
                value = self._value(iccid, key)
                if value is not None:
                    index.setdefault(value, []).append(iccid)
            kept = self._by_value[place] = (version, index)
        return kept[1]

    def _all(self, organisation_id: int, platforms: tuple[str, ...]) -> list[str]:
        return sorted(
            iccid
            for iccid in self._devices.iccids(organisation_id)
            if self._subscription(iccid).platform in platforms
            and not self._subscription(iccid).is_deleted
        )

    def _sorted(self, iccids: Sequence[str], keys: tuple[str, ...]) -> Sequence[str]:
        for key in reversed(keys):  # each sort is stable: the last one decides first
            iccids = sorted(iccids, key=self._order_by(key.lstrip("-")), reverse=key[0] == "-")
        return iccids

    def _order_by(self, key: str) -> Callable[[str], Any]:
        if key == "imei":
            return lambda iccid: self._value(iccid, "imei") or ""
        return lambda iccid: int(ipaddress.IPv4Address(self._value(iccid, key) or "0.0.0.0"))

    def _value(self, iccid: str, key: str) -> str | None:
        subscription = self._subscription(iccid)
        if key == "ip_address":
            return self._devices.address_of(subscription.sim.iccid)
        return None if subscription.imei is None else imeisv(subscription.imei)

    def _subscription(self, iccid: str) -> Subscription:
        subscription = self._devices.subscription_of(iccid)
        if subscription is None:
            raise RuntimeError("an organisation has a SIM without a subscription")
        return subscription

    def _version(self, is_by_imei: bool) -> tuple[int, int]:
        version = self._devices.version + self._version_here
        return version, self._imei_version if is_by_imei else 0


def _sort_keys(sort: str | None) -> tuple[str, ...]:
    keys = tuple(each.strip() for each in sort.split(",")) if sort else ()
    for key in keys:
        if key.removeprefix("-") not in KEYS:
            raise Invalid(f"SIMs cannot be sorted by {key!r}; choose {' or '.join(KEYS)}")
    # A key that comes again decides nothing; and the orders that are kept stay few.
    first = {key.removeprefix("-"): key for key in reversed(keys)}
    return tuple(key for key in dict.fromkeys(keys) if first[key.removeprefix("-")] == key)


def _filters(query: str | None) -> list[tuple[str, str]]:
    wanted = []
    for part in query.split(",") if query else ():
        key, separator, value = part.strip().partition(":")
        if key not in KEYS or not separator or not value:
            raise Invalid(
                f"the filter {part!r} is not {' or '.join(KEYS)}, a colon and a value; "
                "write ip_address:10.160.0.1"
            )
        wanted.append((key, value))
    return wanted
