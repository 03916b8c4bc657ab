"""The `detail` of event records: operator, PDP context and volume, as 1NCE's records have them.

Numbers of operators, tunnels and tariffs are made up, the same ones each time.
"""

from __future__ import annotations

import zlib
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
    "LTE-M": "LTE_M",
}
_MEGABYTE = 1_000_000


def sgsn_host(plmn: str) -> str:
    """The made-up address of a visited operator's SGSN or MME."""
    number = _number(plmn, 65_536)
    return f"100.127.{number >> 8}.{number & 0xFF}"


def operator_detail(carrier: Carrier) -> dict[str, Any]:
    """The operator as event records name it."""
    name, iso_code, country_code = carrier.rule.country
    mcc, mnc = carrier.plmn[:3], carrier.plmn[3:]
    number = _number(carrier.plmn, 1_000)
    return {
        "id": number,
        "name": carrier.long_name,
        "country": {
            "id": _number(mcc, 1_000),
            "name": name,
            "country_code": country_code,
            "mcc": mcc,
            "iso_code": iso_code,
        },
        "mnc": [{"id": number, "mnc": mnc}],
        "tapcode": [],
    }


def location_detail(cell: Cell) -> dict[str, Any]:
    """The detail of a location event: the operator alone."""
    return operator_detail(cell.carrier)


def pdp_detail(session: Session, core: Core) -> dict[str, Any]:
    """The detail of a PDP event: operator, context, and the volume so far in MB."""
    cell = session.cell
    plmn = cell.plmn if cell is not None else ""
    tx, rx = session.meter.tx, session.meter.rx
    imei = core.account.subscription(session.sim).imei
    gateway = core.settings.regions.get(session.region or "", "")
    return {
        **(operator_detail(cell.carrier) if cell is not None else {}),
        "pdp_context": {
            "pdp_context_id": session.number,
            "tunnel_created": core.epoch_s(core.clock.now_ms()),
            "gtp_version": 2 if cell is None or cell.rat not in ("2G", "3G") else 1,
            "ggsn_control_plane_ip_address": gateway,
            "ggsn_data_plane_ip_address": gateway,
            "sgsn_control_plane_ip_address": sgsn_host(plmn),
            "sgsn_data_plane_ip_address": sgsn_host(plmn),
            "tx_teid_control_plane": session.number * 4 + 1,
            "tx_teid_data_plane": session.number * 4 + 2,
            "rx_teid": session.number * 4 + 3,
            "region": session.region,
            "breakout_ip": gateway,
            "apn": core.settings.apn,
            "nsapi": 5,
            "ue_ip_address": session.host,
            # IMEISV: the check digit gives way to a version (TS 23.003, 6.2.2).
            "imeisv": "" if imei is None else imei[:14] + "00",
            "mcc": plmn[:3],
            "mnc": plmn[3:],
            "lac": cell.tac if cell is not None else None,
            "sac": None,
            "rac": None,
            "ci": cell.ci if cell is not None else None,
            "rat_type": RAT_TYPES[cell.rat] if cell is not None else None,
            "tariff_id": 1,
            "tariff_profile_id": 1,
            "ratezone_id": 1,
            "operator_id": _number(plmn, 1_000),
            "imsi": session.sim.imsi,
        },
        "volume": {
            "rx": round(rx / _MEGABYTE, 6),
            "tx": round(tx / _MEGABYTE, 6),
            "total": round((rx + tx) / _MEGABYTE, 6),
        },
    }


def _number(text: str, below: int) -> int:
    return zlib.crc32(text.encode()) % below
