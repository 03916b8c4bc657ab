"""Whether a SIM is attached or online, and where: the status of v1 and v2, and connectivity.

    read = StatusReader(core, operator, account, sightings, settings, wall)
    read.v1(subscription)               # {"status": "ONLINE", "location": …, "pdp_context": …}
    read.v2(subscription)               # {"status": {"description": …}, "pdp_contexts": […]}
    read.connectivity(subscription, subscriber=True, ussd=False)

The simulated network is asked at the moment of the request. 1NCE learns from visited networks up
to two days later that a device has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nce_sim.account.account import Account
from nce_sim.account.subscription import Subscription
from nce_sim.network.cell import Cell
from nce_sim.network.core import Core
from nce_sim.network.detail import RAT_TYPES, pdp_detail, reported_rat
from nce_sim.network.operator import Operator
from nce_sim.network.session import Session
from nce_sim.services.sims.dates import iso_time, spaced, zoned
from nce_sim.services.sims.position import (
    cell_codes,
    nodes_v1,
    nodes_v2,
    place_v1,
    place_v2,
    session_id,
    uli,
)
from nce_sim.services.sims.record import imeisv
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.sightings import Sightings

OFFLINE, ATTACHED, ONLINE, BLOCKED = "OFFLINE", "ATTACHED", "ONLINE", "BLOCKED"
# [D] the five texts of v1; the core cannot tell LTE-M from LTE here.
_RAT_V1 = {"2G": "2G", "3G": "3G", "LTE": "4G", "LTE-M": "4G", "NB-IoT": "NB-IoT"}
_RAT_V2 = {"2G": "2G", "3G": "3G", "LTE": "4G", "LTE-M": "LTE-M", "NB-IoT": "NB-IoT"}


class StatusReader:
    """Status documents of SIMs; `wall` turns the world's clock into ms since 1970."""

    def __init__(
        self,
        core: Core,
        operator: Operator,
        account: Account,
        sightings: Sightings,
        settings: SimsSettings,
        wall: Callable[[int], int],
    ) -> None:
        self._core = core
        self._operator = operator
        self._account = account
        self._sightings = sightings
        self._settings = settings
        self._wall = wall

    # -- v1 --------------------------------------------------------------------------------

    def v1(self, subscription: Subscription) -> dict[str, Any]:
        """The answer of `GET /v1/sims/{iccid}/status`."""
        sim = subscription.sim
        shown: dict[str, Any] = {"status": self._operator.status_of(sim), "services": []}
        cell, session = self._cell(subscription), self._core.session_of(sim)
        if cell is not None:
            seen = self._sightings.of(sim)
            location = {"iccid": sim.iccid, "imsi": sim.imsi}
            if seen.vlr_ms is not None:
                location["last_updated"] = iso_time(self._wall(seen.vlr_ms))
            if seen.sgsn_ms is not None:
                location["last_updated_gprs"] = iso_time(self._wall(seen.sgsn_ms))
            shown["location"] = location | nodes_v1(cell, _has_vlr(cell)) | place_v1(cell)
        if session is not None:
            shown["pdp_context"] = self._context_v1(subscription, session)
            shown["services"] = ["GPRS"]
        return shown

    def _context_v1(self, subscription: Subscription, session: Session) -> dict[str, Any]:
        context = pdp_detail(session, self._core, is_over=False)["pdp_context"]
        seconds = (self._core.clock.now_ms() - session.opened_at_ms) // 1000
        shown = self._numbers(subscription) | {
            "tariff_profile_id": context["tariff_profile_id"],
            "teid_data_plane": context["tx_teid_data_plane"],
            "teid_control_plane": context["tx_teid_control_plane"],
            "duration": f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
        }
        shown |= {name: context[name] for name in _SHARED}
        cell = session.cell
        if cell is not None:
            shown |= {"lac": cell.tac, "ci": cell.ci}
        text = {name: str(value) for name, value in shown.items() if value is not None}
        text["created"] = iso_time(self._wall(session.opened_at_ms))
        return text | _rat(cell, _RAT_V1)

    # -- v2 --------------------------------------------------------------------------------

    def v2(self, subscription: Subscription) -> dict[str, Any]:
        """The answer of `GET /v2/sims/{iccid}/status`."""
        sim = subscription.sim
        is_at_limit = subscription.limits["data"].is_reached(self._account.month())
        cell, session = self._cell(subscription), self._core.session_of(sim)
        shown: dict[str, Any] = {
            "status": {"description": self._status_v2(subscription)},
            "data_traffic_limit_state": {
                "description": "REACHED" if is_at_limit else "NOT_REACHED"
            },
            "pdp_contexts": [],
            "services": [],
        }
        if cell is not None:
            seen = self._sightings.of(sim)
            at_ms = seen.sgsn_ms if seen.vlr_ms is None else seen.vlr_ms
            location: dict[str, Any] = {"iccid": sim.iccid, "imsi": sim.imsi}
            if at_ms is not None:
                location["last_updated"] = spaced(self._wall(at_ms))
            shown["location"] = location | nodes_v2(cell, _has_vlr(cell)) | place_v2(cell)
        if session is not None:
            shown["pdp_contexts"] = [self._context_v2(subscription, session)]
            shown["services"] = ["GPRS"]
        return shown

    def _status_v2(self, subscription: Subscription) -> str:
        """[U] BLOCKED is an endpoint that may not attach, or gets no data."""
        sim = subscription.sim
        status = self._operator.status_of(sim)
        if status == ONLINE:
            return status
        is_barred = not sim.is_enabled or subscription.is_expired
        return BLOCKED if is_barred or self._account.pdp_refusal(sim) is not None else status

    def _context_v2(self, subscription: Subscription, session: Session) -> dict[str, Any]:
        context = pdp_detail(session, self._core, is_over=False)["pdp_context"]
        rx_teid = context["rx_teid"]
        shown = self._numbers(subscription) | {
            "tx_teid_data_plane": context["tx_teid_data_plane"],
            "tx_teid_control_plane": context["tx_teid_control_plane"],
            "rx_teid": rx_teid,
            "rx_teid_data_plane": rx_teid,
            "rx_teid_control_plane": rx_teid,
            "region": context["region"],
            "apn": context["apn"],
            "ipcan_session_id": session_id(context),
            "lac": "",
            "ci": "",
            "sac": "",
            "rac": "",
        }
        shown |= {name: context[name] for name in _SHARED}
        cell = session.cell
        if cell is not None:
            shown |= cell_codes(cell.tac, cell.ci)
        # Every value is text, and none is missing.
        text: dict[str, Any] = {
            name: "" if value is None else str(value) for name, value in shown.items()
        }
        text["created"] = iso_time(self._wall(session.opened_at_ms))
        if cell is not None:
            text |= _as_text(uli(context["gtp_version"], cell.tac, cell.ci))
        return text | _rat(cell, _RAT_V2)

    # -- 2G and 3G -------------------------------------------------------------------------

    def connectivity(
        self, subscription: Subscription, *, subscriber: bool, ussd: bool
    ) -> dict[str, Any]:
        """The answer of `GET /v1/sims/{iccid}/connectivity_info`: a cell of 2G or 3G, or nothing.

        No device here answers USSD.
        """
        now_ms = self._core.clock.now_ms()
        asked = zoned(self._wall(now_ms))
        shown: dict[str, Any] = {"request_timestamp": asked, "reply_timestamp": asked}
        if ussd:
            shown["ussd_info"] = {"success": False, "error": "Request Timeout Error"}
        if subscriber:
            shown["subscriber_info"] = {}
            cell = self._cell(subscription)
            if cell is not None and cell.rat in ("2G", "3G"):
                seen = self._sightings.of(subscription.sim)
                minutes = (now_ms - (seen.vlr_ms or 0)) // 60_000
                shown["subscriber_info"] = {
                    "success": True,
                    "state": "not_provided_from_vlr",
                    "location": {
                        "current_location_retrieved": False,
                        "age_of_location": minutes,
                        "cell_global_id": {
                            "cid": cell.ci & 0xFFFF,
                            "lac": cell.tac & 0xFFFF,
                            "mcc": cell.plmn[:3],
                            "mnc": cell.plmn[3:],
                        },
                    },
                }
        return shown

    # -- inside ----------------------------------------------------------------------------

    def _cell(self, subscription: Subscription) -> Cell | None:
        registration = self._operator.registration_of(subscription.sim)
        return registration.cell if registration is not None else None

    def _numbers(self, subscription: Subscription) -> dict[str, Any]:
        """The numbers by which a context names its SIM; they are invented."""
        settings = self._settings
        return {
            "endpoint_id": self._account.endpoint_id(subscription.sim),
            "organisation_id": subscription.organisation_id,
            "imsi_id": settings.first_imsi_id + subscription.number,
            "imsi": subscription.sim.imsi,
            "sim_id": settings.first_sim_id + subscription.number,
            "imeisv": None if subscription.imei is None else imeisv(subscription.imei),
        }


_SHARED = (
    "pdp_context_id",
    "tariff_id",
    "ratezone_id",
    "gtp_version",
    "nsapi",
    "sgsn_control_plane_ip_address",
    "sgsn_data_plane_ip_address",
    "ggsn_control_plane_ip_address",
    "ggsn_data_plane_ip_address",
    "mcc",
    "mnc",
    "operator_id",
    "ue_ip_address",
)


def _has_vlr(cell: Cell) -> bool:
    return cell.rat != "NB-IoT"


def _rat(cell: Cell | None, names: dict[str, str]) -> dict[str, Any]:
    if cell is None:
        return {"rat_type": {"rat_type_id": "", "description": ""}} if names is _RAT_V2 else {}
    reported = reported_rat(cell)
    number = str(RAT_TYPES[reported])
    return {"rat_type": {"rat_type_id": number, "description": names[reported]}}


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    return str(value)
