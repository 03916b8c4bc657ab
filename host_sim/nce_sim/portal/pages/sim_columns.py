"""The columns of the table of SIMs, and how a cell looks.

A template of Vue shows a value as text, whatever is in it; colours come with a word, so that
nobody needs them to understand.
"""

from __future__ import annotations

from typing import Any

from nce_api.models.portal import PortalSim
from nce_sim.portal.parts.figures import Zone, data_text

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
    _column("iccid", "ICCID"),
    _column("label", "Label"),
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

_CHIP = (
    '<q-td :props="props"><span :class="\'chip \' + props.row.%s">{{ props.value }}</span></q-td>'
)
_METER = (
    '<q-td :props="props"><div>{{ props.value }}</div>'
    '<div :class="\'meter \' + props.row.%s" aria-hidden="true">'
    "<div :style=\"{width: props.row.%s + '%%'}\"></div></div></q-td>"
)
SLOTS = {
    "header-selection": '<q-checkbox v-model="props.selected" '
    'aria-label="Select all of this page" />',
    "body-selection": '<q-checkbox v-model="props.selected" '
    ":aria-label=\"'Select SIM ' + props.row.iccid\" />",
    "body-cell-state": _CHIP % "state_tone",
    "body-cell-session": _CHIP % "session_tone",
    "body-cell-iccid": '<q-td :props="props" class="mono">'
    '<a :href="props.row.address">{{ props.value }}</a></q-td>',
    "body-cell-data_left": _METER % ("data_tone", "data_share"),
    "body-cell-sms_left": _METER % ("sms_tone", "sms_share"),
}


def row_of(sim: PortalSim, zone: Zone, root: str) -> dict[str, Any]:
    """A row as the table takes it: texts, and the tones of its cells."""
    state, state_tone = STATES.get(sim.state, ("Expired", "bad"))
    session, session_tone = SESSIONS.get(sim.session, ("Offline", "calm"))
    return {
        "iccid": sim.iccid,
        "address": f"{root}/sims/{sim.iccid}",
        "state": state,
        "state_tone": state_tone,
        "session": session,
        "session_tone": session_tone,
        "label": sim.label or "–",
        "ip_address": sim.ip_address or "–",
        "data_left": f"{data_text(sim.data_left)} of {data_text(sim.data_total)}",
        "data_tone": TONES.get(sim.data, "good"),
        "data_share": _share(sim.data_left, sim.data_total),
        "sms_left": f"{sim.sms_left} of {sim.sms_total}",
        "sms_tone": TONES.get(sim.sms, "good"),
        "sms_share": _share(sim.sms_left, sim.sms_total),
        "ends": zone.day(sim.ends),
        "imsi": sim.imsi,
        "msisdn": sim.msisdn,
        "imei": sim.imei or "–",
        "lock": "Locked" if sim.imei_lock else "Unlocked",
        "auto_top_up": "On" if sim.auto_top_up else "Off",
        "sim_type": sim.sim_type,
    }


def _share(left: float, total: float) -> int:
    return round(100 * left / total) if total else 0
