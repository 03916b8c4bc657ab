"""The pages of the reference, each made from the code when the site is built.

PAGES["command"]()      # Markdown
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from hub.reference import (
    at_commands,
    command,
    doors,
    first_message,
    house,
    python,
    radio_day,
    settings,
    tables,
)
from nce_sim.modem.personalities import PERSONALITIES

PAGES: Mapping[str, Callable[[], str]] = {
    "command": command.page,
    "management_api": doors.management_page,
    "portal_api": doors.portal_page,
    "control_api": doors.control_page,
    "verbs": doors.verbs_page,
    "settings": settings.page,
    "events": tables.events_page,
    "errors": tables.errors_page,
    "faults": tables.faults_page,
    "bcl_rules": tables.bcl_page,
    "at_commands": at_commands.page,
    **{f"at_{name}": functools.partial(at_commands.family_page, name) for name in PERSONALITIES},
    "lwm2m_objects": tables.lwm2m_page,
    "python": python.page,
    "house": house.page,
    "first_message": first_message.page,
    "radio_day": radio_day.page,
}
