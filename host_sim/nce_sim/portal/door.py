"""The portal's door: who may look, before a page is built; an ASGI application for `/portal`.

    door = Door(house, pages, hosts=())
    await door(scope, receive, send)

The session's token is in a cookie that no script reads and no other site sends; nothing of it is
written here. A websocket is taken from pages of the same origin alone, with a session that lives.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nce_sim.api.bodies import CutShort, TooLarge, TooSlow, whole_body
from nce_sim.api.sender import wrong_sender
from nce_sim.portal.entrance import enter_page, sign_in_page
from nce_sim.portal.tiles import Tiles
from nce_sim.portal.visit import House, Refused, Visit

ROOT = "/portal"
VISIT = "nce.visit"  # in the scope of a request
TILES = "nce.tiles"  # the tile server of the maps, in the scope as well
COOKIE = "nce_portal"
_MOST_FORM_BYTES = 4_096
_FORM_S = 30  # for the whole form
_NEXT = 200  # characters of the page that a sign-in leads to

# Scripts and styles of the pages stand in the page; everything comes from this server.
_POLICY = "Content-Security-Policy"
_HEADERS = {
    _POLICY: "default-src 'self'; script-src 'self' 'unsafe-inline' "
    "'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # a link's code is part of an address
    "X-Content-Type-Options": "nosniff",
}


class Door:
    """The pages of one house; `hosts` are names of this server besides loopback's."""

    def __init__(
        self,
        house: House,
        pages: ASGIApp,
        hosts: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
        tiles: Tiles | None = None,
    ) -> None:
        self._house, self._pages, self._tiles = house, pages, tiles
        self._headers = dict(_HEADERS)
        if tiles is not None:
            policy = _HEADERS[_POLICY].replace("img-src", f"img-src {tiles.origin}")
            self._headers[_POLICY] = policy
        self._hosts, self._origins = hosts, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._wrong_sender(scope)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send, refused)
            return
        request = Request(scope, receive)
        try:
            answer = PlainTextResponse(refused, 403) if refused else await self._answer(request)
        except CutShort:
            return
        except TooSlow:
            text = f"the form did not come within {_FORM_S} s"
            answer = PlainTextResponse(text, 408, {"Connection": "close"})
        if answer is None:
            await self._page(scope, receive, self._with_headers(send))
        else:
            await answer(scope, receive, self._with_headers(send))

    # -- inside ----------------------------------------------------------------------------

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page; whoever leaves it before it is made gets none, which is no error."""
        has_left = False

        async def hear() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        try:
            await self._pages(scope, hear, send)
        except RuntimeError:
            # Starlette's middleware finds no answer then.
            if not has_left:
                raise

    def _wrong_sender(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        # Browsers tell the origin of whatever may change something.
        if changes and origin is None:
            return "the request does not tell which page sent it"
        return wrong_sender(host, origin, self._hosts, self._origins)

    async def _websocket(
        self, scope: Scope, receive: Receive, send: Send, refused: str | None
    ) -> None:
        visit = None if refused else await self._house.visit(_token_of(scope))
        if visit is None:
            await receive()  # the connection that is refused
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._pages(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """What is answered at the door; None for a page of somebody who may look."""
        path = request.scope["path"].removeprefix(ROOT) or "/"
        if path == "/sign-in":
            return await self._sign_in(request)
        if path == "/enter":
            return await self._enter(request)
        if path == "/sign-out":
            return await self._sign_out(request)
        if path.startswith("/_nicegui/"):
            return None  # scripts and styles, the same for everybody
        visit = await self._house.visit(_token_of(request.scope))
        if visit is None:
            if path.startswith("/_nicegui_ws/"):
                return PlainTextResponse("sign in first", 401)
            here = path + (f"?{request.url.query}" if request.url.query else "")
            address = f"{ROOT}/sign-in"
            return RedirectResponse(
                address if here == "/" else f"{address}?next={quote(here[:_NEXT])}", 303
            )
        request.scope[VISIT] = visit
        request.scope[TILES] = self._tiles
        return None

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            said = request.query_params.get("said", "")
            page = sign_in_page("", _next(request), self._house.has_passwords, said)
            return HTMLResponse(page)
        form = await _form(request)
        try:
            token = await self._house.sign_in(
                form.get("email", ""), form.get("password", ""), _address_of(request)
            )
        except Refused as refusal:
            page = sign_in_page(str(refusal), _next(request), self._house.has_passwords)
            return HTMLResponse(page, 403)
        return _entered(request, token, _next(request))

    async def _enter(self, request: Request) -> Response:
        """A link: who only looks at its address, such as a preview, does not use it up."""
        if request.method != "POST":
            return HTMLResponse(enter_page(request.query_params.get("code", "")))
        try:
            code = (await _form(request)).get("code", "")
            token = await self._house.follow(code, _address_of(request))
        except Refused as refusal:
            page = sign_in_page(str(refusal), "/", self._house.has_passwords)
            return HTMLResponse(page, 403)
        return _entered(request, token, "/")

    async def _sign_out(self, request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("signing out is a POST", 405, {"Allow": "POST"})
        await self._house.sign_out(_token_of(request.scope))
        answer = RedirectResponse(f"{ROOT}/sign-in", 303)
        answer.delete_cookie(COOKIE, path=ROOT, httponly=True, samesite="strict")
        return answer

    def _with_headers(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in self._headers.items()
                        if name.lower().encode() not in known
                    ),
                ]
            await send(message)

        return sent


def visit_of(request: HTTPConnection) -> Visit:
    """Who looks at the page that is built."""
    visit: Visit = request.scope[VISIT]
    return visit


def tiles_of(request: HTTPConnection) -> Tiles | None:
    """The tile server of the maps, or None."""
    tiles: Tiles | None = request.scope[TILES]
    return tiles


def _entered(request: Request, token: str, path: str) -> Response:
    answer = RedirectResponse(ROOT + path, 303, {"Cache-Control": "no-store"})
    # Until the browser is closed; the session ends by itself as well.
    answer.set_cookie(
        COOKIE,
        token,
        path=ROOT,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _token_of(scope: Scope) -> str:
    for text in Headers(scope=scope).getlist("cookie"):
        try:
            found = SimpleCookie(text).get(COOKIE)
        except CookieError:
            continue
        if found is not None:
            return found.value
    return ""


def _address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _next(request: Request) -> str:
    """The page that a sign-in leads to: one of the portal's, whatever the address says."""
    path = request.query_params.get("next", "/")[:_NEXT]
    parts = urlsplit(path)
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    # A browser goes up at dots, also at those in per cent.
    climbs = {".", ".."} & set(unquote(parts.path).replace("\\", "/").split("/"))
    return path if is_own and path.isprintable() and not climbs else "/"


async def _form(request: Request) -> dict[str, str]:
    try:
        body = await whole_body(request.receive, _MOST_FORM_BYTES, _FORM_S)
    except TooLarge:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}
