"""A person at the desk, and firmware that reports: what a page shows when something befalls it."""

import base64
import csv
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.desk_firmware import firmware_at
from support.peers import program
from support.portal_browser import owner, settled, shot

pytestmark = pytest.mark.exhaustive
# A picture of one white pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def tiles():
    """A server of tiles, and what was asked of it."""
    asked = []

    class Tile(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Referer")))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, *told):
            """Nothing of it belongs on the console of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Tile) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def world(worlds, tiles):
    server = f"http://127.0.0.1:{tiles[0]}/{{z}}/{{x}}/{{y}}.png"
    options = ("--sims", "2", "--twins", "off", "--speed", "4")
    return worlds.of(*options, "--tiles", server, "--tile-credit", "<b>Ours</b>")


@pytest.fixture(scope="module")
def firmware(world, tmp_path_factory):
    """It reports by CoAP over DTLS every two seconds."""
    pty = world.description["sims"][0]["pty"]
    with firmware_at(pty, tmp_path_factory.mktemp("board")) as lines:
        reported(world, after=0)
        yield lines


@pytest.fixture
def page(browser, world):
    page = owner(browser, world, at="/world/1")
    page.get_by_role("heading", name="AT dialogue").wait_for()
    settled(page)
    yield page
    assert page.trouble == []


def reported(world, after=None):
    """Wait until a report has arrived; the number of its record."""
    return world.control.wait_for("uplink", after=after, timeout_s=90).number


def states(world, last_s=600):
    found = world.control.verb("timeline", modem=1, last_s=last_s)
    return [one["state"] for one in found["states"]]


def region(page, name):
    return page.get_by_role("region", name=name)


def picture(page, name):
    page.evaluate("() => scrollTo(0, 0)")
    shot(page, name)


@pytest.mark.usefixtures("firmware")
def test_coverage_goes_and_the_recovery_is_in_dialogue_timeline_and_sequence(world, page):
    log, state = page.get_by_role("log"), region(page, "State")
    sequence, timeline = region(page, "Last exchange"), region(page, "Timeline")
    log.get_by_text("→ AT+QISEND").first.wait_for()
    sequence.locator("svg").get_by_text("message", exact=True).first.wait_for()
    sequence.locator("svg").get_by_text("DTLS, ").first.wait_for()
    timeline.get_by_role("status").get_by_text("Connected for").wait_for()
    page.get_by_role("button", name="Take the coverage away").click()
    page.get_by_text("Coverage off: done.").wait_for()
    log.get_by_text("registration: stat 2").last.wait_for()
    state.get_by_text("Not registered").wait_for()
    timeline.get_by_role("status").get_by_text("Searching for").wait_for()
    assert states(world)[-1] == "searching"
    picture(page, "device-lab-no-coverage")
    page.get_by_role("button", name="Give it back").click()
    state.get_by_text("Registered", exact=True).wait_for()
    reported(world)
    timeline.get_by_role("status").get_by_text("Connected for").wait_for()
    sequence.locator("svg").get_by_text("message", exact=True).first.wait_for()
    last = states(world)
    assert last[last.index("searching", 1) + 1 :].count("connected") >= 1
    page.wait_for_function("() => document.querySelectorAll('.timeline svg path').length > 20")
    picture(page, "device-lab")


@pytest.mark.usefixtures("firmware")
def test_the_sim_is_taken_out_and_put_in_and_reports_go_on(world, page):
    log, state = page.get_by_role("log"), region(page, "State")
    page.get_by_role("button", name="Take it out").click()
    page.get_by_text("The SIM is taken out: done.").wait_for()
    log.get_by_text("← +CPIN: NOT READY").last.wait_for()
    state.get_by_text("outside the device").wait_for()
    assert world.control.map().devices[0].sim is None
    page.get_by_role("button", name="Put it in").click()
    page.get_by_text("The SIM is put in: done.").wait_for()
    state.get_by_text("Registered", exact=True).wait_for()
    reported(world)
    page.get_by_role("button", name="Disable").click()
    page.get_by_text("The SIM is disabled: done.").wait_for()
    state.get_by_text("1, disabled").wait_for()
    page.get_by_role("button", name="Enable").click()
    page.get_by_text("The SIM is enabled: done.").wait_for()
    reported(world)


@pytest.mark.usefixtures("firmware")
def test_datagrams_and_timeline_are_downloaded_and_read_by_others(page, tmp_path):
    def downloaded(name):
        page.get_by_role("button", name="Download").click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=name).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    capture = downloaded("Datagrams as pcap")
    output = subprocess.run(
        [program("tshark"), "-r", capture, "-T", "fields", "-e", "ip.src", "-e", "udp.port"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    packets = [line.split("\t") for line in output.splitlines()]
    assert {"10.160.0.1"} <= {source for source, _ in packets}
    assert any("5684" in ports for _, ports in packets)  # CoAP over DTLS
    found = json.loads(downloaded("Timeline as JSON").read_text())
    assert {"connected"} <= {one["state"] for one in found["states"]}
    with downloaded("Timeline as CSV").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"radio", "signal_dbm", "bytes_up", "bytes_down"} <= {row["what"] for row in rows}
    assert not [row for row in rows if row["details"].startswith(("=", "+", "-", "@"))]


@pytest.mark.usefixtures("firmware")
def test_signal_latency_and_loss_of_the_cell_are_set_and_undone(world, page):
    state = region(page, "State")
    page.get_by_label("Signal, dBm").fill("-100")
    page.get_by_role("button", name="Set the signal").click()
    page.get_by_text("Signal -100 dBm: done.").wait_for()
    state.get_by_text("-100 dBm").wait_for()
    page.get_by_label("Latency, ms").fill("400")
    page.get_by_label("Jitter, ms").fill("0")
    page.get_by_label("Loss, %").fill("5")
    page.get_by_role("button", name="Set latency and loss").click()
    page.get_by_text("Latency and loss: done.").wait_for()
    state.get_by_text("400 to 400 ms").wait_for()
    state.get_by_text("5 %").wait_for()
    page.get_by_label("Loss, %").fill("")
    page.get_by_role("button", name="Set latency and loss").click()
    page.get_by_text("Loss, % is empty").wait_for()
    page.get_by_role("button", name="As at the start").click()
    state.get_by_text("10 to 100 ms").wait_for()
    assert world.control.map().cells[0].loss_percent == 0
    page.get_by_role("button", name="Rebind the NAT").click()
    page.get_by_text("NAT: done.").wait_for()


@pytest.mark.usefixtures("firmware")
def test_a_dialogue_is_filtered_and_paused(world, page):
    log = page.get_by_role("log")
    log.get_by_text("→ AT+QISEND").first.wait_for()
    page.get_by_label("Lines with").fill("qisend")
    page.wait_for_function(
        "() => {const lines = [...document.querySelectorAll('.dialogue :is(.to, .from, .own)')];"
        "return lines.length && lines.every(line => /qisend/i.test(line.innerText))}"
    )
    page.get_by_role("button", name="Pause the dialogue").click()
    page.get_by_text("Paused", exact=False).first.wait_for()
    held = log.inner_text()
    reported(world)
    page.wait_for_function("() => /Paused, [0-9]+ more/.test(document.body.innerText)")
    assert log.inner_text() == held
    page.get_by_role("button", name="Let the dialogue go on").click()
    page.wait_for_function(
        "held => document.querySelector('.dialogue').innerText !== held", arg=held
    )


@pytest.mark.usefixtures("firmware")
def test_a_part_of_the_timeline_that_was_zoomed_stays(world, page):
    chart = page.locator(".timeline")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 150)
    page.mouse.wheel(0, -400)
    zoomed = """() => {
      const id = document.querySelector('.timeline').id.slice(1);
      const zoom = getElement(Number(id)).chart.getOption().dataZoom[0];
      return zoom.end - zoom.start < 99 ? [zoom.start, zoom.end] : null;
    }"""
    before = page.wait_for_function(zoomed).json_value()
    text = region(page, "Timeline").get_by_role("status").inner_text()
    page.wait_for_function(
        "text => document.querySelector('[aria-label=Timeline] [role=status]').innerText !== text",
        arg=text,
    )
    assert page.evaluate(zoomed) == before
    page.get_by_role("button", name="Hold the timeline").click()
    page.get_by_role("button", name="Let the timeline go on").wait_for()


def changed(page, text):
    """Wait until a text is another one."""
    page.wait_for_function(
        "([element, before]) => element.innerText !== before",
        arg=[text.element_handle(), text.inner_text()],
    )


def test_of_a_quiet_device_nothing_but_the_time_is_sent(browser, world):
    world.control.verb("power", modem=2, state="cut")
    page, came = owner(browser, world, at=None), []

    def hear(frame):
        came.append(str(frame))

    page.on("websocket", lambda line: line.on("framereceived", hear))
    page.goto(f"{world.page}/world/2")
    settled(page)
    state = region(page, "Timeline").get_by_role("status")
    page.get_by_role("combobox", name="The last").click()
    page.get_by_role("option", name="1 day").click()
    state.get_by_text("Off for").wait_for()
    changed(page, state)
    came.clear()
    for _ in range(2):  # looks at the timeline
        changed(page, state)
    assert max(map(len, came)) < 1_500
    assert [frame for frame in came if "setOption" in frame] == []
    assert page.trouble == []


@pytest.mark.usefixtures("firmware")
def test_what_comes_is_added_and_what_is_there_stays(world, page):
    log, sequence = page.get_by_role("log"), region(page, "Last exchange")
    log.get_by_text("→ AT+QISEND").first.wait_for()
    is_at_end = """() => {const log = document.querySelector('.dialogue');
      return log.scrollHeight > log.clientHeight
        && log.scrollHeight - log.scrollTop - log.clientHeight < 4}"""
    page.wait_for_function(is_at_end)
    page.evaluate("""() => {window.line = document.querySelector('.dialogue').lastElementChild;
      window.chart = document.querySelector('.timeline svg')}""")
    sequence.get_by_text("steps as a table").click()
    sequence.get_by_role("columnheader", name="From").wait_for()
    since = sequence.get_by_text("begins at")
    changed(page, since)
    reported(world)
    changed(page, since)
    assert page.evaluate("() => line.isConnected && chart.isConnected && line.nextSibling != null")
    assert sequence.get_by_role("columnheader", name="From").is_visible()
    page.wait_for_function(is_at_end)
    # Who reads what was is not taken away from it.
    log.evaluate("log => { log.scrollTop = 0; window.last = log.lastElementChild }")
    page.wait_for_function("() => last !== document.querySelector('.dialogue').lastElementChild")
    assert log.evaluate("log => log.scrollTop + log.clientHeight < log.scrollHeight - 4")


def test_a_map_lies_on_the_tiles_of_the_server_that_was_named(world, page, tiles):
    page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    path, referer = tiles[1][0]
    assert path.startswith("/12/")
    assert referer == world.page.removesuffix("portal")  # the origin, and not the page
    region(page, "Place").get_by_text("<b>Ours</b>").wait_for()
    refused = page.evaluate(
        "() => fetch('http://127.0.0.1:9/').then(() => false, error => error.name)"
    )
    assert refused == "TypeError"  # pictures alone may come from there
