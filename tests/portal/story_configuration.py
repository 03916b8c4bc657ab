"""The page Configuration in a browser: what is set there holds in the world."""

import base64
import json
import queue
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nce_sim.control.http import ControlFailed
from support.http_servers import served
from support.portal_browser import (
    faults_of_looks,
    findings,
    owner,
    settled,
    shot,
    signed_in,
)
from support.running_world import endpoint_twin

ROLES = ("User", "Read Only", "3rd party")
MARKUP = "<b>mine</b>"


def opened(browser, world, section):
    """The owner's page with one section open, and the section."""
    page = owner(browser, world, at=f"/configuration?open={section}")
    return page, page.locator("details[open]")


def turned(page, world, section):
    """The same page with another section open."""
    page.goto(f"{world.page}/configuration?open={section}")
    settled(page)
    return page.locator("details[open]")


def chosen(page, place, label, option):
    place.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


class Hearer(BaseHTTPRequestHandler):
    """A customer's server: what it gets is in `heard` of its server."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.put((self.path, self.headers["authorization"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    found = ThreadingHTTPServer(("127.0.0.1", 0), Hearer)
    found.daemon_threads = True
    found.heard = queue.Queue()
    with served(found) as (host, port):
        found.url = f"http://{host}:{port}"
        yield found


def newest(world):
    """The number of the journal's last record."""
    return world.control.journal(limit=1, newest=True).next


def send_udp(world, number, payload=b"hello"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind((world.description["sims"][number - 1]["twin"], 0))
        device.sendto(payload, endpoint_twin(world.description, 4445))


def test_network_settings_are_shown_and_a_custom_apn_is_set(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="Configuration").click()
    settled(page)
    for text in ("iot.1nce.net", "882 285 00001 6868", "Europe (Frankfurt)", "10."):
        page.locator("dd", has_text=text).first.wait_for()
    facts = page.locator("dl.facts").inner_text().split("\n")
    assert facts[-5:] == ["256", "IP Addresses Used", "4", "IP Addresses Available", "252"]
    page.get_by_role("button", name="Change the custom APN").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Custom APN").last.fill("no name")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("is not usable").wait_for()
    assert dialog.get_by_label("Custom APN").last.input_value() == "no name"
    assert findings(page) == set()
    dialog.get_by_label("Custom APN").last.fill("Fleet.example")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("may use the APN fleet.example now").wait_for()
    page.locator("dd", has_text="fleet.example").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_automatic_mode_is_asked_about_and_ends_1nce_os_and_openvpn(browser, world):
    page, place = opened(browser, world, "breakout")
    chosen(page, place, "Mode", "Automatic Mode")
    place.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_text("no device reaches 1NCE OS").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    place.get_by_role("combobox", name="Region").wait_for()
    chosen(page, place, "Mode", "Automatic Mode")
    place.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    page.get_by_text("Automatic region selected.").wait_for()
    cursor = newest(world)
    send_udp(world, 1)
    world.control.wait_for("dropped", after=cursor, timeout_s=60)
    place = turned(page, world, "openvpn")
    place.get_by_text("only available in Manual Mode").wait_for()
    place.get_by_role("link", name="Breakout Settings").click()
    settled(page)
    place = page.locator("details[open]")
    chosen(page, place, "Mode", "Manual Mode")
    place.get_by_role("button", name="Save").click()
    page.get_by_text("New sessions use Europe (Frankfurt).").wait_for()
    cursor = newest(world)
    send_udp(world, 1)
    world.control.wait_for("uplink", after=cursor, timeout_s=60)
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_monthly_limit_that_is_saved_blocks_a_sim(browser, world):
    page, place = opened(browser, world, "limits")
    chosen(page, place, "SMS MT", "5 SMS per 1 month")
    chosen(page, place, "Data", "3 MB per 1 month")
    place.get_by_role("button", name="Save").click()
    page.get_by_text("The limits hold for all SIMs now.").wait_for()
    shot(page, "configuration-limits")
    for _ in range(5):
        world.control.verb("sms", sim="1", text="wake up")
    with pytest.raises(ControlFailed, match="limit"):
        world.control.verb("sms", sim="1", text="one too many")
    place = turned(page, world, "limits")
    assert (
        place.get_by_role("combobox", name="Data", exact=True).input_value() == "3 MB per 1 month"
    )
    chosen(page, place, "SMS MT", "No Limit")
    place.get_by_role("button", name="Save").click()
    page.get_by_text("The limits hold for all SIMs now.").wait_for()
    world.control.verb("sms", sim="1", text="it goes again")
    assert page.trouble == []


@pytest.mark.exhaustive
def test_all_sims_are_locked_and_future_ones_too(browser, world):
    page, place = opened(browser, world, "imei-lock")
    place.get_by_text("0 of 4 SIMs are locked.").wait_for()
    place.get_by_role("button", name="Activate", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    place.get_by_text("4 of 4 SIMs are locked.").wait_for()
    place.get_by_role("checkbox", name="for all future SIM orders").click()
    page.get_by_text("SIMs of future orders are locked.").wait_for()
    place.get_by_role("button", name="Deactivate").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    place.get_by_text("0 of 4 SIMs are locked.").wait_for()
    assert place.get_by_role("checkbox", name="for all future").is_checked()
    place = turned(page, world, "auto-top-up")
    place.get_by_role("checkbox", name="for all future SIM orders").click()
    page.get_by_text("SIMs of future orders top themselves up.").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_data_stream_delivers_is_stopped_started_and_deleted(browser, world, server):
    page, place = opened(browser, world, "streams")
    place.get_by_text("There are no data streams yet.").wait_for()
    place.get_by_role("button", name="New data stream").click()
    dialog = page.get_by_role("dialog")
    create = dialog.get_by_role("button", name="Create")
    create.click()
    dialog.get_by_text("Give a value.").wait_for()
    chosen(page, dialog, "API Type", "AWS S3")
    dialog.get_by_label("Name").fill("archive")
    dialog.get_by_label("S3 Bucket").fill("No Bucket")
    create.click()
    dialog.get_by_text("Use 3 to 63 small letters").wait_for()
    shot(page, "configuration-stream-s3")
    assert dialog.get_by_label("API Callback").is_hidden()
    chosen(page, dialog, "API Type", "REST API")
    chosen(page, dialog, "Stream Type", "Event Data")
    dialog.get_by_label("Name").fill(MARKUP)
    dialog.get_by_label("API Callback").fill("https://10.0.0.1/in")
    create.click()
    dialog.get_by_text("is no public address").wait_for()
    dialog.get_by_label("API Callback").fill(f"{server.url}/in")
    dialog.get_by_label("Basic Auth Header").fill("secret:word")
    create.click()
    dialog.get_by_text("This is no base64").wait_for()
    shot(page, "configuration-stream-form")
    assert findings(page) == set()
    header = base64.b64encode(b"secret:word").decode()
    dialog.get_by_label("Basic Auth Header").fill(header)
    create.click()
    page.get_by_text(f"{MARKUP} is active.").wait_for()
    place.locator("td", has_text=MARKUP).wait_for()
    world.control.verb("reset", sim="2")
    path, authorization, records = server.heard.get(timeout=50)
    assert (path, authorization) == ("/in", f"Basic {header}")
    assert records[0]["event_type"]["id"] in range(104)
    assert header not in page.content()
    assert "secret:word" not in page.content()
    place.get_by_role("button", name=f"Stop {MARKUP}").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    place.get_by_text("Stopped", exact=True).wait_for()
    shot(page, "configuration-streams")
    place.get_by_role("button", name=f"Start {MARKUP}").click()
    place.get_by_text("Active", exact=True).wait_for()
    place.get_by_role("button", name=f"Delete {MARKUP}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    place.get_by_text("There are no data streams yet.").wait_for()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_an_sms_forwarder_is_set_and_ended_by_an_empty_address(browser, world):
    page, place = opened(browser, world, "sms")
    place.get_by_role("button", name="Set a server").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("URL").fill("http://sms.example.com/in")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("https").last.wait_for()
    dialog.get_by_label("URL").fill("https://sms.example.com/in")
    dialog.get_by_role("button", name="Save").click()
    place.get_by_text("https://sms.example.com/in").wait_for()
    place.get_by_role("button", name="Edit").click()
    dialog.get_by_label("URL").fill("")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("dialog", name="Forward nothing more?").get_by_text("Delete").click()
    place.get_by_text("Messages are not forwarded.").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_openvpn_is_set_up_and_its_credentials_are_told_once(browser, world):
    page, place = opened(browser, world, "openvpn")
    place.get_by_role("button", name="Set up OpenVPN").click()
    page.get_by_role("dialog").get_by_role("button", name="Set up").click()
    dialog = page.get_by_role("dialog", name="Save both files now")
    texts = []
    for name in ("eu-central-1-client.ovpn", "credentials.txt"):
        with page.expect_download() as download:
            dialog.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == name
        texts.append(download.value.path().read_text())
    assert "remote eu-central-1.vpn.1nce.com 1194" in texts[0]
    [_, token] = texts[1].split()
    assert len(token) == 160
    dialog.get_by_role("button", name="Close").click()
    place.get_by_role("button", name="eu-central-1-client.ovpn").wait_for()
    shot(page, "configuration-openvpn")
    assert token not in page.content()
    place.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    place.get_by_role("button", name="Set up OpenVPN").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_request_for_ipsec_is_kept_and_deleted(browser, world):
    page, place = opened(browser, world, "peering")
    place.get_by_role("button", name="New request").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("office")
    dialog.get_by_label("Address of your gateway").fill("gateway")
    dialog.get_by_label("Your networks").fill("10.8.0.0/24, 10.9.0.0/24")
    dialog.get_by_role("button", name="Send").click()
    dialog.get_by_text("is no IPv4 address").wait_for()
    dialog.get_by_label("Address of your gateway").fill("203.0.113.7")
    dialog.get_by_role("button", name="Send").click()
    place.locator("td", has_text="10.8.0.0/24, 10.9.0.0/24").wait_for()
    place.get_by_role("button", name="Delete office").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    place.get_by_text("There are no requests.").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_role_sees_what_it_may_and_why_not_the_rest(browser, world):
    page = signed_in(browser, world, world.user("User"), at="/configuration")
    place = turned(page, world, "streams")
    place.get_by_text("The role User does not permit this.").wait_for()
    place = turned(page, world, "breakout")
    assert place.get_by_role("button", name="Save").is_disabled()
    place = turned(page, world, "imei-lock")
    assert place.get_by_role("button", name="Activate", exact=True).is_enabled()
    third = signed_in(browser, world, world.user("3rd party"), at="/configuration")
    place = turned(third, world, "imei-lock")
    assert place.get_by_role("button", name="Activate", exact=True).is_disabled()
    reader = signed_in(browser, world, world.user("Read Only"), at="/users")
    assert reader.get_by_role("link", name="Configuration").get_attribute("href") is None


def test_the_page_is_usable_dark_narrow_and_without_eyes(browser, world):
    page = owner(browser, world, at="/configuration")
    sections = ("Breakout", "Monthly Limits", "IMEI", "Auto-Top", "Data Str", "SMS", "OpenVPN")
    for name in (*sections, "IPsec", "Management"):
        page.locator("summary", has_text=name).press("Enter")
    page.get_by_text("API reference").wait_for()
    assert faults_of_looks(page, "configuration") == set()
    assert page.trouble == []
