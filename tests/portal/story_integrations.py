"""Cloud integrations in a browser: a webhook gets events, fails, and is restarted; AWS."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.portal_browser import (
    faults_of_looks,
    findings,
    owner,
    settled,
    shot,
    signed_in,
)
from support.running_world import endpoint_twin, socket_at

PATIENCE_S = 30
SECRET = "a secret of the header"
WAITS_S = (160, 190, 430, 1_030)  # a little more than 1NCE waits between the tries


class Receiver:
    """The customer's server: what it got, and the status that it answers."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/in/:iccid:"
        self.status = 200
        self.requests = []
        self._changed = threading.Condition()

    def take(self, path, headers, body):
        with self._changed:
            self.requests.append((path, headers, json.loads(body)))
            self._changed.notify_all()
        return self.status

    def has(self, count, timeout_s=PATIENCE_S):
        """Whether so many requests came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s)


@pytest.fixture
def receiver():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(taken.take(self.path, dict(self.headers), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield taken
    server.shutdown()
    thread.join(PATIENCE_S)
    server.server_close()


def send(world, payload):
    with contextlib.closing(socket_at(world.description["sims"][0]["twin"])) as line:
        line.sendto(payload, endpoint_twin(world.description, 4445))


@pytest.fixture
def page(browser, world):
    found = owner(browser, world, at="/os/cloud-integrator")
    yield found
    assert found.trouble == []


def add_webhook(page, name, url, *events):
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Integration name").fill(name)
    dialog.get_by_label("Endpoint URL").fill(url)
    for event in events:
        dialog.get_by_role("checkbox", name=event).click()
    return dialog


def row_of(page, name):
    button = page.get_by_role("button", name=f"Details of {name}")
    return page.get_by_role("row").filter(has=button)


def test_a_webhook_gets_an_event_fails_and_is_restarted(page, world, receiver):
    page.get_by_text("There is no integration yet.").wait_for()
    dialog = add_webhook(page, "<b>fleet</b>", receiver.url, "Error")
    dialog.get_by_role("checkbox", name="Parse JSON payload").click()
    dialog.get_by_role("button", name="Add a header").click()
    dialog.get_by_label("Header 1", exact=True).fill("X-Api-Key")
    dialog.get_by_label("Value 1").fill(SECRET)
    assert faults_of_looks(page, "webhook") == set()
    dialog.get_by_role("button", name="Add", exact=True).click()
    row = row_of(page, "<b>fleet</b>")
    row.get_by_text("Rollout Done").wait_for()
    assert "Telemetry Data, Error" in row.inner_text()
    assert faults_of_looks(page, "cloud-integrator") == set()

    # A test message changes nothing; a message of a device does.
    row.get_by_role("button", name="Test <b>fleet</b>").click()
    page.get_by_text("<b>fleet</b>: Test was successful").wait_for()
    assert receiver.has(1)
    path, headers, event = receiver.requests[0]
    assert (path, headers["x-api-key"], event["type"]) == ("/in/none", SECRET, "TEST_MESSAGE")
    send(world, b'{"level": 42}')
    assert receiver.has(2)
    path, _, event = receiver.requests[1]
    assert path == f"/in/{world.description['sims'][0]['iccid']}"
    assert event["payload"] == {"type": "JSON", "value": {"level": 42}}
    row.get_by_text("Integration Active").wait_for()

    # Five tries that fail, with the documented waits between them.
    receiver.status = 500
    send(world, b"lost")
    assert receiver.has(3)
    for number, wait_s in enumerate(WAITS_S, 4):
        # What is due is seen at a jump, once the answer before is in the books.
        while not receiver.has(number, timeout_s=1):
            world.control.time(advance_s=wait_s)
    row.get_by_text("Integration Failed").wait_for()
    row.get_by_text("HTTP status 500").wait_for()
    shot(page, "cloud-integrator-failed")
    row.get_by_role("button", name="Restart").click()
    page.get_by_text("<b>fleet</b>: Restart has failed").wait_for()
    receiver.status = 204
    row.get_by_role("button", name="Restart").click()
    page.get_by_text("<b>fleet</b>: Restart was successful").wait_for()
    row.get_by_text("Integration Active").wait_for()
    known = len(receiver.requests)
    send(world, b"again")
    assert receiver.has(known + 1)

    # The administration logs know of it.
    page.goto(f"{world.page}/os/logs")
    page.locator("code", has_text="CloudIntegrator[IntegrationDisabled]").wait_for()
    assert page.locator("main b").count() == 0


def test_a_secret_of_a_header_never_comes_to_the_browser_and_outlasts_a_change(page, receiver):
    came = []

    def keep(frame):  # Playwright takes no method of a list
        came.append(frame)

    page.on("websocket", lambda line: line.on("framereceived", keep))
    page.reload()
    settled(page)
    dialog = add_webhook(page, "keys", receiver.url)
    dialog.get_by_role("button", name="Add a header").click()
    dialog.get_by_label("Header 1", exact=True).fill("X-Api-Key")
    dialog.get_by_label("Value 1").fill(SECRET)
    dialog.get_by_role("button", name="Add", exact=True).click()
    row_of(page, "keys").wait_for()
    page.reload()
    settled(page)
    came.clear()
    page.get_by_role("button", name="Details of keys").click()
    page.get_by_text("Header X-Api-Key").wait_for()
    page.get_by_role("button", name="Close").click()
    row_of(page, "keys").get_by_role("button", name="Edit keys").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Endpoint URL").fill("ftp://nowhere")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("must begin with https://").wait_for()
    dialog.get_by_label("Endpoint URL").fill(receiver.url + "/two")
    dialog.get_by_role("checkbox", name="Lifecycle").click()
    dialog.get_by_role("button", name="Add a header").click()
    dialog.get_by_label("Header 2", exact=True).fill("X-Two")
    dialog.get_by_label("Value 2").fill("two")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("keys is changed.").wait_for()
    row_of(page, "keys").get_by_role("button", name="Test keys").click()
    assert receiver.has(1)
    path, headers, _ = receiver.requests[0]
    assert path == "/in/none/two"
    assert (headers["x-api-key"], headers["x-two"]) == (SECRET, "two")
    assert came
    assert not any(SECRET in str(frame) for frame in came)
    row_of(page, "keys").get_by_role("button", name="Delete keys").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    row_of(page, "keys").wait_for(state="detached")


@pytest.mark.exhaustive
def test_a_form_names_the_wrong_field_and_keeps_what_was_typed(page):
    dialog = add_webhook(page, "", "https://10.0.0.1/in", "Telemetry Data")
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_text("Choose at least one type of events.").wait_for()
    dialog.get_by_role("checkbox", name="Geofence").click()
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_text("Give a value.").wait_for()
    dialog.get_by_label("Integration name").fill("inside")
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_text("10.0.0.1").wait_for()
    assert dialog.get_by_label("Integration name").input_value() == "inside"
    # The text has the name of another field in it.
    dialog.get_by_label("Endpoint URL").fill("https://-/in")
    dialog.get_by_role("button", name="Add", exact=True).click()
    url = dialog.locator(".q-field", has=page.get_by_label("Endpoint URL"))
    url.get_by_text("that a name server could know").wait_for()
    assert findings(page) == set()
    dialog.get_by_role("button", name="Cancel").click()


@pytest.mark.exhaustive
def test_an_integration_with_aws_says_what_is_to_be_done_there(page, world):
    page.get_by_role("button", name="New AWS integration").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Integration name").fill("factory")
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.locator("code.token", has_text="ey").wait_for()
    assert findings(page) == set()
    shot(page, "cloud-integrator-aws")
    page.get_by_role("button", name="Done").click()
    row = row_of(page, "factory")
    row.get_by_text("Rollout Started").wait_for()
    world.control.time(advance_s=61)
    row.get_by_text("Rollout Done").wait_for()
    row.get_by_role("button", name="Delete factory").click()
    page.get_by_text("The stack in your AWS account stays").wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    row.wait_for(state="detached")


@pytest.mark.exhaustive
def test_a_read_only_user_sees_integrations_and_changes_none(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at="/os/cloud-integrator")
    assert page.get_by_role("button", name="New webhook").is_disabled()
    assert page.get_by_role("button", name="Delete <b>fleet</b>").is_disabled()
    page.get_by_role("button", name="Details of <b>fleet</b>").click()
    page.get_by_text("Endpoint URL").wait_for()
    assert SECRET not in page.content()
