"""The columns of the table of SIMs, and what a cell says; `SimTable` draws it.

Colours come with a word, so that nobody needs them to understand.
"""

from __future__ import annotations

from typing import Any

from nce_sim.portal.parts.figures import Zone, data_text
from nce_sim.portal.sim_source import SimRow

Column = dict[str, Any]

STATES = {"ENABLED": ("Active", "good"), "DISABLED": ("Inactive", "calm")}
SESSIONS = {"ONLINE": ("Online", "good"), "ATTACHED": ("Attached", "warn")}
TONES = {"SUFFICIENT": "good", "LOW": "warn", "NONE": "bad"}


def _column(name: str, label: str, *, is_more: bool = False, is_sortable: bool = True) -> Column:
    made: Column = {"name": name, "label": label, "field": name, "align": "left"}
    return made | {"sortable": is_sortable, "is_more": is_more}


COLUMNS: tuple[Column, ...] = (
    _column("state", "State"),
    _column("session", "Session"),
    _column("iccid", "ICCID") | {"classes": "mono"},
    _column("label", "Label") | {"classes": "named"},
    _column("ip_address", "IP address"),
    _column("data_left", "Data left"),
    _column("sms_left", "SMS left"),
    _column("ends", "Ends"),
    _column("imsi", "IMSI", is_more=True),
    _column("msisdn", "MSISDN", is_more=True),
    _column("imei", "IMEI", is_more=True),
    _column("lock", "IMEI lock", is_more=True, is_sortable=False),
    _column("auto_top_up", "Auto top-up", is_more=True, is_sortable=False),
    _column("sim_type", "SIM type", is_more=True, is_sortable=False),
)


def row_of(sim: SimRow, zone: Zone, root: str) -> dict[str, Any]:
    """A row as the table takes it: texts, and the tones of its cells."""
    state, state_tone = STATES.get(sim.state, ("Expired", "bad"))
    session, session_tone = session_of(sim.session)
    return {
        "iccid": sim.iccid,
        "address": f"{root}/sims/{sim.iccid}",
        "state": state,
        "state_tone": state_tone,
        "session": session,
        "session_tone": session_tone,
        "label": sim.label or "–",
        "ip_address": sim.ip_address or "–",
        "data_left": data_left_text(sim),
        "data_tone": TONES.get(sim.data, "good"),
        "data_share": share(sim.data_left, sim.data_total, sim.data),
        "sms_left": sms_left_text(sim),
        "sms_tone": TONES.get(sim.sms, "good"),
        "sms_share": share(sim.sms_left, sim.sms_total, sim.sms),
        "ends": zone.day(sim.ends),
        "imsi": sim.imsi,
        "msisdn": sim.msisdn,
        "imei": sim.imei or "–",
        "lock": "Locked" if sim.imei_lock else "Unlocked",
        "auto_top_up": switch_text(sim.auto_top_up),
        "sim_type": sim.sim_type or "–",
    }


def session_of(name: str | None) -> tuple[str, str]:
    """A session in words, and its tone."""
    if name is None:
        return "–", "calm"
    return SESSIONS.get(name, ("Offline", "calm"))


def data_left_text(sim: SimRow) -> str:
    """What is left of the data; the total alone where the service does not tell."""
    total = data_text(sim.data_total)
    return f"of {total}" if sim.data_left is None else f"{data_text(sim.data_left)} of {total}"


def sms_left_text(sim: SimRow) -> str:
    """What is left of the SMS."""
    return f"of {sim.sms_total}" if sim.sms_left is None else f"{sim.sms_left} of {sim.sms_total}"


def switch_text(is_on: bool | None) -> str:
    """On, off, or not told."""
    return "–" if is_on is None else "On" if is_on else "Off"


def share(left: float | None, total: float, level: str) -> int:
    """How much is left, in percent; without a number, as much as its level says."""
    if left is None:
        return {"NONE": 0, "LOW": 20}.get(level, 100)
    return round(100 * left / total) if total else 0
