"""What a page brings with its first answer, before a browser asks for more."""

import re

import httpx
import pytest

pytest.importorskip("nicegui")

from support.portal_browser import portal_world

# A page, what its first answer shows, and how many elements it is made of at most: each of them
# costs the server and the browser time before anything is seen.
PAGES = (
    ("/sims", "8988228066", 40),
    ("/", "Activated", 90),
    ("/os/inspector", "8988228066", 60),
    ("/world", "1 · BG95", 140),
)
_STYLE = re.compile(r'<link rel="stylesheet" href="(/portal/style-[0-9a-f]+\.css)">')


@pytest.fixture(scope="module")
def client():
    """A client of HTTP alone, signed in as the owner."""
    with portal_world("--sims", "3") as world:
        portal = world.description["portal"]
        origin = world.page.removesuffix("/portal")
        with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=60) as client:
            who = {"email": portal["email"], "password": portal["password"]}
            assert client.post("/portal/sign-in", data=who).status_code == 303
            yield client


@pytest.mark.parametrize(("path", "text", "most"), PAGES)
def test_a_page_has_its_data_in_few_elements(client, path, text, most):
    page = client.get(f"/portal{path}").text
    assert text in page
    assert page.count('"tag":') <= most


def test_the_style_is_a_file_of_its_own_that_a_browser_keeps(client):
    [address] = _STYLE.findall(client.get("/portal/sims").text)
    answer = client.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000"
    assert ".bar-top" in answer.text
