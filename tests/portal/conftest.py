"""One browser for the stories of a run, and one world for those of a file, or of more."""

import pytest

from support.portal_browser import Worlds, chromium, leave_pages, what_pages_show
from support.story_worlds import large, small


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def worlds(browser):
    with Worlds(browser) as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A story that failed says what its pages showed then."""
    report = yield
    if report.failed and report.when == "call" and "browser" in item.fixturenames:
        report.sections += what_pages_show(item.funcargs["browser"])
    return report


@pytest.fixture(autouse=True)
def no_page_stays_open(request):
    """A page that is left open goes on asking, at the cost of the stories after it."""
    yield
    if "browser" in request.fixturenames:
        leave_pages(request.getfixturevalue("browser"))


@pytest.fixture(scope="module")
def world(worlds):
    """What most stories are played in; a file that needs another world has its own fixture."""
    return worlds.of(*small())


@pytest.fixture(scope="session")
def large_options(tmp_path_factory):
    return large(tmp_path_factory.mktemp("large"))


@pytest.fixture(scope="module")
def large_world(worlds, large_options):
    return worlds.of(*large_options)
