"""A world with many devices and the operators of a country: the page stays readable."""

import pytest

from support.portal_browser import findings, owner, settled, shot

pytestmark = pytest.mark.exhaustive

COUNT = 250


@pytest.fixture(scope="module")
def world(worlds):
    return worlds.of("--sims", str(COUNT), "--country", "DE", "--twins", "off")


def test_devices_at_one_place_are_a_dot_with_their_number_and_tables_are_short(browser, world):
    page = owner(browser, world, at=None)
    outside = []
    page.on("request", lambda request: outside.append(request.url))
    page.goto(f"{world.page}/world")
    settled(page)
    page.locator(".dot-count", has_text=str(COUNT)).wait_for()
    devices = page.get_by_role("region", name="Devices", exact=True)
    devices.get_by_text(f"25 of {COUNT} devices are shown").wait_for()
    assert devices.get_by_role("link").count() == 25
    devices.get_by_label("Devices with").fill("250 ·")
    devices.get_by_role("link", name="250 · ").wait_for()
    page.wait_for_function(
        "() => document.querySelectorAll('[aria-label=Devices] a').length === 1"
    )
    world.control.verb("stay", modem=250, latitude=50.96, longitude=6.99)
    page.locator(".dot-count", has_text=str(COUNT - 1)).wait_for()
    origin = world.page.removesuffix("/portal")
    assert [url for url in outside if not url.startswith((origin, "data:", "blob:"))] == []
    shot(page, "world-many")
    assert findings(page) == set()
    assert page.trouble == []


def test_cells_and_devices_are_those_of_one_operator(browser, world):
    page = owner(browser, world, at="/world")
    cells = world.control.map().cells
    operators = list(dict.fromkeys(cell.operator for cell in cells))
    assert len(operators) > 1
    coverage = page.get_by_role("region", name="Coverage")
    assert coverage.get_by_role("switch").count() == len(cells)
    legend = page.get_by_role("list", name="Legend")
    assert legend.get_by_role("listitem").count() == len(operators)
    page.get_by_label("Operator").click()
    page.get_by_role("option", name=operators[1]).click()
    wanted = sum(cell.operator == operators[1] for cell in cells)
    page.wait_for_function(
        "wanted => document.querySelectorAll('[aria-label=Coverage] [role=switch]').length"
        " === wanted",
        arg=wanted,
    )
    assert page.locator(".chart path.leaflet-interactive[stroke-width='2']").count() >= wanted
    assert page.trouble == []
