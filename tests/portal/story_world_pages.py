"""The world's own pages in a browser: the map, the clock, a device and what befalls it."""

import os

import pytest

from support.portal_browser import faults_of_looks, owner, settled, signed_in


class Host:
    """The host's end of a modem's line: a command after the other, as firmware sends them."""

    def __init__(self, world, number):
        self._world, self._control = world, world.control
        self._control.wait_for("urc", after=0, text="APP RDY", timeout_s=60)
        self._line = os.open(world.description["sims"][number - 1]["pty"], os.O_RDWR | os.O_NOCTTY)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        os.close(self._line)

    def say(self, command):
        after = self._control.journal(newest=True, limit=1).next
        os.write(self._line, command.encode() + b"\r")
        self._control.wait_for("result", after=after, timeout_s=60)


def device_of(world, number):
    return next(one for one in world.control.map().devices if one.number == number)


def test_coverage_goes_with_a_click_and_the_device_notices(browser, world):
    with Host(world, 1) as host:
        host.say('AT+CGDCONT=1,"IP","iot.1nce.net"')
        host.say("AT+CFUN=0")
        host.say("AT+CFUN=1")
    page = owner(browser, world)
    page.get_by_role("link", name="World").click()
    page.get_by_role("heading", name="Map").wait_for()
    settled(page)
    page.wait_for_selector(".chart path.outline", state="attached")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="1 · "))
    row.get_by_text("Registered", exact=True).wait_for()
    assert faults_of_looks(page, "world") == set()
    coverage = page.get_by_role("region", name="Coverage")
    coverage.get_by_role("button", name="Off").click()
    row.get_by_text("Not registered").wait_for()
    assert not any(cell.is_in_coverage for cell in world.control.map().cells)
    coverage.get_by_role("button", name="On").click()
    page.wait_for_function("() => document.querySelector('[role=switch][aria-checked=true]')")
    assert all(cell.is_in_coverage for cell in world.control.map().cells)
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_switch_that_is_turned_by_keyboard_keeps_the_focus(browser, world):
    page = owner(browser, world, at="/world")
    settled(page)
    switch = page.get_by_role("switch", name="Coverage of cell 1", exact=True)
    number = world.control.journal(newest=True, limit=1).next
    switch.focus()
    for is_on in ("false", "true"):
        page.keyboard.press("Space")
        number = world.control.wait_for("control", after=number, verb="coverage").number
        page.wait_for_function(
            "wanted => document.activeElement.getAttribute('aria-checked') === wanted", arg=is_on
        )
        assert world.control.map().cells[0].is_in_coverage is (is_on == "true")
    # What another one turns is shown, and not asked for again.
    world.control.verb("coverage", state="off", cell=1)
    page.wait_for_function("() => document.activeElement.getAttribute('aria-checked') === 'false'")
    world.control.verb("coverage", state="on", cell=1)
    page.wait_for_function("() => document.activeElement.getAttribute('aria-checked') === 'true'")
    said = world.control.journal("control", after=number).items
    assert len([one for one in said if one.fields["verb"] == "coverage"]) == 2
    assert page.trouble == []


@pytest.fixture
def in_real_time(world):
    yield
    world.control.time(speed=1)


@pytest.mark.exhaustive
@pytest.mark.usefixtures("in_real_time")
def test_the_clock_is_paused_made_faster_and_jumps(browser, world):
    page = owner(browser, world, at="/world")
    page.get_by_role("button", name="Pause the world").click()
    page.get_by_role("button", name="Let the world go on").wait_for()
    paused = world.control.map()
    assert paused.speed == 0
    assert world.control.map().time == paused.time
    page.get_by_role("button", name="Jump ahead").click()
    page.get_by_role("menuitem", name="1 hour").click()
    page.wait_for_function(
        "before => document.querySelector('[role=timer]').innerText !== before",
        arg=page.get_by_role("timer").inner_text(),
    )
    assert (world.control.map().time - paused.time).total_seconds() == 3_600
    page.get_by_role("button", name="Let the world go on").click()
    page.get_by_role("button", name="Pause the world").wait_for()
    assert world.control.map().speed == 1
    page.get_by_label("Speed").click()
    page.get_by_role("option", name="10 × faster").click()
    page.locator(".speed").get_by_text("10 × faster").wait_for()
    assert world.control.map().speed == 10
    assert page.trouble == []


def test_an_at_dialogue_is_live_and_shows_markup_as_text(browser, world):
    page = owner(browser, world, at="/world")
    page.get_by_role("link", name="2 · ").click()
    page.get_by_role("heading", name="Device 2").wait_for()
    settled(page)
    log = page.get_by_role("log")
    with Host(world, 2) as host:
        host.say("AT+CGMM")
        log.get_by_text("→ AT+CGMM").wait_for()
        host.say('AT+CGDCONT=1,"IP","<img src=x onerror=alert(1)>"')
        log.get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert log.locator("img").count() == 0
    page.wait_for_selector(".chart path.outline", state="attached")
    assert faults_of_looks(page, "device") == set()
    page.get_by_role("button", name="Cut the power").click()
    page.get_by_text("Cut the power: done.").wait_for()
    log.get_by_text("power: state off").last.wait_for()
    assert device_of(world, 2).power == "off"
    page.get_by_role("button", name="Power on").click()
    page.get_by_text("Power on: done.").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_click_on_the_map_moves_the_device(browser, world):
    page = owner(browser, world, at="/world/3")
    page.wait_for_selector(".chart path.outline", state="attached")
    before = device_of(world, 3)
    page.locator(".chart").click(position={"x": 60, "y": 60})
    page.get_by_text("Moved: done.").wait_for()
    after = device_of(world, 3)
    assert (after.latitude, after.longitude) != (before.latitude, before.longitude)


@pytest.mark.exhaustive
def test_a_fault_of_the_catalogue_happens_to_the_device(browser, world):
    page = owner(browser, world, at="/world/4")
    page.get_by_role("button", name="Let it happen").click()
    page.get_by_text("The fault: done.").wait_for()
    page.get_by_role("log").get_by_text("fault").first.wait_for()
    page.goto(f"{world.page}/world/999")
    page.get_by_text("no such device").wait_for()


@pytest.mark.exhaustive
def test_who_may_not_steer_is_told_why(browser, world):
    page = signed_in(browser, world, world.user("3rd party"), at="/orders")
    entry = page.get_by_label("Pages").get_by_text("World")
    entry.hover()
    page.get_by_text("The role 3rd party does not permit this.").first.wait_for()
    page.goto(f"{world.page}/world")
    page.get_by_role("main").get_by_text("does not permit this").wait_for()
    page.goto(f"{world.page}/world/1")
    page.get_by_role("main").get_by_text("does not permit this").wait_for()
    assert page.locator(".chart").count() == 0


@pytest.mark.exhaustive
def test_a_state_is_kept_and_gone_back_to_with_what_is_lost_said_before(browser, world):
    def is_enabled():
        return world.control.verb("status")["sims"][3]["is_enabled"]

    page = owner(browser, world, at="/world")
    snapshots = page.get_by_role("region", name="Snapshots")
    snapshots.get_by_role("button", name="Keep this state").click()
    snapshots.get_by_text("Give it a name first").wait_for()
    snapshots.get_by_label("Name of the new snapshot").fill("<b>lunch</b>")
    snapshots.get_by_role("button", name="Keep this state").click()
    snapshots.get_by_role("cell", name="<b>lunch</b>", exact=True).wait_for()
    world.control.verb("disable", sim="4")
    back = snapshots.get_by_role("button", name="Go back to <b>lunch</b>")
    back.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("What happened since then is lost").wait_for()
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    assert not is_enabled()
    back.click()
    page.evaluate("() => { window.isOld = true }")
    dialog.get_by_role("button", name="Go back", exact=True).click()
    world.control.wait_for("restored", after=0, name="<b>lunch</b>", timeout_s=60)
    assert is_enabled()
    # The session is older than that state: the page is there again.
    page.wait_for_function("() => !window.isOld")
    page.get_by_role("heading", name="Map").wait_for()
    settled(page)
    snapshots.get_by_role("button", name="Go back to start").click()
    dialog.get_by_text("has to sign in again").wait_for()
    dialog.get_by_role("button", name="Go back", exact=True).click()
    page.get_by_role("button", name="Sign in").wait_for()


@pytest.mark.exhaustive
def test_the_settings_of_the_world_are_searched(browser, world):
    page = owner(browser, world, at="/world")
    settings = page.get_by_role("region", name="World settings")
    settings.get_by_text("are shown; search for others").wait_for()
    settings.get_by_label("Settings with").fill("network.apn")
    settings.get_by_role("row").filter(has_text="iot.1nce.net").wait_for()
    page.wait_for_function("() => document.querySelectorAll('.wrapping tr').length === 1")
    settings.get_by_label("Settings with").fill("no such thing")
    settings.get_by_text("No setting has 'no such thing' in it.").wait_for()
    assert page.trouble == []
