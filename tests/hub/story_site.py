"""The Developer Hub in a browser: narrow and wide, light and dark, by keyboard, searched, played.

The folder of the site is in the environment, as `tests/tools/test_hub_site.py` sets it.
"""

import os
from pathlib import Path

import pytest

from support.portal_browser import chromium, findings, new_page, shot

SITE = Path(os.environ.get("HUB_SITE", "build/site")).resolve()
PAGES = (
    "index.html",
    "docs/firmware.html",
    "docs/playground.html",
    "docs/modem_commands.html",
    "reference/command.html",
    "reference/first_message.html",
)
QUERIES = {
    "SEND FAIL": "SEND FAIL",
    "+CEREG: 3": "CEREG: 3",
    "4.01": "4.01",
    "AT+QIOPEN": "QIOPEN",
    "float64": "float64",
}
# Furo's and Sphinx's own: a table of contents that scrolls, and code blocks, take no focus.
THEIRS = ("scrollable-region-focusable",)
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def opened(browser, name, **more):
    page = new_page(browser, **more)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"file://{SITE}/{name}")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_usable_narrow_and_wide_light_and_dark(browser, name):
    serious = set()
    for width, dark in ((360, True), (1440, False)):
        page = opened(browser, name, width=width, dark=dark)
        is_playground = "playground" in name
        if is_playground:
            page.get_by_text("MicroPython runs in this page").wait_for()
        shot(page, f"hub-{Path(name).stem}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        serious |= {one for one in findings(page) if not one.startswith(THEIRS)}
        outside = [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))]
        assert outside == []
        assert page.trouble == []
        page.context.close()
    assert serious == set()


@pytest.mark.parametrize(("query", "held"), QUERIES.items())
def test_the_search_finds(browser, query, held):
    page = opened(browser, "index.html")
    page.get_by_placeholder("Search").fill(query)
    page.keyboard.press("Enter")
    first = page.locator("ul.search li a").first
    first.wait_for()
    first.click()
    page.wait_for_function("() => !location.pathname.endsWith('search.html')")
    assert held in page.locator("main, article").first.inner_text()
    page.context.close()


def test_a_reader_needs_the_keyboard_alone(browser):
    page = opened(browser, "index.html")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Flash a board":
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Flash a board").wait_for()
    page.context.close()


def test_the_playground_answers_as_one_types(browser):
    page = opened(browser, "docs/playground.html")
    page.get_by_text("MicroPython runs in this page").wait_for()
    table = page.get_by_role("region", name="What each byte means")
    payload, record = page.locator("#pg-payload"), page.locator("#pg-record")
    payload.fill("00 0001")
    table.get_by_role("cell", name="1", exact=True).last.wait_for()
    record.fill('{"battery": 7, "air": {"heat": -2}}')
    page.get_by_text("Packed.").wait_for()
    assert payload.input_value() == "07fffe"
    record.fill('{"battery": 700, "air": {"heat": -2}}')
    page.locator(".pg-bad", has_text="700").wait_for()
    template = page.locator("#pg-template")
    template.fill('{"sense": [{"asset": "%s", "value": {"byte": 0, "type": "uint"}}]}' % MARKUP)
    table.get_by_role("cell", name=MARKUP).wait_for()
    template.fill("{")
    page.locator(".pg-error").first.wait_for()
    payload.fill("0")
    page.get_by_text("half a byte").wait_for()
    page.get_by_label("Example").select_option("A switch: two kinds of messages")
    table.get_by_role("cell", name="measured").wait_for()
    page.get_by_role("button", name="Put it into the address").click()
    other = opened(browser, f"docs/playground.html#{page.url.split('#')[1]}")
    other.get_by_role("cell", name="measured").wait_for()
    assert page.locator("#playground img").count() == 0
    assert page.trouble == []
    page.context.close()
