"""The form of a new data stream: what it sends, and where.

made = await ask_for_stream(portal)           # None when the user gave up

REST takes the header of 1NCE's form: `user:password` in base64 (RFC 7617, 2). The service keeps
it and never tells it again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from functools import partial

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_configuration import DataStream, NetworkSettings, NewStream
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import box, words

TYPES = {"USAGE": "Usage Data", "EVENT": "Event Data", "SMS": "SMS Data"}
_REST, _KINESIS, _S3 = "REST", "KINESIS", "S3"
_APIS = {_REST: "REST API", _KINESIS: "AWS Kinesis", _S3: "AWS S3"}
# S3, "Bucket naming rules"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ROLE = "arn:aws:iam::123456789012:role/streams"
# What a template of 1NCE's makes the role from.
_TEMPLATES = "https://github.com/1NCE-GmbH/cfn-templates"


async def ask_for_stream(portal: Portal[Awaited]) -> DataStream | None:
    """The stream that was made."""
    return await _StreamForm(portal, await portal.settings()).run()


class _StreamForm:
    def __init__(self, portal: Portal[Awaited], settings: NetworkSettings) -> None:
        self._portal = portal
        types = {kind: name for kind, name in TYPES.items() if kind in settings.stream_types}
        apis = {api: name for api, name in _APIS.items() if api in settings.stream_apis}
        form = self._form = FormDialog("New data stream", "Create")
        with form.body:
            self._type = form.field(
                "type", ui.select(types, label="Stream Type", value=next(iter(types)))
            )
            self._api = form.field("api", ui.select(apis, label="API Type", value=_REST))
            self._name = self._text("name", "Name")
            self._url = self._text("url", "API Callback", _REST, example="https://example.com/in")
            self._header = form.field(
                "header", ui.input("Basic Auth Header (base64 encoded)", password=True)
            )
            self._header.props("maxlength=700 autocomplete=off")
            self._header.props["hint"] = "user:password in base64; it is never shown again"
            self._only(self._header, _REST)
            self._region = self._text("region", "AWS Region", _KINESIS, _S3, value="eu-central-1")
            self._stream = self._text("stream", "Kinesis Stream", _KINESIS)
            self._bucket = self._text("bucket", "S3 Bucket", _S3)
            self._role = self._text("role", "IAM Role ARN (optional)", _S3)
            with box("p", "note") as note:
                words("span", "The simulation signs in to AWS as boto3 finds the credentials. ")
                words("a", "Create IAM Role", href=_TEMPLATES, target="_blank", rel="noopener")
            self._only(note, _KINESIS, _S3)
            self._replay = ui.checkbox("Begin with the records of the last seven days")
            self._replay.props("dense")

    async def run(self) -> DataStream | None:
        return await self._form.run(self._save)

    def _text(
        self, name: str, label: str, *apis: str, value: str = "", example: str = ""
    ) -> ui.input:
        made = self._form.field(name, ui.input(label, value=value)).props("maxlength=2048")
        if example:
            made.props["placeholder"] = example
        if apis:
            self._only(made, *apis)
        return made

    def _only(self, made: ui.element, *apis: str) -> None:
        """It is there for these API types alone."""
        made.bind_visibility_from(self._api, "value", backward=partial(_is_of, apis))

    async def _save(self) -> DataStream:
        new = {
            "name": self._given("name", self._name),
            "type": str(self._type.value),
            "replay": bool(self._replay.value),
        }
        if self._api.value == _REST:
            new["url"] = self._given("url", self._url)
            if self._header.value:
                new["user"], new["password"] = credentials_of(self._header.value)
        elif self._api.value == _KINESIS:
            region = self._given("region", self._region)
            new["url"] = f"kinesis://{region}/{self._given('stream', self._stream)}"
        else:
            region = self._given("region", self._region)
            bucket = self._given("bucket", self._bucket)
            if not _BUCKET.fullmatch(bucket):
                raise WrongField("bucket", "Use 3 to 63 small letters, digits, dots and hyphens.")
            role = (self._role.value or "").strip()
            if role and not role.startswith("arn:aws"):
                raise WrongField("role", f"This is no ARN; use one as {_ROLE}.")
            new["url"] = f"s3://{region}/{bucket}" + (f"?role={role}" if role else "")
        return await self._portal.add_stream(NewStream.model_validate(new))

    def _given(self, name: str, field: ui.input) -> str:
        text = (field.value or "").strip()
        if not text:
            raise WrongField(name, "Give a value.")
        return text


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


def _is_of(apis: Sequence[str], api: str) -> bool:
    return api in apis
