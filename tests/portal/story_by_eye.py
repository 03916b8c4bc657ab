"""What no rule of axe-core judges: the way back, the keyboard, names, narrow tables."""

import pytest

from support.portal_browser import NARROW, owner, settled


@pytest.fixture
def page(browser, world):
    page = owner(browser, world, at=None)
    yield page
    assert page.trouble == []


def opened(page, world, path):
    page.goto(world.page + path)
    settled(page)


def test_who_comes_back_from_a_sim_finds_the_search_and_the_order_again(page, world):
    last = world.description["sims"][-1]["iccid"]
    opened(page, world, "/sims")
    page.get_by_text("1-4 of 4").wait_for()
    page.get_by_role("columnheader", name="ICCID").click()
    page.wait_for_url("**/sims?sort=-iccid")
    page.get_by_label("Search").fill(last[-6:])
    page.get_by_text("1-1 of 1").wait_for()
    page.get_by_role("link", name=last).click()
    page.get_by_role("heading", name=f"SIM {last}").wait_for()
    assert page.title().startswith(f"SIM {last} · ")
    settled(page)
    page.go_back()
    page.get_by_text("1-1 of 1").wait_for()
    assert page.get_by_label("Search").input_value() == last[-6:]
    assert "sort=-iccid" in page.url
    # A page that is not there any more.
    opened(page, world, "/sims?page=7")
    page.get_by_text("1-4 of 4").wait_for()
    page.wait_for_url(f"{world.page}/sims")


def test_the_focus_is_seen_and_comes_back_after_a_dialog(page, world):
    opened(page, world, "/users")
    button = page.get_by_role("button", name="New user")
    page.get_by_role("button", name="Signed in as").focus()
    while not button.evaluate("it => it === document.activeElement"):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => {const look = getComputedStyle(document.activeElement);"
            " return look.outlineStyle !== 'none' || look.boxShadow !== 'none'}"
        )
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_label("First name").wait_for()
    page.wait_for_function("() => document.activeElement.closest('.q-dialog')")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert button.evaluate("it => it === document.activeElement")


def test_a_sign_says_what_it_does_to_who_points_at_it(page, world):
    opened(page, world, "/account")
    for name in ("Refresh: Customer data", "Change the customer data", "Light or dark"):
        assert page.get_by_role("button", name=name).get_attribute("title") == name
    opened(page, world, "/world")
    page.get_by_role("button", name="Pause the world").click()
    on = page.get_by_role("button", name="Let the world go on")
    assert on.get_attribute("title") == "Let the world go on"
    on.click()
    page.get_by_role("button", name="Pause the world").wait_for()


def test_no_column_and_no_button_of_a_table_is_out_of_sight_where_it_is_narrow(page, world):
    page.set_viewport_size({"width": NARROW, "height": 800})
    world.user("User", "narrow")
    for path, last in (
        ("/users", page.get_by_role("button", name="Delete narrow@example.com")),
        ("/account", page.get_by_role("button", name="Revoke")),
        ("/world", page.get_by_role("button", name="Go back to start")),
        ("/sims", page.locator("td[data-heading=Ends]").first),
    ):
        opened(page, world, path)
        last.wait_for()
        wide = page.locator(".scroll, .q-table__middle").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
        )
        assert wide == [], path
    assert headings(page, ".q-table tbody tr")[1:4] == ['"State"', '"Session"', '"ICCID"']
    opened(page, world, "/users")
    assert headings(page, "table.stacks tbody tr")[:2] == ['"State"', '"E-mail"']


def headings(page, row):
    """What the sheet writes before the cells of the first row."""
    return (
        page.locator(row)
        .first.locator("td")
        .evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
    )
