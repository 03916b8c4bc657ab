"""A browser before the portal's door, without pages behind it.

browser = browser_at(door_of(place))
await browser.post("/portal/sign-in", data={"email": ..., "password": ...})
await socket_at(door, browser.cookies[COOKIE])           # ["websocket.accept"]
"""

import httpx
from starlette.responses import PlainTextResponse

from nce_sim.portal.door import COOKIE, VISIT, Door
from nce_sim.portal.in_process import InProcess

ORIGIN = "http://localhost"


async def pages(scope, receive, send):
    """In the place of the pages: who looks."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    visit = scope.get(VISIT)
    await PlainTextResponse("static" if visit is None else visit.name)(scope, receive, send)


def door_of(place, **more):
    return Door(InProcess(lambda: place.app), pages, **more)


def browser_at(door, address="127.0.0.1", **more):
    transport = httpx.ASGITransport(door, client=(address, 1))
    return httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}, **more
    )


async def socket_at(door, cookie, origin=ORIGIN, host="localhost"):
    """What the door answers to the opening of a websocket."""
    headers = [(b"host", host.encode()), (b"cookie", f"{COOKIE}={cookie}".encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {"type": "websocket", "path": "/portal/_nicegui_ws/socket.io/", "headers": headers}
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    await door(scope, receive, send)
    return sent
