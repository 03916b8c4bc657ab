"""The account's pages in a browser: users and orders."""

import pytest

from support.portal_browser import (
    faults_of_looks,
    owner,
    settled,
    shot,
    signed_in,
)


def test_a_user_is_added_signs_in_is_disabled_and_deleted(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="Users").click()
    settled(page)
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First name").fill("<b>Ada</b>")
    dialog.get_by_label("Last name").fill("Lovelace")
    dialog.get_by_label("E-mail").fill("ada@example.com")
    dialog.get_by_role("button", name="Add").click()
    page.get_by_text("ada@example.com is a user now").wait_for()
    password = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.locator("td", has_text="<b>Ada</b>").wait_for()
    assert faults_of_looks(page, "users") == set()
    theirs = signed_in(browser, world, "ada@example.com", password, at="/users")
    assert theirs.get_by_role("button", name="New user").is_disabled()
    assert theirs.get_by_role("button", name="Delete owner@example.com").count() == 0
    page.get_by_role("button", name="Disable ada@example.com").click()
    page.get_by_text("Disabled", exact=True).wait_for()
    theirs.get_by_role("button", name="Refresh: Users").click()
    theirs.get_by_text("Your session has ended").wait_for()
    page.get_by_role("button", name="Delete ada@example.com").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.locator("td", has_text="ada@example.com").wait_for(state="detached")
    assert page.locator("main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_an_admin_manages_users_and_no_admins(browser, world):
    email = world.user("Admin")
    world.user("User")
    page = signed_in(browser, world, email, at="/users")
    page.get_by_role("button", name="Delete user@example.com").wait_for()
    for other in ("owner@example.com", email):
        assert page.get_by_role("button", name=f"Delete {other}").count() == 0
    page.get_by_role("button", name="New user").click()
    page.get_by_role("combobox", name="Role").click()
    page.get_by_role("option", name="Read Only").wait_for()
    assert page.get_by_role("option", name="Admin").count() == 0


@pytest.mark.exhaustive
def test_sims_are_ordered_paid_and_come_to_the_account(browser, world):
    page = owner(browser, world)
    page.get_by_role("link", name="Orders").click()
    settled(page)
    page.get_by_text("There are no orders yet.").wait_for()
    page.get_by_role("button", name="New order").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Quantity").fill("2")
    dialog.get_by_label("Your reference").fill("<b>PO 7</b>")
    shot(page, "orders-new")
    dialog.get_by_role("button", name="Order and pay").click()
    page.get_by_text("The order is placed.").wait_for()
    page.locator("td", has_text="2 × 1NCE IoT FlexSIM").wait_for()
    # Paid and delivered in its time: a jump in place of waiting.
    world.control.time(advance_s=3_600)
    page.get_by_role("button", name="Refresh: Orders").click()
    page.get_by_text("Completed", exact=True).wait_for()
    shot(page, "orders-completed")
    with page.expect_download() as download:
        page.get_by_role("button", name="as CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 3
    page.goto(f"{world.page}/sims")
    page.get_by_text("1-6 of 6").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_user_sees_orders_and_places_none(browser, world):
    page = signed_in(browser, world, world.user("User"), at="/orders")
    assert page.get_by_role("button", name="New order").is_disabled()
    third = signed_in(browser, world, world.user("3rd party"), at="/orders")
    third.get_by_text("has no permission").wait_for()


def test_orders_are_usable_dark_narrow_and_without_eyes(browser, world):
    page = owner(browser, world, at="/orders")
    page.get_by_role("heading", name="Orders").first.wait_for()
    assert faults_of_looks(page, "orders") == set()
