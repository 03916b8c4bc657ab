"""What every page has around it: the bar, the navigation, who is signed in, dark or light.

with page_frame(request, "/sims", "My SIMs") as around:
    around.visit, around.zone, around.more
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fastapi import Request
from nicegui import ui

from nce_sim.portal.door import ROOT, tiles_of, visit_of
from nce_sim.portal.parts.buttons import choices, quiet
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tags import box, icon, words
from nce_sim.portal.places import PLACES
from nce_sim.portal.tiles import Tiles
from nce_sim.portal.visit import Visit

_DARK = "nce_dark"  # the cookie of the choice; without it the system decides
_CHOICES = {"Light": ("off", False), "Dark": ("on", True), "As the system": ("", None)}


@dataclass(frozen=True)
class Frame:
    """What a page is built with."""

    visit: Visit
    zone: Zone
    more: ui.element  # beside the heading
    tiles: Tiles | None = None  # of maps


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text()


@contextmanager
def page_frame(request: Request, path: str, heading: str, crumb: str = "") -> Iterator[Frame]:
    """Build the frame; what is made inside stands in the page's main part."""
    visit = visit_of(request)
    cookies = dict(request.cookies)
    ui.add_css(_style())
    ui.add_head_html(_ZONE_SCRIPT)
    ui.colors(
        primary="#00566b",
        secondary="#5b6b75",
        accent="#00768f",
        negative="#a4161a",
        positive="#1b6e3c",
    )
    dark = ui.dark_mode({"on": True, "off": False}.get(cookies.get(_DARK, "")))
    with ui.header().classes("bar-top items-center no-wrap q-px-md q-py-sm"):
        words("a", "Skip to the content", "skip", href="#content")
        toggle = ui.button(icon="menu").props("flat round dense color=white")
        toggle.props["aria-label"] = "Navigation"
        words("a", "1NCE Portal", "brand", href=f"{ROOT}/")
        words("span", f"{visit.organisation} · ID {visit.number}", "company gt-xs")
        ui.space()
        _look(dark)
        _account(visit)
    # Open where there is room: Quasar knows, and nobody need ask the browser.
    with ui.left_drawer(value=False).classes("side") as side:
        side.props("show-if-above width=220 breakpoint=900")
        _places(visit, path)
    toggle.on_click(side.toggle)
    with box("main", "page", id="content", tabindex="-1"):
        if crumb:
            with box("nav", "crumb", aria_label="Where this page is"):
                words("a", crumb, href=f"{ROOT}{path}")
        with box("div", "head"):
            words("h1", heading)
            more = box("div", "more")
        yield Frame(visit, Zone.of(cookies), more, tiles_of(request))


def _places(visit: Visit, path: str) -> None:
    group = ""
    with box("nav", aria_label="Pages"):
        for place in PLACES:
            if place.group != group:
                group = place.group
                words("div", group, "group")
            reason = place.why_not(visit)
            here = "page" if place.path == path else None
            if reason is None:
                link = box("a", "place", href=ROOT + place.path, aria_current=here)
            else:
                link = box("span", "place", aria_disabled="true", tabindex="0", role="link")
            with link:
                icon(place.icon)
                words("span", place.title)
                if reason is not None:
                    ui.tooltip(reason)


def _look(dark: ui.dark_mode) -> None:
    def choose(text: str, value: bool | None) -> None:
        dark.value = value
        ui.run_javascript(
            f'document.cookie = "{_DARK}={text};path={ROOT};SameSite=Strict;max-age=31536000"'
        )

    with ui.button(icon="contrast").props("flat round dense color=white") as button:
        button.props["aria-label"] = "Light or dark"
        choices({name: partial(choose, *chosen) for name, chosen in _CHOICES.items()})


def _account(visit: Visit) -> None:
    with ui.button(icon="account_circle").props("flat round dense color=white") as button:
        button.props["aria-label"] = f"Signed in as {visit.name}"
        with ui.menu(), box("div", "q-pa-md"):
            words("div", visit.name)
            words("div", visit.role, "note")
            # A form: the session ends at the door, not in a page.
            with box("form", "q-mt-md", method="post", action=f"{ROOT}/sign-out"):
                quiet("Sign out").props("type=submit")


_ZONE_SCRIPT = f"""<script>document.cookie = "nce_zone=" + encodeURIComponent(
Intl.DateTimeFormat().resolvedOptions().timeZone) + ";path={ROOT};SameSite=Strict";</script>"""
