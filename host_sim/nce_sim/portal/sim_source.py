"""The rows of My SIMs, from the portal's own API or from the Management API alone.

    source = source_of(visit)
    source.filters                          # the filters that it knows
    page = await source.page(text="fleet", page=1, page_size=25)
    row = await source.one(iccid)           # None when there is no such SIM

1NCE's API searches by IMEI and IP address alone, and its list tells neither the session nor what
is left: such cells are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Protocol

from nce_api.calls import OnePage
from nce_api.client import ManagementApi
from nce_api.drivers import Awaited
from nce_api.errors import BadRequest, NotFound
from nce_api.groups.portal import Portal
from nce_api.models.portal import PortalSim
from nce_api.models.sims import QuotaStatus, Sim
from nce_sim.portal.visit import Visit

_ICCID_DIGITS, _IMEI_DIGITS = (18, 22), (14, 16)
_LEVELS = {0: "SUFFICIENT", 1: "LOW", 2: "NONE"}


@dataclass(frozen=True)
class SimRow:
    """One SIM; None where the service does not tell. Data in MB."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str | None
    imei_lock: bool
    ip_address: str | None
    label: str
    state: str
    session: str | None
    sim_type: str | None
    data_total: float
    data_left: float | None
    data: str
    sms_total: int
    sms_left: int | None
    sms: str
    auto_top_up: bool | None
    activated: str | None
    ends: str | None
    is_extendable: bool | None


class SimSource(Protocol):
    """Where rows come from; `hint` says how to search."""

    @property
    def filters(self) -> frozenset[str]: ...

    @property
    def hint(self) -> str: ...

    async def page(self, page: int, page_size: int, sort: str, by: Mapping[str, str]) -> Rows: ...

    async def one(self, iccid: str) -> SimRow | None: ...


Rows = OnePage[SimRow]


def source_of(visit: Visit) -> SimSource:
    """The best that the service has."""
    return OfManagement(visit.management) if visit.portal is None else OfPortal(visit.portal)


class OfPortal:
    """The portal's own table."""

    filters = frozenset(("text", "field", "state", "session", "data", "sms", "imei_lock"))
    hint = "Any part of a number or label"

    def __init__(self, portal: Portal[Awaited]) -> None:
        self._portal = portal

    async def page(self, page: int, page_size: int, sort: str, by: Mapping[str, str]) -> Rows:
        """One page."""
        asked: dict[str, Any] = {name: value for name, value in by.items() if value}
        if "imei_lock" in asked:
            asked["imei_lock"] = asked["imei_lock"] == "true"
        found = await self._portal.sims(page=page, page_size=page_size, sort=sort, **asked)
        return OnePage([_of_portal(each) for each in found.items], found.total)

    async def one(self, iccid: str) -> SimRow | None:
        """One SIM."""
        found = await self._portal.sims(text=iccid, field="iccid", page_size=1)
        is_it = bool(found.items) and found.items[0].iccid == iccid
        return _of_portal(found.items[0]) if is_it else None


class OfManagement:
    """The Management API, version 2, as 1NCE has it."""

    filters = frozenset(("text",))
    hint = "A whole ICCID, IMEI or IP address"

    def __init__(self, management: ManagementApi[Awaited]) -> None:
        self._sims = management.sims_v2

    async def page(self, page: int, page_size: int, sort: str, by: Mapping[str, str]) -> Rows:
        """One page; the order is the service's but for `imei` and `ip_address`."""
        text = by.get("text", "").strip()
        if _is_number(text, *_ICCID_DIGITS):
            found = await self.one(text)
            return OnePage([] if found is None else [found], 0 if found is None else 1)
        order = sort if sort.removeprefix("-") in ("imei", "ip_address") else None
        query = _query(text)
        if text and query is None:
            return OnePage([], 0)
        sims = await self._sims.one_page(page=page, page_size=page_size, q=query, sort=order)
        return OnePage([_of_management(each) for each in sims.items], sims.total)

    async def one(self, iccid: str) -> SimRow | None:
        """One SIM, with what is left of its volume."""
        try:
            sim = await self._sims.get(iccid)
            data = await self._sims.data_quota(iccid)
            sms = await self._sims.sms_quota(iccid)
        except (NotFound, BadRequest):
            return None
        row = _of_management(sim)
        known = vars(row) | {"data_left": data.volume, "ends": data.expiry_date}
        if data.total_volume is not None:
            known["data_total"] = data.total_volume
        if sms.volume is not None and sms.total_volume is not None:
            known |= {"sms_left": int(sms.volume), "sms_total": int(sms.total_volume)}
        return SimRow(**known)


def _of_portal(sim: PortalSim) -> SimRow:
    return SimRow(**{name: getattr(sim, name) for name in SimRow.__dataclass_fields__})


def _of_management(sim: Sim) -> SimRow:
    return SimRow(
        iccid=sim.iccid or "",
        imsi=sim.imsi or "",
        msisdn=sim.msisdn or "",
        imei=sim.imei,
        imei_lock=bool(sim.imei_lock),
        ip_address=sim.ip_address,
        label=sim.label or "",
        state=(sim.status or "").upper(),
        session=None,
        sim_type=None,
        data_total=sim.current_quota or 0,
        data_left=None,
        data=_level(sim.quota_status),
        sms_total=sim.current_quota_SMS or 0,
        sms_left=None,
        sms=_level(sim.quota_status_SMS),
        auto_top_up=None,
        activated=sim.activation_date,
        ends=None,
        is_extendable=None,
    )


def _level(status: QuotaStatus | None) -> str:
    number = 0 if status is None or status.id is None else status.id
    return _LEVELS.get(number, "SUFFICIENT")


def _query(text: str) -> str | None:
    """The API's filter for a text, or None for one that it cannot look for."""
    if _is_number(text, *_IMEI_DIGITS):
        return f"imei:{text}"
    try:
        return f"ip_address:{IPv4Address(text)}"
    except ValueError:
        return None


def _is_number(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdecimal() and least <= len(text) <= most
