"""One browser and one world for the stories of a file."""

import pytest

from support.portal_browser import chromium, portal_world


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def world(browser):
    with portal_world("--sims", "30", "--country", "DE") as found:
        yield found
