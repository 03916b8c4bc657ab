"""What a user does with the portal's pages, in a browser against `nce sim up`."""

import json
import signal
import subprocess

import httpx
import pytest

from support.parent_death import end_with_parent
from support.portal_browser import (
    faults_of_looks,
    findings,
    new_page,
    owner,
    portal_world,
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

MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"


@pytest.fixture(scope="module")
def world(large_world):
    return large_world


def sim_of(world, number):
    return world.description["sims"][number - 1]


def open_sim(page, world, number):
    page.goto(f"{world.page}/sims/{sim_of(world, number)['iccid']}")
    page.get_by_role("heading", name="Network").wait_for()
    settled(page)


def test_the_owner_enters_by_the_link_and_the_dashboard_is_live(browser, world):
    page = new_page(browser)
    page.goto(world.link)
    shot(page, "enter")
    page.get_by_role("button", name="Enter the portal").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    settled(page)
    sims = page.get_by_role("region", name="SIMs", exact=True)
    sims.get_by_text("Activated", exact=True).wait_for()
    assert sims.locator("svg").text_content() == "30"
    world.control.verb("disable", sim="1")
    page.get_by_role("button", name="Refresh: SIMs").click()
    sims.get_by_text("29", exact=True).wait_for()
    # A device sends; the page shows it by itself, and as text.
    line = socket_at(sim_of(world, 2)["twin"])
    line.sendto(MARKUP.encode(), endpoint_twin(world.description, 4445))
    line.close()
    page.get_by_text(MARKUP.encode().hex()[:40]).wait_for()
    assert faults_of_looks(page, "dashboard") == set()
    assert page.trouble == []
    world.control.verb("enable", sim="1")


def test_a_used_link_and_a_wrong_password_are_refused_in_words(browser, world):
    page = new_page(browser)
    page.goto(world.link)
    page.get_by_role("button", name="Enter the portal").click()
    page.get_by_role("alert").wait_for()
    assert "was used" in page.get_by_role("alert").inner_text()
    page.get_by_label("E-mail address").fill("owner@example.com")
    page.get_by_label("Password").fill("not the one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("is wrong").wait_for()
    shot(page, "sign-in")


@pytest.mark.exhaustive
def test_sims_are_found_sorted_and_turned_over_by_the_server(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="My SIMs").click()
    settled(page)
    rows = page.locator("tbody tr")
    page.get_by_text("1-25 of 30").wait_for()
    assert rows.count() == 25
    page.get_by_role("button", name="Next page").click()
    page.get_by_text("26-30 of 30").wait_for()
    assert rows.count() == 5
    last = sim_of(world, 30)["iccid"]
    page.get_by_label("Search").fill(last[-6:])
    page.get_by_text("1-1 of 1").wait_for()
    page.get_by_role("link", name=last).wait_for()
    page.get_by_label("Search").fill("there is none")
    page.get_by_text("No SIM is like that").wait_for()
    shot(page, "sims-none")
    page.get_by_label("Search").fill("")
    page.get_by_text("1-25 of 30").wait_for()
    page.get_by_role("columnheader", name="ICCID").click()
    page.wait_for_function(
        "last => document.querySelector('tbody a').innerText === last", arg=last
    )
    assert page.trouble == []


@pytest.mark.exhaustive
def test_many_sims_are_deactivated_at_once_and_come_back(browser, world):
    page = owner(browser, world, at="/sims")
    for number in (3, 4):
        page.get_by_role("checkbox", name=f"Select SIM {sim_of(world, number)['iccid']}").click()
    page.get_by_text("2 SIMs selected").wait_for()
    page.get_by_role("button", name="Deactivate").click()
    shot(page, "sims-question")
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    page.get_by_text("2 SIMs deactivated.").wait_for()
    page.get_by_text("Inactive").nth(1).wait_for()
    assert page.get_by_text("Inactive").count() == 2
    shot(page, "sims")
    page.goto(f"{world.page}/sims?state=DISABLED")
    page.get_by_text("1-2 of 2").wait_for()
    page.get_by_role("checkbox", name="Select all of this page").click()
    page.get_by_role("button", name="Activate", exact=True).click()
    page.get_by_text("No SIM is like that").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_files_of_sims_are_made_listed_and_downloaded(browser, world):
    page = owner(browser, world, at=f"/sims?text={sim_of(world, 7)['iccid'][-6:]}")
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Exports")
    dialog.get_by_text("No file was made yet.").wait_for()
    dialog.get_by_role("button", name="Export all SIMs").click()
    dialog.get_by_role("button", name="Download").wait_for()
    dialog.get_by_role("button", name="Export what is found by").click()
    dialog.get_by_role("button", name="Download").nth(1).wait_for()
    assert dialog.locator("tbody tr").count() == 2
    dialog.get_by_text("owner@example.com").first.wait_for()
    assert findings(page) == set()
    shot(page, "sims-exports")
    found = []
    for number in (0, 1):
        with page.expect_download() as download:
            dialog.get_by_role("button", name="Download").nth(number).click()
        found.append(download.value.path().read_text().splitlines())
    assert [len(lines) for lines in found] == [2, 31]
    assert found[0][0].endswith("label,pin,puk")
    assert page.trouble == []


@pytest.mark.exhaustive
def test_many_sims_get_a_label_and_a_monthly_limit(browser, world):
    page = owner(browser, world, at="/sims")

    def select(*numbers):
        for number in numbers:
            name = f"Select SIM {sim_of(world, number)['iccid']}"
            page.get_by_role("checkbox", name=name).click()

    select(8, 9)
    page.get_by_role("button", name="Label").click()
    form = page.get_by_role("dialog", name="Label: 2 SIMs")
    form.get_by_label("Label").fill("<i>fleet</i>")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("2 SIMs labelled.").wait_for()
    page.locator("td", has_text="<i>fleet</i>").nth(1).wait_for()
    assert page.locator("td", has_text="<i>fleet</i>").count() == 2
    select(8, 9)
    page.get_by_role("button", name="Monthly limit").click()
    form = page.get_by_role("dialog", name="Monthly limit: 2 SIMs")
    form.get_by_label("In a month").fill("three")
    form.get_by_role("button", name="Save").click()
    form.get_by_text("Use digits alone.").wait_for()
    form.get_by_label("In a month").fill("3")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("2 SIMs limited.").wait_for()
    assert world.control.verb("account", sim="9")["limits"]["data"] == 3_000_000
    assert page.trouble == []


def test_keys_are_masked_until_they_are_asked_for(browser, world):
    control = world.control
    bearer = {"Authorization": f"Bearer {control.verb('token')['token']}"}
    place = f"{world.description['api']['url']}/v1/integrate/devices"
    chosen = {"protocol": "COAP", "secretKey": "chosen-by-the-owner", "format": "STRING"}
    iccid = sim_of(world, 10)["iccid"]
    httpx.post(f"{place}/{iccid}/psk", json=chosen, headers=bearer).raise_for_status()
    page = owner(browser, world, at=None)
    open_sim(page, world, 10)
    page.get_by_role("tab", name="Usage").click()
    page.get_by_text("This SIM has used nothing yet.").wait_for()
    key = control.verb("keys", sim="10")["keys"]["COAP"]
    assert bytes.fromhex(key).decode() == chosen["secretKey"]
    page.get_by_role("tab", name="Keys").click()
    assert key not in page.content()
    page.get_by_role("button", name="Reveal").click()
    page.get_by_text(key, exact=True).wait_for()
    shot(page, "sim-keys")
    page.get_by_role("button", name="Mask").click()
    page.get_by_text(key, exact=True).wait_for(state="detached")
    theirs = signed_in(browser, world, world.user("Read Only"), at=None)
    open_sim(theirs, world, 10)
    theirs.get_by_role("tab", name="Keys").click()
    assert theirs.get_by_role("button", name="Reveal").is_disabled()
    assert page.trouble == theirs.trouble == []


def test_a_label_and_an_sms_with_markup_show_as_text(browser, world):
    page = owner(browser, world, at=None)
    open_sim(page, world, 5)
    page.get_by_role("button", name="Change the label").click()
    page.get_by_role("dialog").get_by_label("Label").fill(MARKUP)
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.locator("dd", has_text=MARKUP).wait_for()
    page.get_by_role("tab", name="SMS").click()
    page.get_by_label("Text").fill(MARKUP)
    page.get_by_role("button", name="Send").click()
    page.locator("td", has_text=MARKUP).wait_for()
    shot(page, "sim-sms")
    page.goto(f"{world.page}/sims?text={MARKUP.replace('<', '%3C').replace('>', '%3E')}")
    page.locator("td", has_text=MARKUP).wait_for()
    page.goto(f"{world.page}/sims/%3Cimg src=x onerror=alert(1)%3E")
    page.get_by_text("no such SIM").wait_for()
    assert page.locator("main img").count() == 0
    assert page.trouble == []


def test_one_sim_shows_what_happened_and_what_is_left(browser, world):
    iccid = sim_of(world, 6)["iccid"]
    world.control.wait_for("event", after=0, sim=f"{iccid[:6]}*********{iccid[-4:]}", timeout_s=30)
    page = owner(browser, world, at=None)
    open_sim(page, world, 6)
    page.get_by_text("Update location").first.wait_for()
    world.control.verb("exhaust", sim="6")
    page.get_by_role("button", name="Refresh: Lifetime and volume").click()
    page.get_by_text("0 MB of").wait_for()
    page.get_by_role("button", name="Top up", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Top up").click()
    page.get_by_text("1 SIM topped up.").wait_for()
    assert faults_of_looks(page, "sim") == set()
    page.goto(f"{world.page}/")
    settled(page)
    shot(page, "dashboard-order")
    page.get_by_role("region", name="Latest orders").get_by_role("row").nth(1).wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_read_only_user_sees_and_may_not_act(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at=None)
    open_sim(page, world, 1)
    for name in ("Activate", "Deactivate", "Top up", "Reset connection"):
        assert page.get_by_role("button", name=name, exact=True).is_disabled()
    assert page.get_by_role("button", name="Change the label").is_disabled()
    page.get_by_role("button", name="Deactivate").locator("..").hover()
    page.get_by_text("The role Read Only does not permit this.").first.wait_for()
    shot(page, "sim-read-only")
    page.get_by_role("tab", name="SMS").click()
    assert page.get_by_role("button", name="Send").is_disabled()


@pytest.mark.exhaustive
def test_signing_out_ends_the_pages_that_are_open(browser, world):
    page = signed_in(browser, world, world.user("User"))
    other = page.context.new_page()
    other.goto(f"{world.page}/")
    settled(other)
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").wait_for()
    other.get_by_role("button", name="Refresh: SIMs").click()
    other.get_by_text("Your session has ended").wait_for()


@pytest.mark.exhaustive
def test_a_page_survives_a_restart_of_the_server(browser, tmp_path):
    place = ("--db", str(tmp_path / "world.db"), "--twins", "off")
    with portal_world(*place) as world:
        port = world.page.rpartition(":")[2].partition("/")[0]
        page = owner(browser, world, at="/sims")
    with portal_world(*place, "--port", port):
        page.get_by_text("1-1 of 1").wait_for()
        page.wait_for_function("() => window.socket?.connected === true")
        page.get_by_role("link", name="Dashboard").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        assert page.trouble == []


@pytest.mark.exhaustive
def test_a_portal_of_its_own_shows_what_the_management_api_has(browser, world):
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
            page = new_page(browser)
            page.goto(link)
            page.get_by_role("button", name="Enter the portal").click()
            page.get_by_role("main").get_by_text("own portal alone").wait_for()
            page.get_by_role("link", name="Go to My SIMs").click()
            page.get_by_text("1-25 of 30").wait_for()
            shot(page, "sims-far")
            page.get_by_role("link", name=sim_of(world, 1)["iccid"]).click()
            page.get_by_role("heading", name="Network").wait_for()
            settled(page)
            page.get_by_text("500 MB of 500 MB").wait_for()
            assert page.trouble == []
            page.context.close()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(TIMEOUT_S)
            process.stdout.close()


def test_the_list_is_usable_dark_narrow_and_without_eyes(browser, world):
    page = owner(browser, world, at="/sims")
    page.get_by_text("of 30").first.wait_for()
    assert faults_of_looks(page, "sims") == set()


def test_whoever_asks_for_less_motion_gets_no_transitions(browser, world):
    page = owner(browser, world, at="/users")
    lasting = page.evaluate(
        "() => [...document.querySelectorAll('*')].map(one => getComputedStyle(one))"
        ".filter(style => style.transitionDuration !== '0s').length"
    )
    assert lasting == 0


def test_a_page_is_reached_by_the_keyboard_alone(browser, world):
    page = owner(browser, world)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").endswith("My SIMs"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="My SIMs").wait_for()
