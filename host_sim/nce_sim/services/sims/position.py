"""Where a SIM is, as status answers name it: operator, country, nodes and cell.

Numbers of nodes are invented, and the same in every run.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from nce_sim.network.cell import Cell
from nce_sim.network.detail import operator_detail, sgsn_host

_NOBODY = uuid.UUID(int=0)


def node_number(cell: Cell, node: str) -> str:
    """The number of a node of the visited network: digits with its country's code."""
    number = zlib.crc32(f"{cell.plmn} {node}".encode()) % 1_000_000_000
    return f"{cell.carrier.rule.country[2]}{number:09d}"


def realm(cell: Cell) -> str:
    """The realm of a network's nodes (TS 23.003, 19.2)."""
    return f"epc.mnc{cell.plmn[3:]:0>3}.mcc{cell.plmn[:3]}.3gppnetwork.org"


def is_packet_core_of_lte(cell: Cell) -> bool:
    """Whether an MME serves the cell, and not an SGSN with a VLR's area codes."""
    return cell.rat not in ("2G", "3G")


def place_v1(cell: Cell) -> dict[str, Any]:
    """`operator_id` to `country` of a location of v1: all numbers are text."""
    operator = operator_detail(cell.carrier)
    country = operator["country"]
    return {
        "operator_id": str(operator["id"]),
        "sgsn_ip_address": sgsn_host(cell.plmn),
        "operator": {
            "id": str(operator["id"]),
            "name": operator["name"],
            "country": {
                "id": str(country["id"]),
                "name": country["name"],
                "iso-code": country["iso_code"],
            },
        },
        "country": {
            "country_id": str(country["id"]),
            "name": country["name"],
            "country_code": country["country_code"],
            "mcc": country["mcc"],
            "iso-code": country["iso_code"],
        },
    }


def place_v2(cell: Cell) -> dict[str, Any]:
    """The same of v2: the operator has a number, and its network code."""
    operator = operator_detail(cell.carrier)
    country = operator["country"]
    return {
        "operator_id": str(operator["id"]),
        "sgsn_ip_address": sgsn_host(cell.plmn),
        "operator": {
            "id": max(1, operator["id"]),
            "name": operator["name"],
            "mnc": cell.plmn[3:],
            "country": {
                "id": country["id"],
                "name": country["name"],
                "iso_code": country["iso_code"],
            },
        },
        "country": {
            "country_id": str(country["id"]),
            "name": country["name"],
            "country_code": country["country_code"],
            "mcc": country["mcc"],
            "iso_code": country["iso_code"],
        },
    }


def nodes_v1(cell: Cell, has_vlr: bool) -> dict[str, Any]:
    """The nodes of a location of v1; NB-IoT has no VLR."""
    shown = {"sgsn_number": node_number(cell, "sgsn"), "sgsn_number_np": "1"}
    if has_vlr:
        vlr = node_number(cell, "vlr")
        shown |= {"vlr_number": vlr, "vlr_number_np": "1", "msc": vlr, "msc_number_np": "1"}
    return shown


def nodes_v2(cell: Cell, has_vlr: bool) -> dict[str, Any]:
    """The nodes of a location of v2: an MME has a name of the EPC, an SGSN a number."""
    shown: dict[str, Any] = {}
    if is_packet_core_of_lte(cell):
        name = f"mmec01.mmegi{zlib.crc32(cell.plmn.encode()) % 65_536}.mme.{realm(cell)}"
        shown |= {"sgsn_number": name, "mme_name": name, "mme_realm": realm(cell)}
    else:
        number = node_number(cell, "sgsn")
        shown |= {"sgsn_number": number, "sgsn_name": number, "sgsn_realm": realm(cell)}
    if has_vlr:
        vlr = node_number(cell, "vlr")
        shown |= {"vlr_number": vlr, "msc": vlr}
    return shown


def cell_codes(area: int, cell: int) -> dict[str, int]:
    """`lac`, `ci`, `sac` and `rac` in the 16 and 8 bits of GPRS (TS 23.003, 4)."""
    return {"lac": area & 0xFFFF, "ci": cell & 0xFFFF, "sac": cell & 0xFFFF, "rac": area & 0xFF}


def uli(gtp_version: int, area: int, cell: int) -> dict[str, dict[str, int]]:
    """The user location information of a session, by its version of GTP (TS 29.274, 8.21).

    A cell of LTE has a tracking area and a cell identity, whose upper part names the eNodeB.
    """
    if gtp_version == 1:
        return {"gtp_v1_uli": cell_codes(area, cell)}
    return {"gtp_v2_uli": {"tac": area, "eci": cell, "lac": area, "menbi": cell >> 8}}


def session_id(context: Mapping[str, Any]) -> str:
    """[U] the UUID of a data session, the same wherever its PDP context is shown."""
    made_of = "/".join(str(context.get(name)) for name in ("pdp_context_id", "tunnel_created"))
    return str(uuid.uuid5(_NOBODY, f"{context.get('imsi')}/{made_of}"))
