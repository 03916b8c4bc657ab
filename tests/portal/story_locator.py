"""The Device Locator in a browser: a fence drawn by hand, its border crossed, cells, credits."""

import json
import os
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from support.portal_browser import faults_of_looks, owner, settled, shot, signed_in

COLOGNE = (50.94, 6.96)
BONN = (50.73, 7.10)
# After a corner Leaflet takes no other for 50 ms by a timer, which a later and longer one outlasts
# however slow the page is.
REST = "() => new Promise(rested => setTimeout(rested, 60))"
MARKUP = "<b>Cathedral</b>"


@pytest.fixture(scope="module")
def world(large_world):
    return large_world


@pytest.fixture(scope="module")
def received():
    """What a webhook of the customer gets: the events, as they come."""
    events, came = [], threading.Condition()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            with came:
                events.append(body)
                came.notify_all()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def wait(kind, timeout_s=30):
        def found():
            return [each for each in events if each["geofence"]["type"] == kind]

        with came:
            assert came.wait_for(found, timeout_s), events
            return found()[-1]

    wait.url = f"http://127.0.0.1:{server.server_port}/"
    yield wait
    server.shutdown()
    thread.join(10)
    server.server_close()


def move(world, number, place):
    """A device tells where it is, by a message that the template translates."""
    payload = struct.pack(">cdd", b"g", *place[::-1])  # the longitude first
    world.control.verb("message", sim=str(number), hex=payload.hex())


def locator(page, world):
    page.goto(f"{world.page}/os/locator")
    settled(page)
    page.wait_for_selector(".chart path.outline", state="attached")


def dots(page):
    """The devices on the map."""
    return page.locator('.chart path[fill="var(--bar)"]')


@pytest.mark.exhaustive
def test_credits_are_ordered_and_told(browser, world):
    page = owner(browser, world, at=None)
    locator(page, world)
    page.get_by_text("No device has a position yet").wait_for()
    page.get_by_role("tab", name="Configuration").click()
    fencing = page.get_by_role("region", name="Geofencing", exact=True)
    fencing.get_by_text("0", exact=True).wait_for()
    for product in ("Geofencing", "Device Location"):
        page.goto(f"{world.page}/os/locator")
        page.get_by_role("tab", name="Configuration").click()
        page.get_by_role("link", name="Order credits").last.click()
        page.get_by_role("button", name="New order").click()
        page.get_by_role("combobox", name="Product").click()
        page.get_by_role("option", name=f"Whereabouts – {product}").first.click()
        page.get_by_role("button", name="Order and pay").click()
        page.get_by_text("The order is placed.").wait_for()
    locator(page, world)
    page.get_by_role("tab", name="Configuration").click()
    for name in ("Geofencing", "Cell tower location"):
        card = page.get_by_role("region", name=name, exact=True)
        card.get_by_text("Expiry").wait_for()
    shot(page, "locator-configuration")
    assert page.trouble == []


def test_a_fence_is_drawn_with_the_mouse_and_its_border_is_crossed(browser, world, received):
    with world.customer() as client:
        products = {one["product"]: one["id"] for one in client.get("/v1/products").json()}
        credits = {"productId": products["Whereabouts – Geofencing"], "quantity": 1}
        client.post("/v1/orders", json={"products": [credits]}).raise_for_status()
        webhook = {"name": "fences", "url": received.url, "headers": {}}
        webhook["eventTypes"] = [{"type": "GEOFENCE"}]
        answer = client.post("/v1/integrate/clouds/webhooks", json=webhook)
        assert answer.status_code == 201, answer.text
    move(world, 1, COLOGNE)
    page = owner(browser, world, at=None)
    locator(page, world)
    dots(page).first.wait_for()
    page.get_by_role("button", name="Draw a polygon").click()
    page.get_by_role("button", name="Stop drawing").wait_for()
    # The map shows the one device in its middle.
    frame = page.locator(".chart").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    corners = page.locator(".leaflet-editing-icon")
    for number, (right, down) in enumerate(((-90, -90), (90, -90), (90, 90), (-90, 90)), 1):
        page.mouse.move(x + right, y + down)
        page.mouse.down()
        page.mouse.up()
        corners.nth(number - 1).wait_for()
        page.evaluate(REST)
    corners.first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Create").click()
    form.get_by_text("Give a name.").wait_for()
    form.get_by_label("Name").fill(MARKUP)
    assert len(form.get_by_label("Corners").input_value().splitlines()) == 4
    shot(page, "locator-form")
    form.get_by_role("button", name="Create").click()
    page.get_by_text(f"The geofence {MARKUP} is there.").wait_for()
    page.get_by_role("cell", name="Polygon, 4 corners").wait_for()
    # The first position that the fence sees is inside; then the device leaves.
    events = page.get_by_role("region", name="Geofence events")
    move(world, 1, COLOGNE)
    events.get_by_text(f'entered the geofence "{MARKUP}"').wait_for()
    move(world, 1, BONN)
    events.get_by_text(f'left the geofence "{MARKUP}"').wait_for()
    told = received("EXIT")
    assert told["device"]["iccid"] == world.description["sims"][0]["iccid"]
    assert told["geofence"]["name"] == MARKUP
    assert received("ENTER")["geofence"]["source"] == "GPS"
    assert page.locator("main b").count() == 0
    assert faults_of_looks(page, "locator") == set()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_the_way_of_a_device_is_a_track(browser, world):
    page = owner(browser, world, at=None)
    iccid = world.description["sims"][0]["iccid"]
    locator(page, world)
    page.get_by_role("button", name=f"Track of {iccid}").click()
    track = page.get_by_role("region", name="Location history")
    track.get_by_text("50.73000°, 7.10000°").wait_for()
    assert track.get_by_text("50.94000°, 6.96000°").count() == 2
    page.locator('.chart path[stroke="var(--track)"]').first.wait_for()
    shot(page, "locator-track")
    track.get_by_role("combobox", name="Time").click()
    page.get_by_role("option", name="Last 1 day").click()
    track.get_by_text("50.73000°, 7.10000°").wait_for()
    track.get_by_role("button", name="Close the location history").click()
    page.locator('.chart path[stroke="var(--track)"]').wait_for(state="detached")
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_fence_is_typed_renamed_and_deleted(browser, world):
    page = owner(browser, world, at=None)
    locator(page, world)
    page.get_by_role("button", name="New geofence").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Bonn")
    form.get_by_label("Centre").fill("north, east")
    form.get_by_role("button", name="Create").click()
    form.get_by_text("give latitude, longitude").wait_for()
    form.get_by_label("Centre").fill("50.73, 7.10")
    form.get_by_label("Radius").fill("10")
    form.get_by_role("button", name="Create").click()
    form.get_by_text("10 m: give 50 to 30000 m.").wait_for()
    form.get_by_label("Radius").fill("750")
    form.get_by_label("Device ID").fill("89")
    form.get_by_role("button", name="Create").click()
    form.get_by_text("there is no device '89'").wait_for()
    assert form.get_by_label("Name").input_value() == "Bonn"
    form.get_by_label("Device ID").fill(world.description["sims"][1]["iccid"])
    form.get_by_role("button", name="Create").click()
    page.get_by_role("cell", name="Circle, 750 m").wait_for()
    page.get_by_role("button", name="Edit Bonn").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Beuel")
    form.get_by_role("combobox", name="Events").click()
    page.get_by_role("option", name="Exit").click()
    form.get_by_role("heading").click()
    form.get_by_role("button", name="Save").click()
    page.get_by_text("The geofence is changed.").wait_for()
    row = page.get_by_role("row").filter(has_text="Beuel")
    row.get_by_role("cell", name="Enter", exact=True).wait_for()
    page.get_by_role("button", name="Show Beuel on the map").click()
    page.get_by_role("button", name="Delete Beuel").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("The geofence Beuel is deleted.").wait_for()
    row.wait_for(state="detached")
    assert page.trouble == []


def attach(world, number):
    """Firmware brings a modem into the network; its data session begins in a cell."""
    world.control.wait_for("urc", after=0, text="APP RDY", timeout_s=60)
    line = os.open(world.description["sims"][number - 1]["pty"], os.O_RDWR | os.O_NOCTTY)
    try:
        for command in ('AT+CGDCONT=1,"IP","iot.1nce.net"', "AT+CFUN=0", "AT+CFUN=1"):
            after = world.control.journal(newest=True, limit=1).next
            os.write(line, command.encode() + b"\r")
            world.control.wait_for("result", after=after, timeout_s=60)
    finally:
        os.close(line)


@pytest.mark.exhaustive
def test_a_cell_is_resolved_by_basic_and_once_more_with_plus(browser, world):
    page = owner(browser, world, at=None)
    locator(page, world)
    page.get_by_role("tab", name="Configuration").click()
    cells = page.get_by_role("region", name="Cell tower location", exact=True)
    cells.get_by_role("switch").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("button", name="Switch it on").is_disabled()
    dialog.get_by_role("checkbox").click()
    dialog.get_by_role("button", name="Switch it on").click()
    page.get_by_text("It is switched on.").wait_for()
    attach(world, 3)
    page.get_by_role("tab", name="Cell tower events").click()
    resolve = page.get_by_role("button", name="Resolve with Plus")
    resolve.wait_for()
    resolve.click()
    details = page.get_by_role("region", name="Cell tower event details")
    details.get_by_text("It took no credit, and is not stored.").wait_for()
    details.get_by_text(re.compile(r"^within .* m")).wait_for()
    shot(page, "locator-cells")
    details.get_by_role("button", name="Upgrade to Plus").click()
    cells.get_by_role("radio", name="Plus").click()
    cells.get_by_role("radio", name="Plus", checked=True).wait_for()
    before = cells.get_by_text("Remaining Location Credits").locator("+ dd").inner_text()
    assert before == "1\u202f000" or before.isdigit()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_who_may_only_read_sees_why_nothing_can_be_changed(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at=None)
    locator(page, world)
    for name in ("Draw a polygon", "New geofence", f"Delete {MARKUP}"):
        assert page.get_by_role("button", name=name).is_disabled(), name
    page.get_by_role("button", name="New geofence").locator("..").hover()
    page.get_by_text("The role Read Only does not permit this.").first.wait_for()
    page.get_by_role("tab", name="Configuration").click()
    assert page.get_by_role("switch").first.get_attribute("aria-disabled") == "true"
    assert page.trouble == []


TABS = (("Cell tower events", "cells"), ("Configuration", "switches"))


def test_the_other_tabs_are_usable_dark_narrow_and_without_eyes(browser, world):
    page = owner(browser, world, at=None)
    locator(page, world)
    for tab, name in TABS:
        page.get_by_role("tab", name=tab).click()
        assert faults_of_looks(page, f"locator-{name}") == set()
