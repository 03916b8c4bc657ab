"""One browser for the stories of a run, and one world for those of a file, or of more."""

import json

import pytest

from support.portal_browser import Worlds, chromium, leave_pages, what_pages_show

LEVEL = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


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


@pytest.fixture(scope="session")
def level_template(tmp_path_factory):
    """The file of a template whose message is one byte, the level."""
    file = tmp_path_factory.mktemp("template") / "level.json"
    file.write_text(json.dumps(LEVEL))
    return str(file)
