"""The Data Streamer: streams of events, usage and SMS to a server of the customer's."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Password, Shown, Url
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time
from nce_sim.services.streamer.stream import Stream

router = APIRouter(tags=["Data Streams"])
_STREAMS = needs("configuration.data_streams")


class AddStream(Body):
    """A new stream; with `replay` it begins with the records of the last seven days."""

    name: Line
    type: Literal["EVENT", "USAGE", "SMS"]
    url: Url
    user: Line = ""
    password: Password | None = None
    replay: bool = False


class ShownStream(Shown):
    """A stream as the list has it: never its password."""

    id: str
    name: str
    type: str
    api: str  # REST, KINESIS or S3
    url: str
    user: str
    state: str
    error: str | None
    created: str


@router.get("/streams", **_STREAMS)
async def streams(backend: TheBackend, caller: PortalCaller) -> list[ShownStream]:
    """The streams of the organisation: ten at most, so there are no pages."""
    return [_shown(found) for found in backend.streamer.list(caller.organisation_id)]


@router.post("/streams", status_code=201, **_STREAMS)
async def add(backend: TheBackend, caller: PortalCaller, body: AddStream) -> ShownStream:
    """Make a stream; it is active at once."""
    password = "" if body.password is None else body.password.get_secret_value()
    made = await backend.write(
        lambda work: backend.streamer.create(
            caller.organisation_id,
            body.name,
            body.type,
            body.url,
            body.user,
            password,
            replay=body.replay,
            work=work,
        )
    )
    return _shown(made)


@router.post("/streams/{stream_id}/start", **_STREAMS)
async def start(backend: TheBackend, caller: PortalCaller, stream_id: str) -> ShownStream:
    """Go on with a stopped stream."""
    organisation_id = caller.organisation_id
    turned = await backend.write(
        lambda work: backend.streamer.start(organisation_id, stream_id, work)
    )
    return _shown(turned)


@router.post("/streams/{stream_id}/stop", **_STREAMS)
async def stop(backend: TheBackend, caller: PortalCaller, stream_id: str) -> ShownStream:
    """Send nothing until the stream is started."""
    organisation_id = caller.organisation_id
    turned = await backend.write(
        lambda work: backend.streamer.stop(organisation_id, stream_id, work)
    )
    return _shown(turned)


@router.post("/streams/{stream_id}/restart", **_STREAMS)
async def restart(backend: TheBackend, caller: PortalCaller, stream_id: str) -> ShownStream:
    """Go on with a failed stream."""
    organisation_id = caller.organisation_id
    turned = await backend.write(
        lambda work: backend.streamer.restart(organisation_id, stream_id, work)
    )
    return _shown(turned)


@router.delete("/streams/{stream_id}", status_code=204, **_STREAMS)
async def delete(backend: TheBackend, caller: PortalCaller, stream_id: str) -> None:
    """Delete a stream, and what waits for it."""
    await backend.write(
        lambda work: backend.streamer.delete(caller.organisation_id, stream_id, work)
    )


def _shown(stream: Stream) -> ShownStream:
    return ShownStream(
        id=stream.stream_id,
        name=stream.name,
        type=stream.type,
        api=stream.api,
        url=stream.url,
        user=stream.user,
        state=stream.state,
        error=stream.error,
        created=iso_time(stream.created_ms),
    )
