"""1NCE OS in a browser: the inspector, with a template."""

import pytest

from support.portal_browser import owner, settled, shot
from support.running_world import endpoint_twin, socket_at
from support.story_worlds import LEVEL, active_template


@pytest.fixture(scope="module")
def world(world):
    with active_template(world, LEVEL) as found:
        yield found


def send(world, number, payload):
    line = socket_at(world.description["sims"][number - 1]["twin"])
    line.sendto(payload, endpoint_twin(world.description, 4445))
    line.close()


def test_a_message_appears_by_itself_with_its_content_beside_its_bytes(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="Device Inspector").click()
    page.get_by_text("No device sent a message").wait_for()
    settled(page)
    send(world, 1, b"\x2a")
    page.locator("pre", has_text='"level": 42').wait_for()
    page.locator("code", has_text="2a").wait_for()
    send(world, 2, b"\x07")
    page.locator("pre", has_text='"level": 7').wait_for()
    shot(page, "inspector")
    page.get_by_label("ICCID of a device").fill(world.description["sims"][1]["iccid"])
    page.locator("pre", has_text='"level": 42').wait_for(state="detached")
    assert page.locator("pre", has_text='"level": 7').count() == 1
    page.get_by_role("combobox", name="Protocol").click()
    page.get_by_role("option", name="LwM2M").click()
    page.get_by_text("No device sent a message").wait_for()
    assert page.trouble == []
