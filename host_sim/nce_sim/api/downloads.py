"""Files behind links that need no token: the link itself is signed, names one thing and expires.

routes = [*downloads(backend)]

The payload of an administration log is the only one: 1NCE answers with such a link, too.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from nce_sim.backend import Backend
from nce_sim.problems import NotFound
from nce_sim.services.logs.service import PayloadLink

LOG_PAYLOADS = "/downloads/administration-logs"
_MAX_DIGITS = 15


def downloads(backend: Backend) -> list[Route]:
    """The routes of one backend."""

    async def log_payload(request: Request) -> Response:
        expires = request.query_params.get("expires", "")
        is_number = expires.isascii() and expires.isdigit() and len(expires) <= _MAX_DIGITS
        link = PayloadLink(
            request.path_params["log_id"],
            int(expires) if is_number else 0,
            request.query_params.get("signature", ""),
        )
        try:
            payload = backend.logs.linked_payload(link)
        except NotFound as problem:
            return PlainTextResponse(str(problem), 404)
        headers = {
            "Content-Disposition": f'attachment; filename="{link.log_id}.bin"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return Response(payload, 200, headers, "application/octet-stream")

    return [Route(LOG_PAYLOADS + "/{log_id}", log_payload)]
