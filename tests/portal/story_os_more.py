"""1NCE OS in a browser: overview, endpoints and keys, plugins, logs, settings, one device."""

import contextlib
import json
import os
import signal
import struct
import subprocess

import pytest

from nce_sim.sim_card import masked
from support.parent_death import end_with_parent
from support.portal_browser import (
    faults_of_looks,
    findings,
    new_page,
    owner,
    settled,
    shot,
    signed_in,
)
from support.running_world import (
    NCE,
    TIMEOUT_S,
    endpoint_twin,
    environment,
    private_folder,
    socket_at,
)
from support.story_worlds import BRANCH, READER

POST_ON_TOPIC = b"\x50\x02\x00\x07\xd5\x02t=gps\xff"  # RFC 7252: NON POST, Uri-Query (15)


@pytest.fixture(scope="module")
def world(large_world):
    return large_world


@pytest.fixture
def page(browser, world):
    found = owner(browser, world, at=None)
    yield found
    assert found.trouble == []


def visit(page, world, path):
    page.goto(f"{world.page}{path}")
    settled(page)


def send(world, payload, port=4445, number=1):
    with contextlib.closing(socket_at(world.description["sims"][number - 1]["twin"])) as line:
        line.sendto(payload, endpoint_twin(world.description, port))


def attach(world, number):
    """Let the firmware of a modem find its network."""
    world.control.wait_for("urc", after=0, text="APP RDY", timeout_s=60)
    line = os.open(world.description["sims"][number - 1]["pty"], os.O_RDWR | os.O_NOCTTY)
    try:
        for command in (b'AT+CGDCONT=1,"IP","iot.1nce.net"', b"AT+CFUN=0", b"AT+CFUN=1"):
            after = world.control.journal(newest=True, limit=1).next
            os.write(line, command + b"\r")
            world.control.wait_for("result", after=after, timeout_s=60)
    finally:
        os.close(line)


@pytest.mark.exhaustive
def test_the_terms_are_accepted_once_by_an_owner(browser, world):
    reader = signed_in(browser, world, READER, at="/os")
    reader.get_by_text("Not accepted").wait_for()
    assert reader.get_by_role("button", name="Accept").is_disabled()
    first = signed_in(browser, world, BRANCH, at="/os")
    first.get_by_role("button", name="Accept").click()
    first.get_by_role("button", name="Accept them").click()
    first.get_by_text("The terms are accepted.").wait_for()
    first.get_by_text("Accepted", exact=True).wait_for()
    visit(reader, world, "/os")
    reader.get_by_text("Accepted", exact=True).wait_for()
    assert first.trouble == reader.trouble == []


def test_an_endpoint_is_switched_and_a_message_waited_for(page, world):
    iccid = world.description["sims"][0]["iccid"]
    visit(page, world, "/os/device-integrator")
    page.get_by_role("button", name="Wait for message").click()
    page.get_by_text("Give a value.").wait_for()
    page.get_by_label("Device ID (ICCID)").fill(iccid)
    page.get_by_text("This device has no key for CoAP yet.").wait_for()
    page.get_by_role("button", name="Wait for message").click()
    page.get_by_text("Waiting up to 30 s").wait_for()
    send(world, POST_ON_TOPIC + b"<b>hello</b>", port=5683)
    page.get_by_text(f"Message received from device {iccid} via the COAP endpoint").wait_for()
    page.get_by_text("Topic: gps").wait_for()
    assert faults_of_looks(page, "device-integrator") == set()
    # The next wait is for the next message: a look or two finds the former one alone.
    page.get_by_role("button", name="Wait for message").click()
    page.get_by_text("Waiting up to 30 s").wait_for()
    asked = f"/portal-api/management-api/v1/inspect/devices/{masked(iccid)}/history"
    for _ in range(2):
        world.control.wait_for("request", path=asked)
    page.get_by_text("Waiting up to 30 s").wait_for()
    send(world, POST_ON_TOPIC + b"\0\0\0\0\x07", port=5683)
    page.locator("pre", has_text='"level"').wait_for()
    assert "7" in page.locator("pre").inner_text()
    page.get_by_role("button", name="Wait for message").click()
    page.get_by_role("button", name="Stop waiting").click()
    page.get_by_text("Nothing is waited for any more.").wait_for()
    # Off, after a question; a device is refused then.
    page.get_by_role("button", name="Switch UDP off").click()
    page.get_by_role("button", name="Switch it off").click()
    page.get_by_text("The UDP endpoint is off.").wait_for()
    page.get_by_role("button", name="Switch UDP on").click()
    page.get_by_text("The UDP endpoint is on.").wait_for()
    page.get_by_role("switch", name="Passive Reporting").click()
    page.get_by_text("Passive Reporting is on.").wait_for()
    assert page.locator("main b").count() == 0


@pytest.mark.exhaustive
def test_a_pre_shared_key_is_plain_or_hex_and_is_not_shown_again(page, world):
    iccid = world.description["sims"][1]["iccid"]
    visit(page, world, f"/os/device-integrator?iccid={iccid}")
    form = page.get_by_role("form", name="Pre-shared key")
    form.get_by_role("combobox", name="Pre-shared key").click()
    page.get_by_role("option", name="Input manually").click()
    form.get_by_label("Key", exact=True).fill("short")
    form.get_by_role("button", name="Save the key").click()
    form.get_by_text("at least 8").wait_for()
    form.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="HEX").click()
    form.get_by_label("Key", exact=True).fill("no hex at all")
    form.get_by_role("button", name="Save the key").click()
    form.get_by_text("Give pairs of hexadecimal digits").wait_for()
    form.get_by_label("Key", exact=True).fill("00112233445566778899aabbccddeeff")
    form.get_by_role("button", name="Save the key").click()
    page.get_by_text("The key is set.").wait_for()
    page.get_by_text("It has a key for CoAP: HEX").wait_for()
    assert "00112233445566778899aabbccddeeff" not in page.content()
    page.get_by_label("Device ID (ICCID)").fill("8988228066600000000")
    form.get_by_label("Key", exact=True).fill("00112233")
    form.get_by_role("button", name="Save the key").click()
    page.get_by_text("there is no device").first.wait_for()


def test_plugins_are_installed_shown_and_removed(page, world):
    visit(page, world, "/os/plugins")
    tile = page.get_by_role("region", name="Tartabit")
    tile.get_by_role("button", name="Install plugin").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Install plugin").click()
    dialog.get_by_text("Give a value.").wait_for()
    dialog.get_by_label("Webhook Secret", exact=True).fill("secret77")
    dialog.get_by_text("https://bridge-us.tartabit.com/webhook/••••••••").wait_for()
    assert findings(page) == set()
    shot(page, "plugins-tartabit")
    dialog.get_by_role("button", name="Install plugin").click()
    tile.get_by_text("bridge-us.tartabit.com").wait_for()
    page.get_by_role("region", name="Datacake").get_by_role("button").click()
    dialog.get_by_label("Workspace ID").fill("no workspace!")
    dialog.get_by_role("button", name="Install plugin").click()
    dialog.get_by_text("pattern").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    mender = page.get_by_role("region", name="Mender")
    mender.get_by_role("button", name="Install plugin").click()
    dialog.get_by_label("Organization token", exact=True).fill("token of a tenant")
    dialog.get_by_role("button", name="Install plugin").click()
    mender.get_by_text("BEGIN PUBLIC KEY").wait_for()
    assert "PRIVATE KEY" not in page.content()
    page.get_by_role("button", name="Register with Memfault").click()
    dialog.get_by_role("button", name="Register with Memfault").click()
    memfault = page.get_by_role("region", name="Memfault")
    memfault.get_by_text("Owner e-mail").wait_for()
    memfault.get_by_role("link", name="Memfault portal").wait_for()
    assert "secret77" not in page.content()
    assert faults_of_looks(page, "plugins") == set()
    memfault.get_by_role("button", name="Uninstall plugin").click()
    page.get_by_text("The account at Memfault stays.").wait_for()
    page.get_by_role("button", name="Uninstall", exact=True).click()
    memfault.get_by_role("button", name="Register with Memfault").wait_for()


def test_logs_are_filtered_and_turned_by_the_server(page, world):
    # A template that reads the fifth byte fails with one byte.
    for number in range(1, 13):
        send(world, b"\x01", number=number)
    failed = world.description["sims"][4]["iccid"]
    world.control.wait_for("uplink", after=0, sim=masked(world.description["sims"][11]["iccid"]))
    visit(page, world, "/os")
    page.locator("code", has_text="Translator[UserPayloadError]").first.wait_for()
    assert faults_of_looks(page, "os") == set()
    page.get_by_role("link", name="All logs").click()
    page.get_by_text("Page 1 of 3").wait_for()
    page.get_by_text("Logs are kept for seven days.").wait_for()
    first = rows(page)
    page.get_by_role("button", name="Next Page").click()
    page.get_by_text("Page 2 of 3").wait_for()
    second = rows(page)
    assert len(first) == len(second) == 10
    assert not first & second
    assert faults_of_looks(page, "logs") == set()
    choose(page, "Category", "Error")
    page.get_by_text("Page 1 of 2").wait_for()
    page.get_by_label("ICCID").fill(failed)
    page.get_by_text("Page 1 of 2").wait_for(state="detached")
    assert page.locator("code", has_text="Translator[UserPayloadError]").count() == 1
    choose(page, "Type", "Integration")
    page.get_by_text("There is no log like that.").wait_for()
    page.get_by_label("ICCID").fill("a,b;type:device")
    choose(page, "Time Period", "1 day")
    page.get_by_text("There is no log like that.").wait_for()


def rows(page):
    """What a table of logs tells: which message of which device."""
    cells = page.get_by_role("region", name="Logs", exact=True).last.locator("tbody tr")
    return {text.partition("\t")[2] for text in cells.all_inner_texts()}


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_settings_follow_the_service(page, world):
    visit(page, world, "/os/settings")
    page.get_by_role("switch", name="Cell tower location", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    off = page.get_by_role("switch", name="Cell tower location", exact=True, checked=False)
    off.wait_for()
    off.click()
    page.get_by_role("button", name="I have read it").click()
    page.get_by_text("Cell tower location is on.").wait_for()
    page.get_by_role("switch", name="Cell tower location Plus").click()
    page.get_by_text("no credits are left").wait_for()
    page.get_by_role("switch", name="Cell tower location Plus", checked=False).wait_for()
    assert faults_of_looks(page, "settings") == set()


@pytest.mark.exhaustive
def test_a_device_is_located_by_its_cell_from_now_on(page, world):
    attach(world, 6)
    iccid = world.description["sims"][5]["iccid"]
    visit(page, world, f"/os/inspector/{iccid}")
    page.get_by_role("tab", name="Cell tower events").click()
    events = page.get_by_role("region", name="Cell tower events", exact=True)
    row = events.get_by_role("row").filter(has_text="Basic")
    while not row.count():
        page.get_by_role("button", name="Refresh: Cell tower events").click()
        settled(page)
    assert row.count() == 1
    shot(page, "inspector-cell-tower-events")


@pytest.mark.exhaustive
def test_a_device_is_on_the_map_where_it_said_that_it_is(page, world):
    iccid = world.description["sims"][7]["iccid"]
    after = world.control.journal(newest=True, limit=1).next
    for longitude, latitude in ((6.95, 50.93), (6.97, 50.94), (7.1, 50.73)):
        send(world, struct.pack(">cdd", b"g", longitude, latitude), number=8)
        came = world.control.wait_for("uplink", after=after, sim=masked(iccid))
        after = came.number
    visit(page, world, f"/os/inspector/{iccid}")
    page.get_by_role("tab", name="Map").click()
    page.wait_for_selector(".chart path.outline", state="attached")
    page.get_by_text("50.73000°").wait_for()
    page.wait_for_function(f"() => document.querySelectorAll('.chart path').length >= {1 + 3 + 1}")
    assert findings(page) == set()
    shot(page, "inspector-map")
    choose(page, "Source", "Cell tower")
    page.get_by_text("No position is known of this time.").wait_for()


def test_a_device_has_its_state_and_its_history(page, world):
    iccid = world.description["sims"][2]["iccid"]
    for number in range(27):
        send(world, b"\0\0\0\0" + bytes([number]), number=3)
    send(world, POST_ON_TOPIC + b"\0\0\0\0\x63", port=5683, number=3)
    world.control.wait_for("uplink", after=0, sim=masked(iccid), protocol="COAP")
    visit(page, world, "/os/inspector")
    assert faults_of_looks(page, "inspector") == set()
    page.get_by_label("ICCID of a device").fill(iccid)
    page.get_by_role("region", name="Devices").get_by_role("link", name=iccid).click()
    coap = page.get_by_role("region", name="CoAP")
    coap.get_by_text('"level": 99').wait_for()
    coap.get_by_text("Topic: gps").wait_for()
    assert faults_of_looks(page, "inspector-one") == set()
    page.get_by_role("tab", name="History").click()
    page.get_by_text("UDP: 2").wait_for()
    page.get_by_text("CoAP: 1").wait_for()
    shot(page, "inspector-history")
    assert page.locator("pre", has_text='"level": 0').count() == 0
    page.get_by_role("button", name="Older messages").click()
    page.locator("pre", has_text='"level": 0').wait_for()
    choose(page, "Protocol", "LwM2M")
    page.get_by_text("No message came in this time.").first.wait_for()
    page.get_by_role("tab", name="Cell tower events").click()
    page.get_by_text("The device was seen at no cell.").wait_for()
    visit(page, world, "/os/inspector/1")
    page.get_by_text("there is no device '1'").wait_for()


@pytest.mark.exhaustive
def test_a_read_only_user_looks_and_changes_nothing(browser, world):
    reader = signed_in(browser, world, world.user("Read Only"), at=None)
    for path, name, role in (
        ("/os/device-integrator", "Switch UDP off", "button"),
        ("/os/plugins", "Register with Memfault", "button"),
        ("/os/settings", "Geofencing", "switch"),
    ):
        visit(reader, world, path)
        control = reader.get_by_role(role, name=name)
        assert control.is_disabled() or control.get_attribute("aria-disabled") == "true", path
    assert reader.trouble == []


PAGES = (
    "/os",
    "/os/device-integrator",
    "/os/plugins",
    "/os/logs",
    "/os/settings",
    "/os/inspector",
    "/os/inspector/{iccid}",
)


@pytest.mark.exhaustive
def test_in_front_of_the_management_api_alone_all_of_it_is_there(browser, world):
    api = world.description["api"]
    arguments = ("portal", "--url", api["url"], "--client-id", api["client_id"], "--json")
    with private_folder() as folder:
        secret = {"NCE_CLIENT_SECRET": api["client_secret"]}
        process = subprocess.Popen(
            [*NCE, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**environment(folder), **secret},
            preexec_fn=end_with_parent(),  # noqa: PLW1509 it takes no lock
        )
        try:
            link = json.loads(process.stdout.readline())["link"]
            far = new_page(browser)
            far.goto(link)
            far.get_by_role("button", name="Enter the portal").click()
            far.get_by_role("link", name="Overview").click()
            far.get_by_text("1NCE tells by no API whether you have accepted").wait_for()
            far.get_by_text("of 3 endpoints on").wait_for()
            shot(far, "os-overview-far")
            root = link.partition("/portal")[0] + "/portal"
            iccid = world.description["sims"][2]["iccid"]
            for path in PAGES:
                far.goto(root + path.format(iccid=iccid))
                settled(far)
                far.locator("#content h1").wait_for()
                assert far.locator(".state.bad").count() == 0, path
            # A service that fails is asked again.
            world.control.verb("trouble", endpoint="api", kind="error", status="500")
            far.goto(f"{root}/os/settings")
            far.get_by_role("alert").wait_for()
            shot(far, "os-settings-failed")
            world.control.verb("end-trouble")
            far.get_by_role("button", name="Try again").click()
            far.get_by_role("switch", name="Geofencing").wait_for()
            assert far.trouble == []
            far.context.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(TIMEOUT_S)
            process.stdout.close()


@pytest.mark.exhaustive
def test_nobody_sees_it_without_a_session(browser, world):
    stranger = new_page(browser)
    stranger.goto(f"{world.page}/os/logs")
    stranger.get_by_role("heading", name="1NCE Customer Portal").wait_for()
