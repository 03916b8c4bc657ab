"""1NCE OS in a browser: the inspector with a template, the controller with a device."""

import json

import pytest

from support.portal_browser import faults_of_looks, owner, portal_world, settled, shot, signed_in
from support.running_world import endpoint_twin, socket_at

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


@pytest.fixture(scope="module")
def world(browser, tmp_path_factory):
    template = tmp_path_factory.mktemp("template") / "level.json"
    template.write_text(json.dumps(TEMPLATE))
    with portal_world("--sims", "2", "--template", str(template)) as found:
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


def test_a_datagram_is_sent_to_a_device_and_its_fate_is_watched(browser, world):
    sim = world.description["sims"][0]
    page = owner(browser, world, at="/os/controller")
    page.get_by_label("ICCID").fill(sim["iccid"])
    page.get_by_role("combobox", name="Protocol").click()
    page.get_by_role("option", name="UDP").click()
    page.get_by_label("Port").fill("7000")
    page.get_by_label("Data").fill("<b>on</b>")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Accepted.").wait_for()
    on_the_way = {"direction": "down", "destination": f"{sim['address']}:7000"}
    sent = world.control.wait_for("datagram", after=0, **on_the_way)
    assert bytes.fromhex(sent.fields["payload"]) == b"<b>on</b>"
    archived = page.get_by_role("region", name="Archived")
    archived.get_by_text("Succeeded").wait_for(timeout=60_000)
    archived.get_by_text("<b>on</b>").wait_for()
    shot(page, "controller")
    assert page.locator("main b").count() == 0
    assert page.trouble == []


def test_a_request_that_waits_is_cancelled(browser, world):
    page = owner(browser, world, at="/os/controller")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Give the ICCID").wait_for()
    page.get_by_label("ICCID").fill(world.description["sims"][1]["iccid"])
    page.get_by_role("combobox", name="Request mode").click()
    page.get_by_role("option", name="When the device is active").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Cancel the request").click()
    page.get_by_role("region", name="Archived").get_by_text("Cancelled").wait_for()
    page.get_by_label("ICCID").fill("1")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("there is no device '1'").wait_for()
    assert page.trouble == []


def test_a_read_only_user_watches_and_does_not_send(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at="/os/controller")
    page.get_by_text("The role Read Only does not permit this.").first.wait_for()
    assert page.get_by_role("button", name="Send", exact=True).count() == 0
    page.goto(f"{world.page}/os/inspector")
    page.get_by_role("heading", name="Messages").wait_for()


def write(page, text):
    """A template, as somebody pastes it."""
    page.get_by_label("Template in JSON").fill(text)


def test_a_template_is_judged_as_it_is_written_and_its_bytes_are_named(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="Energy Saver").click()
    page.get_by_text("No findings").wait_for()
    settled(page)
    page.locator("td", has_text="temperature").wait_for()
    page.locator("pre", has_text='"level": 300').wait_for()
    page.get_by_role("button", name="Test it at 1NCE OS").click()
    page.get_by_text("Template works!").wait_for()
    shot(page, "energy-saver")
    write(page, '{"sense": [{"asset": "<b>x</b>", "value": {"byte": 0, "type": "uint"}}]}')
    page.locator("td", has_text="<b>x</b>").wait_for()
    write(page, '{"sense": [{"asset": "x", "value": {"byte": 0, "type": "nothing"}}]}')
    page.get_by_text("Error", exact=True).first.wait_for()
    page.get_by_label("Bytes in hexadecimal").fill("%%%")
    page.get_by_text("Give bytes as").wait_for()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


def test_a_template_is_saved_turned_off_and_deleted_and_its_codec_downloaded(browser, world):
    page = owner(browser, world, at="/os/energy-saver")
    # One template at a time has a protocol.
    page.get_by_label("Name").fill("Tank")
    page.get_by_role("button", name="Save as active").click()
    page.get_by_text("a protocol has one active template").wait_for()
    page.get_by_role("button", name="Deactivate cli").click()
    page.get_by_role("button", name="Activate cli", exact=True).wait_for()
    page.get_by_role("button", name="Save as active").click()
    page.get_by_text("Saved and active: Tank.").wait_for()
    page.get_by_role("button", name="Deactivate Tank").click()
    page.get_by_role("button", name="Activate Tank", exact=True).wait_for()
    page.get_by_role("button", name="Delete Tank").click()
    page.get_by_role("button", name="Delete Tank").wait_for(state="detached")
    with page.expect_download() as download:
        page.get_by_role("button", name="Codec for MicroPython").click()
    scope = {}
    exec(download.value.path().read_text(), scope)
    assert scope["decode"](bytes.fromhex("012c41ac000001"))["level"] == 300
    assert page.trouble == []


PAGES = (
    ("/os/energy-saver", "Payload", "energy-saver"),
    ("/os/inspector", "Messages", "inspector"),
    ("/os/controller", "Archived", "controller"),
)
EXCEPTIONS: set[str] = set()


@pytest.mark.parametrize(("path", "text", "name"), PAGES)
def test_a_page_is_usable_dark_narrow_and_without_eyes(browser, world, path, text, name):
    page = owner(browser, world, at=path)
    page.get_by_role("heading", name=text).wait_for()
    assert faults_of_looks(page, name) - EXCEPTIONS == set()
