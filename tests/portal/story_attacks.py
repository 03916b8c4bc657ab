"""Markup in every name and text that somebody else writes: all pages show it as text."""

import httpx
import pytest

from nce_sim.portal.places import PLACES
from support.portal_browser import owner, settled, shot, signed_in

MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"
ATTRIBUTE = '" onmouseover="alert(2)" x="'
TEMPLATE_TEXT = "{{ constructor.constructor('alert(3)')() }}"
BOTH = f"{MARKUP}{TEMPLATE_TEXT}"


@pytest.fixture(scope="module")
def world(world):
    plant(world)
    return world


def plant(world):
    """Texts of users, devices and partners."""
    portal = world.description["portal"]
    base, control = portal["url"], world.control
    own = {"email": portal["email"], "password": portal["password"]}
    token = httpx.post(f"{base}/session", json=own).json()["access_token"]
    api = f"{base}/management-api"
    iccid = world.description["sims"][0]["iccid"]
    user = {"email": "eve@example.com", "first_name": BOTH, "last_name": ATTRIBUTE}
    home = {"company": BOTH, "street": ATTRIBUTE, "zip": "1", "city": "X", "country": "DE"}
    webhook = {
        "name": MARKUP,
        "url": "https://example.com/hook",
        "headers": {"x-of": ATTRIBUTE},
        "eventTypes": [{"type": "TELEMETRY_DATA", "version": "1.0.0"}],
        "jsonPayloadEnabled": False,
    }
    stream = {"name": MARKUP, "type": "EVENT", "url": "https://streams.example.com/in"}
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}) as client:
        for method, url, body in (
            ("POST", f"{base}/users", {**user, "role": "User", "password": "a long password"}),
            ("POST", f"{base}/organisation/addresses", {"kind": "SHIPPING", "address": home}),
            ("POST", f"{base}/credentials", {"name": BOTH}),
            ("POST", f"{base}/streams", stream),
            ("POST", f"{base}/sims/exports", {"text": BOTH}),
            ("POST", f"{api}/v1/support", {"subject": BOTH, "text": f"{ATTRIBUTE}\n{BOTH}"}),
            ("PUT", f"{api}/v2/sims/{iccid}", {"label": BOTH}),
            ("POST", f"{api}/v1/integrate/clouds/webhooks", webhook),
        ):
            answer = client.request(method, url, json=body)
            assert answer.status_code < 300, (url, answer.text)
    control.verb("sms", sim="1", text=MARKUP)
    for protocol in ("UDP", "COAP"):
        control.verb("message", sim="1", text=f'{{"a": "{MARKUP}"}}', protocol=protocol)
    control.verb("message", sim="1", text=BOTH, protocol="COAP", topic="t")


# Where a page shows what was planted.
SHOWN = {
    "/users": "td",
    "/account": "article",
    "/support": "td",
    "/os/inspector": "main",
    "/sims": "td",
}


def nothing_ran(page):
    assert page.trouble == []  # a dialog would be in it
    assert page.locator("img[src=x], main b, [onmouseover], [onerror]").count() == 0


def visited(page, world, *paths):
    for path in paths:
        page.goto(world.page + path)
        page.get_by_role("heading", level=1).wait_for()
        settled(page)
        if path in SHOWN:
            page.locator(SHOWN[path], has_text=MARKUP).first.wait_for()
        nothing_ran(page)


def test_what_was_planted_is_shown_as_text(browser, world):
    page = owner(browser, world, at=None)
    visited(page, world, *SHOWN)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").locator("td", has_text=MARKUP).wait_for()
    shot(page, "attacks-exports")
    nothing_ran(page)
    visited(page, world, f"/sims/{world.description['sims'][0]['iccid']}")
    for name in ("Usage", "Events", "SMS"):
        page.get_by_role("tab", name=name).click()
    page.locator("td", has_text=MARKUP).wait_for()
    nothing_ran(page)


@pytest.mark.exhaustive
def test_no_page_runs_what_was_planted(browser, world):
    visited(owner(browser, world, at=None), world, *(place.path for place in PLACES))


@pytest.mark.exhaustive
def test_an_organisations_and_a_users_own_name_are_text(browser, world):
    opened = world.control.verb("open-account", name=BOTH[:100], email="owner@evil.example")
    page = signed_in(browser, world, opened["email"], opened["password"], at="/account")
    page.locator(".company", has_text=MARKUP).wait_for()
    page.locator("dd", has_text=MARKUP).wait_for()
    nothing_ran(page)
    # Another organisation's SIM is not there, whoever knows its number.
    iccid = world.description["sims"][0]["iccid"]
    page.goto(f"{world.page}/sims/{iccid}")
    page.get_by_text("no such SIM").wait_for()
    eve = signed_in(browser, world, "eve@example.com", at="/account")
    eve.locator("dd", has_text=MARKUP).wait_for()
    nothing_ran(eve)


def test_texts_of_an_address_are_text(browser, world):
    page = owner(browser, world, at=None)
    for path in (
        f"/sims?text={MARKUP}",
        f"/sims?state={MARKUP}",
        f"/sims/{MARKUP.replace('/', '%2F')}",
        f"/os/inspector?device={MARKUP}",
        f"/nowhere/{MARKUP.replace('/', '%2F')}",
    ):
        page.goto(world.page + path)
        page.wait_for_load_state()
        nothing_ran(page)
    page.goto(f"{world.page}/sign-in?next={MARKUP}&said={MARKUP}")
    page.get_by_label("Password").wait_for()
    assert page.locator("img, b").count() == 0
    assert page.trouble == []
