"""Each page as each role: what it shows, what it bars, and why (1nce_os_2.md, 3.5).

`test_roles.py` asks the server the same.
"""

import re

import pytest

from nce_sim.portal.places import PLACES
from support.portal import ROLES
from support.portal_browser import owner, settled, shot, signed_in
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


def page_of(browser, world, role):
    if role == "Owner":
        return owner(browser, world, at=None)
    return signed_in(browser, world, world.user(role), at=None)


def visited(page, world, path):
    page.goto(world.page + path.format(iccid=world.description["sims"][0]["iccid"]))
    page.get_by_role("heading", level=1).wait_for()
    return page.locator("main")


PERMISSIONS = {place.path: place.permission for place in PLACES} | {SIM: "sims.see"}
ACTED_ON = {at for at, _, _ in (*BUTTONS, *CHECKBOXES)}


@pytest.mark.exhaustive
@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_presses_its_buttons_and_is_told_why_the_rest_is_barred(browser, world, letter):
    role = ROLES[letter]
    page = page_of(browser, world, role)
    for path, permission in PERMISSIONS.items():
        may_see = letter in LETTERS[permission]
        if may_see and path not in ACTED_ON:
            continue  # it opens: below
        main = visited(page, world, path)
        if not may_see:
            main.get_by_text(BARRED).first.wait_for()
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
    navigation = page.get_by_role("navigation", name="Pages")
    for place in PLACES:
        link = navigation.get_by_role("link", name=place.title, exact=True)
        may_see = letter in LETTERS[place.permission]
        assert (link.get_attribute("aria-disabled") is None) == may_see, (role, place.path)
        assert (link.get_attribute("href") is not None) == may_see, (role, place.path)
    shot(page, f"role-{role.lower().replace(' ', '-')}")
    assert page.trouble == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("letter", list(ROLES))
def test_each_page_that_a_role_may_see_opens(browser, world, letter):
    """A hundred pages; `test_roles.py` asks the server for the same, and the owner's are in
    `story_attacks.py`."""
    page = page_of(browser, world, ROLES[letter])
    for path, permission in PERMISSIONS.items():
        if letter in LETTERS[permission]:
            visited(page, world, path)
            settled(page)
            assert page.locator(".state.bad").count() == 0, path
    assert page.trouble == []
