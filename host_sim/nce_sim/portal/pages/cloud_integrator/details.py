"""Everything about one integration but its secrets.

show_details(integration, zone)
"""

from __future__ import annotations

from nce_api.models.clouds import IntegrationDetails
from nce_sim.portal.pages.cloud_integrator.words_of import STATES, TYPES, events_text
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

HIDDEN = "••••••••"


def show_details(found: IntegrationDetails, zone: Zone) -> None:
    """A dialog; values of headers are not in it."""
    state, tone = STATES.get(found.state, (found.state, "calm"))
    facts = [
        ("Integration Type", TYPES.get(found.type, found.type)),
        ("Event Type", events_text(found.eventTypes)),
        ("Parse JSON payload", "Yes" if found.jsonPayloadEnabled else "No"),
        ("Endpoint URL", found.url),
        ("AWS account", found.awsAccountId),
        ("Region", found.region),
        ("Last error", found.error),
        ("First successful delivery", zone.text(found.lastSuccessfulMessageDelivery)),
        ("Created", zone.text(found.createdTime)),
        ("Updated", zone.text(found.updatedTime)),
        ("ID", found.id),
    ]
    with window(found.name) as dialog:
        words("span", state, f"chip {tone}")
        with box("dl", "facts full-width"):
            for name, value in facts:
                if value:
                    words("dt", name)
                    words("dd", value)
            for name in found.headers or {}:
                words("dt", f"Header {name}")
                words("dd", HIDDEN, title="The value is not shown again.")
        with box("div", "row justify-end full-width"):
            quiet("Close", on_click=dialog.close, shape="flat")
    dialog.on("hide", dialog.delete)
    dialog.open()
