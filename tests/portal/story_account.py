"""Account, Support and Performance in a browser."""

import pytest

from support.portal_browser import (
    PASSWORD,
    faults_of_looks,
    owner,
    shot,
    signed_in,
)

MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"


def region(page, name):
    return page.get_by_role("region", name=name, exact=True)


def test_customer_data_mail_payment_and_addresses_are_changed(browser, world):
    page = owner(browser, world, at="/account")
    page.get_by_role("button", name="Change the customer data").click()
    form = page.get_by_role("dialog")
    form.get_by_label("E-mail").fill("no address")
    form.get_by_label("VAT ID").fill(MARKUP[:20])
    form.get_by_role("button", name="Save").click()
    # It says which field is wrong, and what was filled in is still there.
    form.get_by_text("is no e-mail address").wait_for()
    assert form.get_by_label("VAT ID").input_value() == MARKUP[:20]
    shot(page, "account-wrong")
    form.get_by_label("E-mail").fill("office@example.com")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("The customer data is changed.").wait_for()
    region(page, "Customer data").get_by_text(MARKUP[:20]).wait_for()

    page.get_by_role("button", name="New e-mail address: Invoice").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Add").click()
    form.get_by_text("This is needed.").wait_for()
    form.get_by_label("E-mail").fill("books@example.com")
    form.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Delete books@example.com").wait_for()

    page.get_by_role("checkbox", name="Boleto").click()
    page.get_by_text("Boleto can be used for payments.").wait_for()

    page.get_by_role("button", name="New shipping address").click()
    form = page.get_by_role("dialog")
    for label, text in (("Company", MARKUP), ("Street", "Weg"), ("ZIP code", "50667")):
        form.get_by_label(label).fill(text)
    form.get_by_label("City").fill("Cologne")
    form.get_by_label("Country").fill("xx")
    form.get_by_role("button", name="Save").click()
    form.get_by_text("is no ISO 3166-1 code").wait_for()
    form.get_by_label("Country").fill("DE")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("The address is saved.").wait_for()
    page.get_by_role("button", name="Make default").click()
    page.get_by_text("This is the default address now.").wait_for()
    assert faults_of_looks(page, "account") == set()
    page.get_by_role("button", name="Delete books@example.com").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("books@example.com is deleted.").wait_for()
    assert page.locator("main img, main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_ones_own_name_address_and_password(browser, world):
    page = signed_in(browser, world, world.user("Read Only", "mover"), at="/account")
    # The role permits its own data and nothing else of the page.
    for name in ("Change the customer data", "New shipping address", "New credentials"):
        assert page.get_by_role("button", name=name).is_disabled()
    region(page, "Management API access").get_by_text("does not permit").wait_for()
    shot(page, "account-read-only")
    page.get_by_role("button", name="Change your name").click()
    form = page.get_by_role("dialog")
    form.get_by_label("First name").fill(MARKUP)
    form.get_by_role("button", name="Save").click()
    region(page, "User data").get_by_text(MARKUP).wait_for()
    page.get_by_role("button", name="Change e-mail").click()
    form = page.get_by_role("dialog")
    form.get_by_label("New e-mail").fill("owner@example.com")
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_role("button", name="Save").click()
    form.get_by_text("is in use").wait_for()
    form.get_by_label("New e-mail").fill("reader@example.com")
    form.get_by_role("button", name="Save").click()
    region(page, "User data").get_by_text("reader@example.com").wait_for()
    page.get_by_role("button", name="Change password").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Current password").fill("not the one")
    form.get_by_label("New password").fill("another password")
    form.get_by_role("button", name="Save").click()
    form.get_by_text("the current password is wrong").wait_for()
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_role("button", name="Save").click()
    page.get_by_text("Your password is changed.").wait_for()
    signed_in(browser, world, "reader@example.com", "another password")
    assert page.trouble == []


@pytest.mark.exhaustive
def test_credentials_are_shown_once_and_revoked(browser, world):
    page = owner(browser, world, at="/account")
    page.get_by_role("button", name="New credentials").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("<b>gateway</b>")
    form.get_by_role("button", name="Make them").click()
    page.get_by_role("heading", name="Your new credentials").wait_for()
    client_id, secret = page.get_by_role("dialog").locator("code").all_inner_texts()
    assert len(secret) == 40
    shot(page, "account-credentials")
    page.get_by_role("button", name="I have it").click()
    page.locator("td", has_text="<b>gateway</b>").wait_for()
    assert secret not in page.content()
    page.get_by_role("button", name=f"Revoke {client_id}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("are revoked.").wait_for()
    page.get_by_text(client_id).wait_for(state="detached")
    assert page.trouble == []


def test_the_support_is_asked_and_answers(browser, world):
    page = owner(browser, world, at="/support")
    page.get_by_text("There are no service requests yet.").wait_for()
    page.get_by_role("button", name="New service request").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Subject").fill(MARKUP)
    form.get_by_label("E-mail for the answer").fill("nobody")
    form.get_by_role("button", name="Send").click()
    form.get_by_text("This is needed.").wait_for()
    form.get_by_label("What is it about?").fill(f"No attach.\n{MARKUP}")
    form.get_by_role("button", name="Send").click()
    form.get_by_text("is no e-mail address").wait_for()
    form.get_by_label("E-mail for the answer").fill("ada@example.com")
    form.get_by_role("button", name="Send").click()
    page.get_by_text("Your request is with the support.").wait_for()
    page.get_by_role("button", name="Read case 1").click()
    page.get_by_role("button", name="Answer as 1NCE").click()
    form = page.get_by_role("dialog").filter(has_text="Answer case 1")
    form.get_by_label("Answer").fill("Reset the SIM.")
    form.get_by_role("button", name="Answer", exact=True).click()
    page.locator("main").get_by_text("Solved", exact=True).nth(1).wait_for()
    page.get_by_role("button", name="Read case 1").click()
    page.get_by_text("Reset the SIM.").wait_for()
    shot(page, "support-case")
    assert page.locator("main img, [role=dialog] img").count() == 0
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert faults_of_looks(page, "support") == set()
    assert page.trouble == []


def test_an_outage_shows_and_passes(browser, world):
    page = owner(browser, world, at="/performance")
    components = region(page, "Components")
    page.get_by_text("No incident since the start.").wait_for()
    world.control.verb("trouble", endpoint="api", kind="down")
    world.control.verb("coverage", state="off")
    components.get_by_text("api is down").wait_for()
    assert faults_of_looks(page, "performance") == set()
    world.control.verb("end-trouble")
    world.control.verb("coverage", state="on")
    components.get_by_text("Outage").first.wait_for(state="detached")
    incidents = region(page, "Incident overview")
    incidents.get_by_text("Management API").wait_for()
    incidents.get_by_text("lasts", exact=True).wait_for(state="detached")
    health = region(page, "Health of the simulator")
    before = world.control.verb("message", sim="1", text="hello")
    assert before
    health.locator(".curve polyline").first.wait_for()
    assert page.trouble == []
