"""The long story: SIMs are ordered, a device reports its place, leaves a fence, is out of volume.

The device is the firmware that ships, as a process; all that its owner does is done in the portal.
"""

import re
from pathlib import Path

import pytest

from support.desk_firmware import firmware_at
from support.portal_browser import owner, settled, shot
from support.story_worlds import active_template

TEMPLATE = Path(__file__).parents[2] / "firmware/blueprints/gps_template.json"
COLOGNE, BONN = (50.9413, 6.9583), (50.7374, 7.0982)
ICCID = re.compile(r"8988228\d{12}")
DELIVERED_S = 3_600


@pytest.fixture(scope="module")
def world(world):
    world.control.time(speed=4)
    with active_template(world, TEMPLATE.read_text()):
        yield world
    world.control.time(speed=1)


def stay(world, place):
    world.control.verb("stay", latitude=place[0], longitude=place[1])


def order(page, product, quantity):
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("button", name="New order").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Product").click()
    page.get_by_role("option", name=product).first.click()
    dialog.get_by_label("Quantity").fill(str(quantity))
    dialog.get_by_role("button", name="Order and pay").click()
    page.get_by_text("The order is placed.").wait_for()


def select_and(page, button):
    """What is listed is selected, and something is done to all of it."""
    page.get_by_role("checkbox", name="Select all of this page").click()
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_order_to_a_device_that_is_back(browser, world, tmp_path):
    known = {sim["iccid"] for sim in world.description["sims"]}
    world.control.verb("sky", state="outdoors")
    stay(world, COLOGNE)
    page = owner(browser, world)

    # SIMs and credits are ordered, paid and delivered; a jump in place of waiting.
    order(page, "1NCE IoT FlexSIM", 2)
    order(page, "Whereabouts – Geofencing", 1)
    world.control.time(advance_s=DELIVERED_S)
    page.get_by_role("link", name="My SIMs").click()
    page.get_by_text("1-6 of 6").wait_for()
    links = page.get_by_role("link").all_inner_texts()
    iccid = next(text for text in links if ICCID.fullmatch(text) and text not in known)

    # One of them takes the place of the device's; it was inactive, and is activated.
    world.control.verb("disable", sim=iccid)
    page.goto(f"{world.page}/world/1")
    page.get_by_role("button", name="Take it out").click()
    page.get_by_label("Another SIM").fill(iccid)
    page.get_by_role("button", name="Put this one in").click()
    page.get_by_text("Another SIM is put in: done.").wait_for()
    page.goto(f"{world.page}/sims?state=DISABLED")
    page.get_by_role("link", name=iccid).wait_for()
    select_and(page, "Activate")
    page.get_by_text("1 SIM activated.").wait_for()

    with firmware_at(
        world.description["sims"][0]["pty"],
        tmp_path,
        BLUEPRINT="gps",
        INTERVAL_S=10,
        POSITIONS="modem",
        TEMPLATE="blueprints.gps_codec",
    ):
        # It attaches, and its messages are decoded.
        page.goto(f"{world.page}/os/inspector")
        page.locator("pre", has_text="latitude").first.wait_for()
        shot(page, "long-decoded")
        page.goto(f"{world.page}/world/1")
        state = page.get_by_role("region", name="State")
        state.get_by_text("Registered", exact=True).wait_for()

        # A fence around its place; the device is driven out of it.
        page.goto(f"{world.page}/os/locator")
        settled(page)
        page.get_by_role("button", name="New geofence").click()
        form = page.get_by_role("dialog")
        form.get_by_label("Name").fill("Depot")
        form.get_by_label("Centre").fill(f"{COLOGNE[0]}, {COLOGNE[1]}")
        form.get_by_label("Radius").fill("800")
        form.get_by_role("button", name="Create").click()
        page.get_by_text("The geofence Depot is there.").wait_for()
        events = page.get_by_role("region", name="Geofence events")
        events.get_by_text('entered the geofence "Depot"').wait_for()
        stay(world, BONN)
        events.get_by_text('left the geofence "Depot"').wait_for()
        shot(page, "long-fence")

        # Its volume is used up: it is silent, until its owner finds it and tops it up.
        world.control.verb("exhaust", sim=iccid)
        page.get_by_role("link", name="Dashboard").click()
        page.get_by_role("region", name="Data volume").get_by_role(
            "link", name="Show SIMs without volume"
        ).click()
        page.get_by_text("1-1 of 1").wait_for()
        page.get_by_role("link", name=iccid).wait_for()
        newest = world.control.journal(newest=True, limit=1).next
        select_and(page, "Top up")
        page.get_by_role("dialog").get_by_role("button", name="Top up").click()
        page.get_by_text("1 SIM topped up.").wait_for()
        world.control.wait_for("uplink", after=newest, timeout_s=90)
        page.goto(f"{world.page}/os/inspector")
        page.locator("pre", has_text="50.73").first.wait_for()
        shot(page, "long-back")
    assert page.trouble == []
