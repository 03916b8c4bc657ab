"""The Energy Saver in a browser: workbench, proposal, a sample through the world, savings."""

import pytest

from nce_sim.portal.pages.energy_saver.examples import EXAMPLES
from support.portal_browser import faults_of_looks, owner, settled, shot, signed_in
from support.story_worlds import LEVEL, active_template


@pytest.fixture(scope="module")
def world(world):
    with active_template(world, LEVEL) as found:
        yield found


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
    assert faults_of_looks(page, "energy-saver") == set()
    write(page, '{"sense": [{"asset": "<b>x</b>", "value": {"byte": 0, "type": "uint"}}]}')
    page.locator("td", has_text="<b>x</b>").wait_for()
    write(page, '{"sense": [{"asset": "x", "value": {"byte": 0, "type": "nothing"}}]}')
    page.get_by_text("Error", exact=True).first.wait_for()
    page.get_by_label("Bytes in hexadecimal").fill("%%%")
    page.get_by_text("Give bytes as").wait_for()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_template_is_saved_turned_off_and_deleted_and_its_codec_downloaded(browser, world):
    page = owner(browser, world, at="/os/energy-saver")
    # One template at a time has a protocol.
    page.get_by_label("Name").fill("Tank")
    page.get_by_role("button", name="Save as active").click()
    page.get_by_text("a protocol has one active template").wait_for()
    page.get_by_role("button", name="Deactivate own").click()
    page.get_by_role("button", name="Activate own", exact=True).wait_for()
    page.get_by_role("button", name="Save as active").click()
    page.get_by_text("Saved and active: Tank.").wait_for()
    page.get_by_role("button", name="Deactivate Tank").click()
    page.get_by_role("button", name="Activate Tank", exact=True).wait_for()
    page.get_by_role("button", name="Delete Tank").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete Tank").wait_for(state="detached")
    with page.expect_download() as download:
        page.get_by_role("button", name="Codec").click()
    scope = {}
    exec(download.value.path().read_text(), scope)
    assert scope["decode"](bytes.fromhex("012c41ac000001"))["level"] == 300
    assert page.trouble == []


WORKS = {"Location": "latitude", "Deep JSON": "battery", "Switch statement": "measured"}


@pytest.mark.exhaustive
def test_the_examples_work_at_the_service(browser, world):
    page = owner(browser, world, at="/os/energy-saver")
    assert list(WORKS) == list(EXAMPLES)
    for name, asset in WORKS.items():
        page.get_by_role("button", name="Examples").click()
        page.get_by_role("menuitem", name=name).click()
        page.locator("pre", has_text=asset).wait_for()
        page.get_by_role("button", name="Test it at 1NCE OS").click()
        page.get_by_text("Template works!").wait_for()
    page.get_by_text("Calculation explanation").click()
    page.get_by_text("E(x) = 0.013·x + 94.084 mWh").wait_for()
    page.get_by_text("E(3) = 94.123 mWh").wait_for()
    shot(page, "energy-saver-explained")
    page.get_by_label("Bytes in hexadecimal").fill("0241")
    page.get_by_role("button", name="Test it at 1NCE OS").click()
    page.get_by_text("The template is invalid : Received payload cannot be processed.").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_template_is_proposed_from_records(browser, world):
    page = owner(browser, world, at="/os/energy-saver")
    page.get_by_role("button", name="Propose").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Sample records").fill('{"a": 1}\nno record')
    form.get_by_role("button", name="Propose").click()
    form.get_by_text("line 2: not JSON").wait_for()
    form.get_by_label("Sample records").fill('{"a": {"<b>b</b>": 7}, "on": true}')
    shot(page, "energy-saver-propose")
    form.get_by_role("button", name="Propose").click()
    page.get_by_text("1 record encoded, decoded and found equal.").wait_for()
    page.locator("pre", has_text="<b>b</b>").wait_for()
    page.get_by_text("No findings").wait_for()
    page.get_by_role("button", name="Test it at 1NCE OS").click()
    page.get_by_text("Template works!").wait_for()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_sample_goes_through_the_world_and_counts_in_the_savings(browser, world):
    page = owner(browser, world, at="/os/energy-saver")
    # An earlier story turned it off.
    activate = page.get_by_role("button", name="Activate own", exact=True)
    activate.or_(page.get_by_role("button", name="Deactivate own")).wait_for()
    if activate.count():
        activate.click()
        page.get_by_role("button", name="Deactivate own").wait_for()
    page.get_by_label("Bytes in hexadecimal").fill("2a")
    card = page.get_by_role("region", name="Send a sample")
    card.get_by_role("button", name="Send it as the SIM").click()
    card.get_by_text("Translated", exact=True).wait_for()
    card.get_by_text('"level": 42').wait_for()
    savings = page.get_by_role("region", name="Savings")
    savings.get_by_role("list", name="Bytes saved by time").wait_for()
    savings.get_by_role("combobox", name="Figure").click()
    page.get_by_role("option", name="Messages translated").click()
    savings.get_by_role("list", name="Messages translated by time").wait_for()
    card.get_by_label("Device ID (ICCID)").fill("7")
    card.get_by_role("button", name="Send it as the SIM").click()
    card.get_by_text("there is no SIM 7").wait_for()
    settled(page)
    shot(page, "energy-saver-sample")
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_read_only_user_tests_and_neither_saves_nor_sends(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at="/os/energy-saver")
    for name in ("Save as active", "Send it as the SIM"):
        assert page.get_by_role("button", name=name).is_disabled(), name
    page.get_by_role("button", name="Save as active").locator("..").hover()
    page.get_by_text("The role Read Only does not permit this.").first.wait_for()
