"""Each page as each role: what it shows, what it bars, and why (1nce_os_2.md, 3.5).

`test_roles.py` asks the server the same.
"""

import re

import pytest

from nce_sim.portal.places import PLACES
from support.portal import ROLES
from support.portal_browser import owner, portal_world, shot, signed_in
from support.portal_roles import LETTERS

SIM = "/sims/{iccid}"
# The buttons of pages, and what each needs.
BUTTONS = (
    ("/sims", "Export", "sims.export"),
    (SIM, "Activate", "sims.state"),
    (SIM, "Lock IMEI", "sims.imei_lock"),
    (SIM, "Reset connection", "sims.reset"),
    (SIM, "Top up", "sims.top_up"),
    (SIM, "Auto top-up on", "sims.auto_top_up"),
    (SIM, "Change the label", "sims.state"),
    ("/account", "Change the customer data", "account.customer_data"),
    ("/account", "Change your name", "account.own_user"),
    ("/account", "Change password", "account.own_user"),
    ("/account", "New e-mail address: Invoice", "account.add_email"),
    ("/account", "New billing address", "account.addresses"),
    ("/account", "New credentials", "configuration.management_api"),
    ("/orders", "New order", "orders.create"),
    ("/users", "New user", "users.manage_others"),
    ("/support", "New service request", "support.create"),
)
CHECKBOXES = (("/account", "Saved credit card", "account.payment"),)
BARRED = re.compile("does not permit|has no permission")


@pytest.fixture(scope="module")
def world(browser):
    with portal_world("--twins", "off", "--sims", "1", "--country", "DE") as found:
        yield found


def page_of(browser, world, role):
    if role == "Owner":
        return owner(browser, world)
    return signed_in(browser, world, world.user(role))


@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_sees_its_pages_and_presses_its_buttons(browser, world, letter):
    role = ROLES[letter]
    page = page_of(browser, world, role)
    iccid = world.description["sims"][0]["iccid"]
    needed = {place.path: place.permission for place in PLACES} | {SIM: "sims.see"}
    for path, permission in needed.items():
        page.goto(world.page + path.format(iccid=iccid))
        page.get_by_role("heading", level=1).wait_for()
        may_see = letter in LETTERS[permission]
        if not may_see:
            page.locator("main").get_by_text(BARRED).first.wait_for()
            link = page.get_by_role("navigation", name="Pages").locator("[aria-disabled]")
            assert link.count() > 0, (role, path)
        for at, name, act in BUTTONS:
            if at == path:
                button = page.get_by_role("button", name=name, exact=True)
                button.wait_for()
                may = letter in LETTERS[act]
                assert button.is_enabled() == may, (role, path, name)
                assert may or button.locator("xpath=..").get_attribute("tabindex") == "0"
        for at, name, act in CHECKBOXES:
            if at == path:
                box = page.get_by_role("checkbox", name=name)
                box.wait_for()
                is_disabled = box.get_attribute("aria-disabled") == "true"
                assert is_disabled == (letter not in LETTERS[act]), (role, path, name)
    shot(page, f"role-{role.lower().replace(' ', '-')}")
    assert page.trouble == []
