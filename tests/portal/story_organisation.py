"""The page Organisation in a browser: sub-organisations, and SIMs that move between them."""

import pytest

from support.portal_browser import (
    faults_of_looks,
    findings,
    owner,
    settled,
    shot,
    signed_in,
)

MARKUP = "<b>Branch</b>"


@pytest.fixture
def page(browser, world):
    return owner(browser, world, at="/organisation")


def organisations(page):
    return page.get_by_role("region", name="Organisations")


def iccids(world):
    return sorted(sim["iccid"] for sim in world.description["sims"])


def a_file(*ranges):
    text = "".join(f'"{first}";"{last}"\r\n' for first, last in ranges)
    return {"name": "sims.csv", "mimeType": "text/csv", "buffer": text.encode()}


def chosen(page, label, option):
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def give(page, *ranges):
    page.get_by_label("SIM selection").set_input_files(a_file(*ranges))


def test_a_sub_organisation_is_added_by_the_wizard(page, world):
    page.get_by_text("There are no sub-organisations yet.").wait_for()
    page.get_by_text("add a sub-organisation first").wait_for()
    page.get_by_role("button", name="New organisation").click()
    dialog = page.get_by_role("dialog")
    go_on = dialog.get_by_role("button", name="Next")
    dialog.get_by_label("Company").fill(MARKUP)
    go_on.click()
    dialog.get_by_text("Give a value.").first.wait_for()
    for label, text in (("First name", "Ada"), ("Last name", "L"), ("E-mail", "a@example.com")):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Confirm e-mail").fill("b@example.com")
    go_on.click()
    dialog.get_by_text("It is not the same").wait_for()
    shot(page, "organisation-wizard")
    assert findings(page) == set()
    dialog.get_by_label("Confirm e-mail").fill("a@example.com")
    go_on.click()
    dialog.get_by_text("Step 2 of 3").wait_for()
    for label, text in (("Street", "Weg"), ("ZIP", "50667"), ("City", "Cologne")):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_label("Country").fill("Germany")
    go_on.click()
    dialog.get_by_text("Use the two letters").wait_for()
    dialog.get_by_label("Country").fill("de")
    dialog.get_by_role("button", name="Back").click()
    assert dialog.get_by_label("Company").input_value() == MARKUP
    go_on.click()
    go_on.click()
    dialog.get_by_text("Step 3 of 3").wait_for()
    add = dialog.get_by_role("button", name="Add", exact=True)
    add.click()
    dialog.get_by_text("Confirm that the privacy notice").wait_for()
    dialog.get_by_role("checkbox").click()
    shot(page, "organisation-summary")
    add.click()
    page.get_by_text(f"{MARKUP} is a sub-organisation now.").wait_for()
    row = page.get_by_role("row").filter(has_text=MARKUP)
    assert "8100000002" in row.inner_text()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


def test_a_file_that_breaks_a_rule_is_told_by_its_lines(page, world):
    first, second, *_ = iccids(world)
    give(page, (second, first), (first, first), (first, first))
    alert = page.get_by_role("alert")
    alert.get_by_text("The file cannot be used.").wait_for()
    lines = [row.inner_text().split("\t")[0] for row in alert.locator("tbody tr").all()]
    assert lines == ["1", "3"]
    shot(page, "organisation-faults")
    give(page, ("8988228066699999990", "8988228066699999999"))
    page.get_by_text("Example GmbH has no SIM in it").wait_for()
    assert page.get_by_role("button", name="Transfer 0 SIMs").count() == 0
    give(page, (iccids(world)[0], iccids(world)[3]))
    page.get_by_role("button", name="Transfer 4 SIMs").wait_for()
    assert faults_of_looks(page, "organisation") == set()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_sims_are_transferred_seen_in_the_world_and_taken_back(page, world):
    place = organisations(page)
    first, second, third, _ = iccids(world)
    give(page, (first, second), (third, third))
    page.get_by_role("heading", name="Preview").wait_for()
    shot(page, "organisation-preview")
    page.get_by_role("button", name="Transfer 3 SIMs").click()
    question = page.get_by_role("dialog")
    question.get_by_text("They get new IP addresses").wait_for()
    question.get_by_role("button", name="Transfer").click()
    page.get_by_text(f"3 SIMs transferred to {MARKUP}.").wait_for()
    page.get_by_role("region", name="Transfer history").get_by_role("row").nth(1).wait_for()
    row = place.get_by_role("row").filter(has_text=MARKUP)
    row.get_by_text("3", exact=True).wait_for()
    assert row.get_by_role("button", name=f"Delete {MARKUP}").is_disabled()
    shot(page, "organisation-transferred")
    with page.expect_download() as download:
        page.get_by_role("button", name="as CSV").click()
    assert download.value.path().read_text().split() == ["iccid", first, second, third]
    # The account has one SIM, and the world moved the others to the addresses of the branch.
    page.goto(f"{world.page}/sims")
    page.get_by_text("1-1 of 1").wait_for()
    records = world.control.journal(kind="transferred").items
    assert {record.fields["address"].rpartition(".")[0] for record in records} == {"10.160.1"}
    page.goto(f"{world.page}/organisation")
    settled(page)
    chosen(page, "From", MARKUP)
    give(page, (first, third))
    page.get_by_role("button", name="Transfer 3 SIMs").click()
    page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    page.get_by_text("3 SIMs transferred to Example GmbH.").wait_for()
    page.goto(f"{world.page}/sims")
    page.get_by_text("1-4 of 4").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_user_sees_and_may_not_act(browser, world):
    page = signed_in(browser, world, world.user("User"), at="/organisation")
    assert page.get_by_role("button", name="New organisation").is_disabled()
    page.get_by_role("button", name="New organisation").locator("..").hover()
    page.get_by_text("The role User does not permit this.").wait_for()
    assert page.trouble == []


def test_a_sub_organisation_without_sims_is_deleted(page, world):
    organisations(page).get_by_role("button", name=f"Delete {MARKUP}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text(f"{MARKUP} is deleted.").wait_for()
    page.get_by_text("There are no sub-organisations yet.").wait_for()
    assert page.trouble == []
