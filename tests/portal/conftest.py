"""One browser and one world for the stories of a file."""

import pytest

from support.portal_browser import chromium, leave_pages, portal_world


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def no_page_stays_open(request):
    """A page that is left open goes on asking, at the cost of the stories after it."""
    yield
    if "browser" in request.fixturenames:
        leave_pages(request.getfixturevalue("browser"))


@pytest.fixture(scope="module")
def world(browser):
    with portal_world("--sims", "30", "--country", "DE") as found:
        yield found
