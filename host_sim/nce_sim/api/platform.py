"""What a route gets by its signature: the backend behind the door.

@router.get("/v1/things/{name}")
async def thing(backend: TheBackend, caller: ManagementCaller, name: str) -> Response:
    found = backend.things.get(caller.organisation_id, name)
    return answer(found)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from nce_sim.backend import Backend

BACKEND = "nce.backend"  # in the scope of a request


async def _backend(request: Request) -> Backend:
    return cast(Backend, request.scope[BACKEND])


TheBackend = Annotated[Backend, Depends(_backend)]


async def _door(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"


# Where the caller found this API, for links in answers: they lead to this world, never to 1NCE.
TheDoor = Annotated[str, Depends(_door)]


def answer(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A response with the fields of `model` that were set: no second validation."""
    body = model.model_dump_json(by_alias=True, exclude_unset=True)
    return Response(body, status, headers, "application/json")


def answer_list(
    models: Sequence[BaseModel], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that is an array."""
    items = (model.model_dump_json(by_alias=True, exclude_unset=True) for model in models)
    return Response(f"[{','.join(items)}]", status, headers, "application/json")
