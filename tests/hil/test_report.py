"""What is left of a test: sections, JUnit's properties, and the page with its pictures."""

import re
import xml.etree.ElementTree as ET

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.record.dialogue import dialogue_picture
from nce_sim.record.page import Row, page
from nce_sim.record.picture import LEFT, RIGHT, Run, timeline_picture
from nce_sim.record.timeline import Record, Timeline
from nce_sim.world import World

pytest_plugins = ["pytester"]

FIRMWARE = """
from nce import Device
from nce_modem import Modem

async def run(board):
    print("<script>alert(1)</script>")
    modem = Modem(board)
    await Device(modem, topic="tank").send(b"42")
    print("the card is " + modem.iccid)
    1 / 0
"""
TESTS = """
from pathlib import Path

import pytest


@pytest.fixture
def board_firmware():
    return Path(__file__).with_name("firmware_of_report.py")


async def test_fails(board, sim_card, backend):
    await board.start()
    await board.wait_for("the card")
    board.modem.faults.say("+CCID: " + sim_card.iccid)
    board.modem.faults.reset()
    key = backend.authenticator.psk(sim_card.iccid)
    secrets = (sim_card.iccid, sim_card.imsi, key.decode(), key.hex())
    Path(__file__).with_name("secrets").write_text(" ".join(secrets))
    await board.wait_for("never printed")


async def test_passes(board):
    await board.set_coverage(True)


@pytest.mark.nce_needs("uart", "everything")
async def test_needs_too_much(board):
    pass
"""
OUTCOMES = {"failed": 1, "passed": 1, "errors": 1}


@pytest.fixture
def run(pytester):
    """Runs the tests above; the page, JUnit's properties, the secrets and the result."""
    pytester.makepyfile(firmware_of_report=FIRMWARE, test_of_report=TESTS)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")

    def play(*options):
        result = pytester.runpytest(
            *("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:anyio", *options),
            *("--nce-report=report.html", "--junitxml=junit.xml"),
        )
        junit = ET.parse(pytester.path / "junit.xml")
        properties = {
            case.get("name"): [(p.get("name"), p.get("value")) for p in case.iter("property")]
            for case in junit.iter("testcase")
        }
        html = (pytester.path / "report.html").read_text(encoding="utf-8")
        return html, properties, (pytester.path / "secrets").read_text().split(), result

    return play


def test_a_failure_leaves_console_dialogue_and_timeline_and_no_secret(run):
    html, properties, secrets, result = run()
    result.assert_outcomes(**OUTCOMES)
    shown = "\n".join(result.outlines)
    assert "ended with ZeroDivisionError: division by zero before 'never printed'" in shown
    assert "nce_needs('everything') is unknown; use uart, world" in shown
    for title in ("nce console", "nce timeline", "nce AT transcript of modem 1"):
        assert f" {title}" in shown
    names = [name for name, _ in properties["test_fails"]]
    assert names == ["nce_console", "nce_timeline", "nce_at_transcript", "nce_target"]
    assert [name for name, _ in properties["test_passes"]] == ["nce_target"]
    values = dict(properties["test_fails"])
    assert "ZeroDivisionError" in values["nce_console"]
    assert values["nce_target"] == "sim"
    for text in (html, *values.values()):
        assert not [secret for secret in secrets if secret.lower() in text.lower()]
    # The page needs nothing from elsewhere, and what a board prints is text in it.
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) == {"http://www.w3.org/2000/svg"}
    assert re.search(r"\bsrc=|@import|url\(", html) is None
    pictures = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert [picture.get("aria-label") for picture in pictures] == [
        *("timeline of the run", "AT dialogue", "timeline of the run")
    ]
    words = "".join(pictures[0].itertext())
    for lane in ("power", "network", "signal, dBm", "AT commands", "air", "1NCE OS", "reset"):
        assert lane in words


@pytest.mark.slow
def test_workers_of_xdist_hand_their_pictures_on(run):
    html, properties, _, result = run("-n", "2")
    result.assert_outcomes(**OUTCOMES)
    assert html.count("<svg") == 3
    assert "nce_timeline" in dict(properties["test_fails"])


def places(svg):
    """Every x of the picture's lines, boxes and dots."""
    root = ET.fromstring(svg)
    names = ("x1", "x2", "cx")
    return [float(e.get(name)) for e in root.iter() for name in names if e.get(name)]


def test_a_picture_stays_small_and_within_its_frame_however_long_the_run():
    records = [
        Record(at_ms, "modem 1", "result", {"command": "+CSQ", "text": "OK"}, None)
        for at_ms in range(0, 40_000_000, 4_000)
    ]
    records.append(Record(40_000_000, "modem 1", "fault", {"fault": "reset"}, None))
    svg = timeline_picture(Run(records, [(0, -94), (20_000_000, None), (30_000_000, -120)]))
    assert len(svg) < 500_000
    assert all(LEFT - 8 <= x <= RIGHT for x in places(svg))
    assert "no coverage" in svg
    assert "2:00 h" in svg


def test_a_picture_of_nothing_is_a_picture():
    assert ET.fromstring(timeline_picture(Run([]))).tag.endswith("svg")
    assert ET.fromstring(dialogue_picture([])).tag.endswith("svg")


def test_texts_are_masked_and_escaped():
    timeline = Timeline(VirtualClock())
    timeline.add("modem 1", "fault", fault="say", text='<b>"secret"</b>\x00')
    svg = timeline_picture(
        Run(timeline.records(), mask=lambda text: text.replace("secret", "***"))
    )
    assert "secret" not in svg
    assert "&lt;b&gt;&quot;***&quot;" in svg
    html = page("<i>", {"a": "<b>"}, [Row("<test>", "failed", 1.0, "<reason>")])
    assert "<i>" not in html
    assert "<test>" not in html
    assert "<reason>" not in html


def test_a_dialogue_has_an_arrow_each_way_and_tells_pauses():
    lines = [(1_000, "> AT+CSQ"), (1_020, "< +CSQ: 23,99"), (1_020, "< OK"), (9_020, "< ERROR")]
    svg = ET.fromstring(dialogue_picture(lines))
    words = [element.text for element in svg.iter() if element.tag.endswith("text")]
    assert words == [
        *("board", "modem", "8 s later", "1.000 s", "AT+CSQ", "1.020 s", "+CSQ: 23,99"),
        *("1.020 s", "OK", "9.020 s", "ERROR"),
    ]


def test_the_signal_of_a_picture_follows_the_coverage():
    from nce_sim.pytest_plugin.scene import Scene

    world, scene = World(1), Scene()
    scene.watch(world)
    world.timeline.add("test", "begins")
    world.operator.serve(("LTE-M",))
    for cell in world.operator.cells:
        cell.is_in_coverage = False
    world.advance(5_000)
    world.timeline.add("test", "goes on")
    assert scene.signal[-1] == (5_000, None)
    assert scene.signal[0][1] is None or scene.signal[0][1] < 0
