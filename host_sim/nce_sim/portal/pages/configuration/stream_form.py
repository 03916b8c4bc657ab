"""The form of a new data stream: what it sends, and where.

made = await ask_for_stream(portal)           # None when the user gave up

REST takes the header of 1NCE's form: `user:password` in base64 (RFC 7617, 2). The service keeps
it and never tells it again.
"""

from __future__ import annotations

import base64
import binascii

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_configuration import DataStream, NewStream
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import words

TYPES = {"USAGE": "Usage Data", "EVENT": "Event Data", "SMS": "SMS Data"}
_REST, _KINESIS = "REST API", "AWS Kinesis"
_APIS = [_REST, _KINESIS]


async def ask_for_stream(portal: Portal[Awaited]) -> DataStream | None:
    """The stream that was made."""
    offered = (await portal.settings()).stream_types
    types = sorted(offered, key=lambda kind: [*TYPES].index(kind) if kind in TYPES else 0)
    form = FormDialog("New data stream", "Create")
    with form.body:
        kind = form.field("type", ui.select(_named(types), label="Stream Type", value=types[0]))
        api = form.field("api", ui.select(_APIS, label="API Type", value=_REST))
        name = form.field("name", ui.input("Name")).props("maxlength=128")
        url = form.field("url", ui.input("API Callback"))
        url.props("maxlength=2048").props["placeholder"] = "https://example.com/in"
        header = form.field(
            "header",
            ui.input("Basic Auth Header (base64 encoded)", password=True),
        ).props("maxlength=700 autocomplete=off")
        header.props["hint"] = "user:password in base64; it is never shown again"
        region = form.field("region", ui.input("AWS Region", value="eu-central-1"))
        stream = form.field("stream", ui.input("Stream"))
        for one in (region, stream):
            one.props("maxlength=128").bind_visibility_from(api, "value", value=_KINESIS)
        for one in (url, header):
            one.bind_visibility_from(api, "value", value=_REST)
        note = words(
            "p",
            "The simulation signs in to AWS as boto3 finds the credentials.",
            "note q-mb-none",
        )
        note.bind_visibility_from(api, "value", value=_KINESIS)
        replay = ui.checkbox("Begin with the records of the last seven days").props("dense")

    async def save() -> DataStream:
        new = NewStream(name=(name.value or "").strip(), type=kind.value or "", url="")
        if not new.name:
            raise WrongField("name", "Give the stream a name.")
        sent = {**new.model_dump(exclude_none=True), "replay": replay.value}
        if api.value == _KINESIS:
            for field, shown in (("region", region), ("stream", stream)):
                if not shown.value:
                    raise WrongField(field, "Give a value.")
            sent["url"] = f"kinesis://{region.value}/{stream.value}"
        else:
            sent["url"] = (url.value or "").strip()
            if not sent["url"]:
                raise WrongField("url", "Give the address of your server, with https://.")
            if header.value:
                sent["user"], sent["password"] = credentials_of(header.value)
        return await portal.add_stream(NewStream.model_validate(sent))

    return await form.run(save)


def credentials_of(header: str) -> tuple[str, str]:
    """User and password of a Basic header; its word "Basic" may stand before."""
    text = header.strip().removeprefix("Basic ").strip()
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise WrongField("header", "This is no base64; encode user:password.") from None
    if not colon or not password:
        raise WrongField("header", "It has no colon and password; encode user:password.")
    return user, password


def _named(types: list[str]) -> dict[str, str]:
    return {kind: TYPES.get(kind, kind) for kind in types}
