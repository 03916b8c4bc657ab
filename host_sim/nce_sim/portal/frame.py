"""What every page has around it: the bar, the navigation, who is signed in, dark or light.

with page_frame(request, "/sims", "My SIMs") as around:
    around.visit, around.zone, around.more
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from nce_sim.portal.door import ROOT, tiles_of, visit_of
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.places import PLACES
from nce_sim.portal.tiles import Tiles
from nce_sim.portal.visit import Visit

TITLE = "1NCE Customer Portal, simulated"
_DARK = "nce_dark"  # the cookie of the choice; without it the system decides


@dataclass(frozen=True)
class Frame:
    """What a page is built with."""

    visit: Visit
    zone: Zone
    more: ui.element  # beside the heading
    tiles: Tiles | None = None  # of maps


class _Around(ui.element, component="frame.js"):
    """The bar and the navigation."""


@contextmanager
def page_frame(request: Request, path: str, heading: str, crumb: str = "") -> Iterator[Frame]:
    """Build the frame; what is made inside stands in the page's main part."""
    visit = visit_of(request)
    cookies = dict(request.cookies)
    _surround(visit, path, cookies.get(_DARK, ""))
    with box("main", "page", id="content", tabindex="-1"):
        if crumb:
            ui.page_title(f"{heading} · {TITLE}")  # of many of its kind, maybe in tabs
            with box("nav", "crumb", aria_label="Where this page is"):
                words("a", crumb, href=f"{ROOT}{path}")
        with box("div", "head"):
            words("h1", heading)
            more = box("div", "more")
        yield Frame(visit, Zone.of(cookies), more, tiles_of(request))


def _surround(visit: Visit, path: str, look: str) -> None:
    layout = ui.context.client.layout
    layout.props["view"] = "hHh Lpr fff"  # the bar and the navigation stay while the page scrolls
    with layout:
        around = _Around()
    around.move(target_index=0)
    around.props.update(
        root=ROOT,
        here=path,
        places=tuple(
            (place.path, place.title, place.icon, place.group, place.why_not(visit))
            for place in PLACES
        ),
        organisation=f"{visit.organisation} · ID {visit.number}",
        user=visit.name,
        role=visit.role,
        look={"on": True, "off": False}.get(look),
        cookie=_DARK,
    )
