"""Load: ten thousand SIMs, many messages a second, browsers that watch; and a server is killed.

All of it is exhaustive: it takes the computer for itself. That a page survives a restart of its
server is in `story_sims.py`, too.
"""

import re
import statistics

import pytest

from support.portal_browser import owner, portal_world, settled
from support.portal_load import Traffic, order_sims
from support.watched_load import RATE, SIMS, watched

pytestmark = pytest.mark.exhaustive

FLOOD = 1_000  # messages a second
SECONDS = 120
LEAST = 0.95  # of the rate
MOST_GROWTH = 1.15
MOST_GROWTH_OF_PAGE = 1.5
FREE_MB = 5  # what a page may gather until its engine cares
CLICKS = 7
# A click under the flood, in clicks of the idle page.
MOST_SLOWER = 15


@pytest.fixture(scope="module")
def world(worlds, tmp_path_factory):
    database = tmp_path_factory.mktemp("load") / "world.db"
    found = worlds.of("--sims", "3", "--db", str(database))
    order_sims(found, SIMS - 3)
    return found


def test_three_pages_stay_live_while_messages_come(browser, world, figure):
    found = watched(browser, world, RATE, SECONDS)
    pages = ", ".join(map(str, found.pages.values()))
    figure(
        f"portal under load: {SIMS} SIMs, {found.sent} messages, {found.rate:.0f} a second, "
        f"the page {found.lag} behind; server {found.server}, pages {pages}"
    )
    assert found.faults == []
    assert found.rate >= LEAST * RATE
    assert found.server.growth <= MOST_GROWTH
    for page in found.pages.values():
        assert page.last <= MOST_GROWTH_OF_PAGE * page.settled + FREE_MB


REFRESHED_MS = """
async button => {
  const panel = button.closest("section"), old = panel.querySelector(".donut");
  const start = performance.now();
  button.click();
  const isNew = () => { const now = panel.querySelector(".donut"); return now && now !== old; };
  while (!isNew()) await new Promise(resolve => setTimeout(resolve, 5));
  return performance.now() - start;
}
"""


def click_ms(page):
    """How long a click waits for its answer by the server: the median of some."""
    button = page.get_by_role("button", name="Refresh: SIMs").element_handle()
    return statistics.median(page.evaluate(REFRESHED_MS, button) for _ in range(CLICKS))


def test_a_flood_of_messages_does_not_freeze_a_page(browser, world, figure):
    page = owner(browser, world)
    settled(page)
    idle = click_ms(page)
    with Traffic(world, FLOOD) as traffic:
        page.get_by_text(re.compile("Message")).first.wait_for()
        flooded = click_ms(page)
    after = click_ms(page)
    figure(
        f"portal at {FLOOD} messages a second, {traffic.rate:.0f} reached: a click takes "
        f"{flooded:.0f} ms, idle {idle:.0f} and {after:.0f} ms"
    )
    assert traffic.refused == []
    assert flooded <= MOST_SLOWER * max(idle, after)
    assert page.trouble == []


def test_a_page_survives_a_server_that_is_killed(browser, tmp_path):
    place = ("--db", str(tmp_path / "world.db"), "--twins", "off")
    with portal_world(*place) as world:
        port = world.page.rpartition(":")[2].partition("/")[0]
        page = owner(browser, world, at="/sims")
        page.get_by_text("1-1 of 1").wait_for()
        world.process.kill()
        page.get_by_text("Connection lost.").wait_for()
        page.get_by_text("Trying to reconnect...").wait_for()
        page.get_by_text("1-1 of 1").wait_for()  # what is there can be read on
    with portal_world(*place, "--port", port):
        page.get_by_text("Connection lost.").wait_for(state="hidden")
        settled(page)
        page.get_by_text("1-1 of 1").wait_for()
        page.get_by_role("link", name="Dashboard").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        assert page.trouble == []
