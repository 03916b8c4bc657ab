"""Takes the pictures of the portal for README.md and docs/portal.md: `make screenshots`.

The pages are those of a world that runs, with a device whose firmware reports its way. They are
kept as small PNG in docs/pictures. It needs what `make browser` installs.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]

FOLDER = ROOT / "docs/pictures"
_DEVICES, _ORDERED = 3, 45
_TEMPLATE = ROOT / "firmware/blueprints/gps_template.json"
_TRACK = ROOT / "firmware/data/gps_track.csv"
_LABELS = ("Depot", "Truck 12", "Truck 17", "Tank north", "Tank south", "Meter 4711")
_WEEK_S, _WEEKS = 7 * 86_400, 2
_COLOURS, _MOST_BYTES = 256, 120_000
_WAIT_MS = 240_000


def main() -> None:
    """Play the world and take the pictures."""
    from support.desk_firmware import firmware_at
    from support.portal_browser import chromium, owner, portal_world

    FOLDER.mkdir(parents=True, exist_ok=True)
    options = (
        "--sims",
        str(_DEVICES),
        "--speed",
        "4",
        "--country",
        "DE",
        "--template",
        str(_TEMPLATE),
    )
    with (
        chromium() as browser,
        portal_world(*options) as world,
        tempfile.TemporaryDirectory() as place,
    ):
        _furnish(world)
        world.control.verb("sky", state="outdoors")
        world.control.verb("track", file=str(_TRACK), loop=True)
        pty = world.description["sims"][0]["pty"]
        settings = {"BLUEPRINT": "gps", "INTERVAL_S": 10, "TEMPLATE": "blueprints.gps_codec"}
        page = owner(browser, world, height=800)
        with firmware_at(pty, Path(place), **settings):
            page.goto(f"{world.page}/os/inspector")
            page.locator("pre", has_text="latitude").nth(4).wait_for(timeout=_WAIT_MS)
            _take(page, "inspector")
            _fence(page, world)
            page.goto(f"{world.page}/os/energy-saver")
            page.get_by_role("button", name="Examples").click()
            page.get_by_role("menuitem").nth(1).click()
            page.get_by_role("button", name="Test it at 1NCE OS").click()
            page.get_by_text("Template works!").wait_for()
            _take(page, "energy_saver")
            page.goto(f"{world.page}/world/1")
            page.get_by_role("region", name="Last exchange").locator("svg").first.wait_for()
            page.wait_for_function(
                "() => document.querySelectorAll('.timeline svg path').length > 20"
            )
            _take(page, "device", "Timeline")
            page.goto(f"{world.page}/")
            page.locator(".donut").nth(2).wait_for()
            _take(page, "dashboard")


def _furnish(world: Any) -> None:
    """Weeks of use, labels, SIMs that are off, low or used up, and an order."""
    from support.portal_load import Traffic, order_sims, portal_client

    with portal_client(world) as client:
        # Fences need credits.
        products = client.get("/management-api/v1/products").json()
        fences = next(each["id"] for each in products if "Geofencing" in each["product"])
        order = {"products": [{"productId": fences, "quantity": 1}]}
        client.post("/management-api/v1/orders", json=order).raise_for_status()
    order_sims(world, _ORDERED)
    for week in range(_WEEKS):
        with Traffic(world, rate=200) as traffic:
            traffic.wait_for(60 + 40 * (week % 3) + 10 * week)
        world.control.time(advance_s=_WEEK_S)
    with portal_client(world) as client:
        sims = [each["iccid"] for each in client.get("/sims", params={"pageSize": 50}).json()]
        for iccid, label in zip(sims, _LABELS, strict=False):
            body = {"iccid": iccid, "label": label, "imei_lock": False, "status": "Enabled"}
            client.put(f"/management-api/v1/sims/{iccid}", json=body).raise_for_status()
    for number in (7, 11, 19):
        world.control.verb("disable", sim=sims[number])
    for number in (5, 8):
        world.control.verb("exhaust", sim=sims[number])


def _fence(page: Any, world: Any) -> None:
    """A fence where the device is."""
    place = world.control.map().devices[0]
    page.goto(f"{world.page}/os/locator")
    page.get_by_role("button", name="New geofence").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Depot")
    form.get_by_label("Centre").fill(f"{place.latitude:.5f}, {place.longitude:.5f}")
    form.get_by_label("Radius").fill("400")
    form.get_by_role("button", name="Create").click()
    page.get_by_text("The geofence Depot is there.").wait_for(state="hidden")
    events = page.get_by_role("region", name="Geofence events")
    events.get_by_text("the geofence").first.wait_for(timeout=_WAIT_MS)


def _take(page: Any, name: str, region: str | None = None) -> None:
    """The part that is seen first, or from a region on, in few colours."""
    from PIL import Image

    from support.portal_browser import settled

    settled(page)
    page.evaluate("scrollTo(0, 0)")
    if region is not None:
        found = page.get_by_role("region", name=region, exact=True)
        found.evaluate("it => scrollTo(0, it.getBoundingClientRect().top - 80)")
    taken = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    path = FOLDER / f"portal_{name}.png"
    taken.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size} bytes")
    if size > _MOST_BYTES:
        raise SystemExit(f"{path} has {size} bytes, more than {_MOST_BYTES}: take fewer colours")


if __name__ == "__main__":
    main()
