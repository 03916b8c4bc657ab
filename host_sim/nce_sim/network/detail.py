"""The `detail` of event records: operator, PDP context and volume, as 1NCE's records have them.

Numbers of operators, tunnels and tariffs are invented, and the same in every run.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nce_sim.network.cell import Carrier, Cell
    from nce_sim.network.core import Core
    from nce_sim.network.session import Session

# rat_type, and the names in "RAT type='…'" (3GPP TS 29.274, 8.17).
RAT_TYPES = {"3G": 1, "2G": 2, "LTE": 6, "NB-IoT": 8, "LTE-M": 9}
RAT_NAMES = {
    "3G": "UTRAN",
    "2G": "GERAN",
    "LTE": "E_UTRAN",
    "NB-IoT": "EUTRAN_NB_IOT",
    "LTE-M": "EUTRAN_LTE_M",
}
# The gateway's regions by their cloud names; records show Frankfurt's.
REGIONS = {
    "Frankfurt": "eu-central-1",
    "N. California": "us-west-1",
    "N. Virginia": "us-east-1",
    "Tokyo": "ap-northeast-1",
    "Sao Paulo": "sa-east-1",
}


def sgsn_host(plmn: str) -> str:
    """The invented address of a visited operator's SGSN or MME."""
    number = _number(plmn, 65_536)
    return f"100.127.{number >> 8}.{number & 0xFF}"


def reported_rat(cell: Cell) -> str:
    """The technology as the operator's core reports it: many report LTE-M as LTE."""
    is_hidden = cell.rat == "LTE-M" and not cell.carrier.rule.reports_lte_m
    return "LTE" if is_hidden else cell.rat


def operator_detail(carrier: Carrier) -> dict[str, Any]:
    """The operator as PDP events name it."""
    name, iso_code, country_code = carrier.rule.country
    mcc = carrier.plmn[:3]
    return {
        "id": _number(carrier.plmn, 1_000),
        "name": carrier.long_name,
        "country": {
            "id": _number(mcc, 1_000),
            "name": name,
            "country_code": country_code,
            "mcc": mcc,
            "iso_code": iso_code,
        },
    }


def location_detail(cell: Cell) -> dict[str, Any]:
    """The detail of a location event: the operator with its network codes."""
    number = _number(cell.plmn, 1_000)
    return {
        **operator_detail(cell.carrier),
        "mnc": [{"id": number, "mnc": cell.plmn[3:]}],
        "tapcode": [],
    }


def pdp_detail(session: Session, core: Core, *, is_over: bool) -> dict[str, Any]:
    """The detail of a PDP event: operator and context; the volume in MB when it is over."""
    cell = session.cell
    context = _context(session, core)
    if is_over:
        # A record of the end has no APN, no breakout and no tariff.
        context |= {"apn": None, "breakout_ip": None}
    else:
        context |= {
            "tariff_id": "1",
            "tariff_profile_id": "1",
            "ratezone_id": "1",
            "operator_id": str(_number(cell.plmn, 1_000)) if cell is not None else None,
        }
    detail = {
        **(operator_detail(cell.carrier) if cell is not None else {}),
        "pdp_context": context,
    }
    if is_over:
        tx, rx = session.meter.tx, session.meter.rx
        megabyte = core.account.megabyte(session.sim)
        detail["volume"] = {
            "rx": round(rx / megabyte, 6),
            "tx": round(tx / megabyte, 6),
            "total": round((rx + tx) / megabyte, 6),
        }
    return detail


def _context(session: Session, core: Core) -> dict[str, Any]:
    cell = session.cell
    plmn = cell.plmn if cell is not None else ""
    imei = core.account.imei_of(session.sim)
    gateway = core.settings.regions[session.region]
    created = datetime.fromtimestamp(core.epoch_s(session.opened_at_ms), UTC)
    return {
        "pdp_context_id": session.number,
        "tunnel_created": created.strftime("%Y-%m-%dT%H:%M:%S"),
        "gtp_version": 1 if cell is not None and cell.rat in ("2G", "3G") else 2,
        "ggsn_control_plane_ip_address": gateway,
        "ggsn_data_plane_ip_address": gateway,
        "sgsn_control_plane_ip_address": sgsn_host(plmn),
        "sgsn_data_plane_ip_address": sgsn_host(plmn),
        "tx_teid_control_plane": session.number * 4 + 1,
        "tx_teid_data_plane": session.number * 4 + 2,
        "rx_teid": session.number * 4 + 3,
        "region": REGIONS.get(session.region, session.region),
        "breakout_ip": gateway,
        "apn": session.apn or core.settings.apn,
        "nsapi": 5,
        "ue_ip_address": session.host,
        # IMEISV: a version replaces the check digit (TS 23.003, 6.2.2).
        "imeisv": None if imei is None else imei[:14] + "00",
        "mcc": plmn[:3],
        "mnc": plmn[3:],
        "lac": cell.tac if cell is not None else None,
        "sac": None,
        "rac": None,
        "ci": cell.ci if cell is not None else None,
        "rat_type": RAT_TYPES[reported_rat(cell)] if cell is not None else None,
        "imsi": session.sim.imsi,
    }


def _number(text: str, below: int) -> int:
    return zlib.crc32(text.encode()) % below
