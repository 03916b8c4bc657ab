"""The tile server of an option: what is a template, and what pages may then load from it alone."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from nce_sim.portal.door import Door
from nce_sim.portal.in_process import InProcess
from nce_sim.portal.tiles import Tiles
from support.api import in_world

TEMPLATE = "https://tile.example.com/{z}/{x}/{y}.png"

FITTING = (
    (TEMPLATE, "https://tile.example.com"),
    ("http://127.0.0.1:8081/{z}/{x}/{y}", "http://127.0.0.1:8081"),
    ("https://a.example/t?z={z}&x={x}&y={y}", "https://a.example"),
)


@pytest.mark.parametrize(("url", "origin"), FITTING)
def test_a_template_has_an_origin(url, origin):
    assert Tiles.of(url).origin == origin


UNFIT = (
    ("tile.example.com/{z}/{x}/{y}.png", "no address of a tile server"),
    ("file:///tiles/{z}/{x}/{y}.png", "no address of a tile server"),
    ("https://ada:secret@a.example/{z}/{x}/{y}", "no address of a tile server"),
    ("https://a.example; script-src */{z}/{x}/{y}", "no address of a tile server"),
    ("https://a.example:https/{z}/{x}/{y}", "no address of a tile server"),
    ("https://a.example/{z}/{x}/{y}\n", "no address of a tile server"),
    ("https://a.example/" + 300 * "a" + "/{z}/{x}/{y}", "no address of a tile server"),
    ("https://{s}.example.com/{z}/{x}/{y}", "no address of a tile server"),
    ("https://a.example/{z}/{x}", "has no {y}"),
    ("https://a.example/{z}/{x}/{y}{r}.png", "none of"),
)


@pytest.mark.parametrize(("url", "words"), UNFIT)
def test_what_is_no_template_is_refused(url, words):
    with pytest.raises(ValueError, match=words):
        Tiles.of(url)


async def policy_of(place, tiles):
    async def pages(scope, receive, send):
        await PlainTextResponse("page")(scope, receive, send)

    door = Door(InProcess(lambda: place.app), pages, tiles=tiles)
    transport = httpx.ASGITransport(door, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        answer = await browser.get("/portal/sign-in")
        return answer.headers["content-security-policy"]


@in_world
async def test_pages_load_pictures_from_the_tile_server_and_nothing_without_one(place):
    plain = await policy_of(place, None)
    assert "http" not in plain
    with_tiles = await policy_of(place, Tiles.of(TEMPLATE, "somebody"))
    assert "img-src https://tile.example.com 'self' data: blob:;" in with_tiles
    assert with_tiles.replace("https://tile.example.com ", "") == plain
