"""Where the SIM is in the network."""

from __future__ import annotations

from nce_api.models.sims_v2 import Connectivity
from nce_sim.portal.pages.sim_columns import SESSIONS
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tags import box, words


def draw(zone: Zone, found: Connectivity) -> None:
    """The card's body."""
    session, tone = SESSIONS.get(found.status.description, ("Offline", "calm"))
    if found.status.description == "BLOCKED":
        session, tone = "Blocked", "bad"
    location, contexts = found.location, found.pdp_contexts or []
    facts = []
    if location is not None and location.operator is not None:
        operator = location.operator
        facts.append(("Operator", f"{operator.name}, {operator.country.name}"))
        facts.append(("Last seen", zone.text(location.last_updated)))
    for context in contexts:
        facts += [
            ("Radio", context.rat_type.description),
            ("IP address", context.ue_ip_address),
            ("APN", context.apn),
            ("Breakout", context.region),
            ("Session since", zone.text(context.created)),
            ("Cell", f"{context.ci} in area {context.lac}"),
        ]
    with box("dl", "facts"):
        words("dt", "Session")
        with box("dd"):
            words("span", session, f"chip {tone}")
        for name, value in facts:
            words("dt", name)
            words("dd", value)
    if location is None:
        words("p", "The device is not in a network now.", "note q-mt-sm")
