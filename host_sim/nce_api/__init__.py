"""A typed client of 1NCE's Management API; it works with nce-iot's simulator alike.

    from nce_api import Client
    from nce_api.models.sims_v2 import SimUpdate

    with Client(client_id="…", client_secret="…") as client:
        client.sims_v2.update("8988228066680005433", SimUpdate(status="Disabled"))

`nce_api.models` has what is sent and answered, `nce_api.operations` the table of all operations,
`nce_api.documents` 1NCE's own description. Each name below is loaded at its first use: a server
that shares the models needs no HTTP client.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nce_api.calls import Created, OnePage
    from nce_api.client import AsyncClient, Client
    from nce_api.errors import (
        ApiError,
        BadRequest,
        Conflict,
        Forbidden,
        ListTooLong,
        NotFound,
        NotReached,
        NotSendable,
        OutcomeUnknown,
        Refused,
        ServerFault,
        TooManyRequests,
        Unauthorized,
        UnexpectedAnswer,
        Unprocessable,
    )
    from nce_api.retries import Retries
    from nce_api.user_session import UserSession

# Module -> its public names.
_ROOMS = {
    "calls": ("Created", "OnePage"),
    "client": ("AsyncClient", "Client"),
    "errors": (
        "ApiError",
        "BadRequest",
        "Conflict",
        "Forbidden",
        "ListTooLong",
        "NotFound",
        "NotReached",
        "NotSendable",
        "OutcomeUnknown",
        "Refused",
        "ServerFault",
        "TooManyRequests",
        "Unauthorized",
        "UnexpectedAnswer",
        "Unprocessable",
    ),
    "retries": ("Retries",),
    "user_session": ("UserSession",),
}
__all__ = [
    "ApiError",
    "AsyncClient",
    "BadRequest",
    "Client",
    "Conflict",
    "Created",
    "Forbidden",
    "ListTooLong",
    "NotFound",
    "NotReached",
    "NotSendable",
    "OnePage",
    "OutcomeUnknown",
    "Refused",
    "Retries",
    "ServerFault",
    "TooManyRequests",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unprocessable",
    "UserSession",
]

_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'nce_api' has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"nce_api.{room}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "pydantic"):
            raise
        raise ImportError(
            f"nce_api.{name} needs {error.name}, which the extra `api` brings: "
            "pip install 'nce-iot[api]'"
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
