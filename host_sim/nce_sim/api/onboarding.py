"""The older onboarding for programs outside: the twin that they call from is the device.

    curl --interface 127.160.0.1 http://127.0.0.1:8080/device-api/onboarding

Inside the simulated network a device asks `device.connectivity-suite.cloud` itself.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nce_sim.backend import Backend
from nce_sim.endpoints.onboarding import PATH, Asked, accepts_csv, answer_of


def onboarding(backend: Backend) -> list[Route]:
    """The route of one backend; it needs no token, since the address tells who asks."""

    async def onboard(request: Request) -> Response:
        host = request.client.host if request.client else ""
        loopback, _, rest = host.partition(".")
        # The twin of 10.a.b.c is 127.a.b.c; another address is no device.
        inside = f"10.{rest}" if loopback == "127" else ""
        is_csv = accepts_csv(request.headers.get("accept", ""))
        asked = Asked(inside, request.method, PATH, is_csv)
        sim = backend.core.sim_at(inside)
        answer = await backend.write(lambda work: answer_of(backend.onboarding, sim, asked, work))
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return [Route(PATH, onboard, methods=["GET"])]
