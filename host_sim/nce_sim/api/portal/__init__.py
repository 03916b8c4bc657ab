"""What 1NCE has in its portal alone, as an API of its own: `/portal-api`.

Portal users sign in, and the permissions of their roles hold (1nce_os_2.md, 3.5). 1NCE publishes
no such API: its paths and bodies are ours [U].
"""

from typing import Any

from fastapi import APIRouter

from nce_sim.api.portal import (
    account,
    configuration,
    coverage,
    credentials,
    dashboard,
    exports,
    locator,
    lwm2m,
    organisation,
    performance,
    session,
    sims,
    sms_forwarder,
    streams,
    terms,
    transfers,
    users,
    vpn,
)
from nce_sim.api.portal.models import Refusal

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    dashboard.router,
    sims.router,
    configuration.router,
    streams.router,
    sms_forwarder.router,
    vpn.router,
    terms.router,
    credentials.router,
    organisation.router,
    transfers.router,
    users.router,
    account.router,
    exports.router,
    performance.router,
    coverage.router,
    locator.router,
    lwm2m.router,
)
# Every operation may be refused; a wrong request is 400 here, never FastAPI's 422.
REFUSED: dict[int | str, dict[str, Any]] = {
    "default": {"model": Refusal, "description": "Refused: 400, 401, 403, 404, 409, 413 or 429"}
}
