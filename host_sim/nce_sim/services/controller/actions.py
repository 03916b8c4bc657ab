"""What a customer may send to a device, with the limits that 1NCE documents.

action = CoapAction("example?a=1", 3000, "POST", payload="on", payload_type=STRING)
action.check(settings)              # Invalid, with what is wrong and what is allowed
action.body()                       # as `requestData` echoes it
action.content()                    # the bytes for the device
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from nce_sim.problems import Invalid
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import INITIAL, SEND_NOW
from nce_sim.wire.lwm2m.record import LwM2mMistake, parse_path

UDP, COAP, LWM2M = "UDP", "COAP", "LWM2M"
PROTOCOLS = (UDP, COAP, LWM2M)

STRING, BASE64 = "STRING", "BASE64"

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
# The actions, and how many numbers the address of each has at least and at most.
LWM2M_ACTIONS = {
    "read": (1, 4),
    "write": (3, 4),
    "execute": (3, 3),
    "observe-start": (1, 4),
    "observe-end": (1, 4),
}
_PATH = re.compile(r"[a-zA-Z0-9\-._~%:/?#@!$&'()*+,;=]{0,255}", re.ASCII)
_SEGMENT_MAX_BYTES = 255  # RFC 7252, 5.10


@dataclass(frozen=True)
class UdpAction:
    """A datagram to a port of the device; 1NCE makes one attempt."""

    payload: str
    payload_type: str
    port: int
    mode: str = SEND_NOW
    protocol: ClassVar[str] = UDP
    attempts: ClassVar[int] = 1

    def check(self, settings: ControllerSettings) -> None:
        """Raise Invalid for what the document does not allow."""
        _check_mode(self.mode)
        _check_port(self.port)
        _check_size(self.content(), settings.udp_max_bytes, UDP)

    def content(self) -> bytes:
        """The payload of the datagram."""
        return _bytes_of(self.payload, self.payload_type)

    def body(self) -> dict[str, Any]:
        return {"payload": self.payload, "payloadType": self.payload_type, "port": self.port}

    @property
    def title(self) -> str:
        """The action in the confirmation; [U] 1NCE's samples are of LwM2M."""
        return f"send for resource port {self.port}"


@dataclass(frozen=True)
class CoapAction:
    """A CoAP request to a path, which may have a query, at a port of the device."""

    path: str
    port: int
    method: str
    payload: str | None = None
    payload_type: str | None = None
    mode: str = SEND_NOW
    attempts: int = 1
    protocol: ClassVar[str] = COAP

    def check(self, settings: ControllerSettings) -> None:
        """Raise Invalid for what the document does not allow."""
        _check_mode(self.mode)
        _check_port(self.port)
        _check_attempts(self.attempts, settings)
        if self.method not in METHODS:
            raise Invalid(f"requestType is {self.method!r}; give one of {', '.join(METHODS)}")
        if not _PATH.fullmatch(self.path):
            raise Invalid(
                f"path has {len(self.path)} characters, or one that is not allowed; give at most "
                "255 of letters, digits and -._~%:/?#@!$&'()*+,;="
            )
        segments, queries = self.parts()
        if any(len(part) > _SEGMENT_MAX_BYTES for part in segments + queries):
            raise Invalid(f"a part of path is longer than {_SEGMENT_MAX_BYTES} bytes")
        _check_size(self.content(), settings.coap_max_bytes, COAP)

    def content(self) -> bytes:
        """The payload of the request; none is empty."""
        return b"" if self.payload is None else _bytes_of(self.payload, self.payload_type)

    def content_format(self, settings: ControllerSettings) -> int | None:
        """The Content-Format of the request; None for none."""
        if not self.content():
            return None
        if self.payload_type == BASE64:
            return settings.content_format_of_base64
        return settings.content_format_of_text

    def parts(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The segments of the path and the arguments of the query (RFC 7252, 6.4)."""
        path, _, query = self.path.partition("#")[0].partition("?")
        path = path.removeprefix("/")
        segments = path.split("/") if path else []
        queries = query.split("&") if query else []
        return (
            tuple(unquote_to_bytes(segment) for segment in segments),
            tuple(unquote_to_bytes(one) for one in queries),
        )

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "path": self.path,
            "port": self.port,
            "requestType": self.method,
        }
        if self.payload is not None:
            body["payload"] = self.payload
        if self.payload_type is not None:
            body["payloadType"] = self.payload_type
        return body

    @property
    def title(self) -> str:
        """The action in the confirmation; [U] 1NCE's samples are of LwM2M."""
        return f"{self.method} for resource {self.path}"


@dataclass(frozen=True)
class Lwm2mAction:
    """An operation on a resource of a registered LwM2M client."""

    action: str
    resource_address: str
    data: str | None = None
    mode: str = SEND_NOW
    attempts: int = 1
    protocol: ClassVar[str] = LWM2M

    def check(self, settings: ControllerSettings) -> None:
        """Raise Invalid for what the document does not allow."""
        _check_mode(self.mode)
        _check_attempts(self.attempts, settings)
        if self.action not in LWM2M_ACTIONS:
            raise Invalid(f"action is {self.action!r}; give one of {', '.join(LWM2M_ACTIONS)}")
        if self.data is not None and self.action != "write":
            raise Invalid(f"data is for the action write alone, not for {self.action}")
        if self.data is None and self.action == "write":
            raise Invalid("data is missing; give the value to write, as a text")
        try:
            path = parse_path(self.resource_address)
        except LwM2mMistake as mistake:
            raise Invalid(f"resourceAddress: {mistake}") from None
        least, most = LWM2M_ACTIONS[self.action]
        if not least <= len(path) <= most:
            wanted = most if least == most else f"{least} to {most}"
            raise Invalid(
                f"resourceAddress {self.resource_address!r} has {len(path)} numbers; "
                f"{self.action} takes {wanted}, such as /3303/0/5700"
            )

    def body(self) -> dict[str, Any]:
        body = {"action": self.action, "resourceAddress": self.resource_address}
        return body if self.data is None else {**body, "data": self.data}

    @property
    def title(self) -> str:
        """The action in the confirmation [D]."""
        return f"{self.action} for resource {self.resource_address}"


Action = UdpAction | CoapAction | Lwm2mAction


def from_body(protocol: str, body: dict[str, Any], mode: str, attempts: int) -> Action:
    """The action of a stored request."""
    if protocol == UDP:
        return UdpAction(body["payload"], body["payloadType"], body["port"], mode)
    if protocol == COAP:
        return CoapAction(
            body["path"],
            body["port"],
            body["requestType"],
            body.get("payload"),
            body.get("payloadType"),
            mode,
            attempts,
        )
    return Lwm2mAction(body["action"], body["resourceAddress"], body.get("data"), mode, attempts)


def _check_mode(mode: str) -> None:
    if mode not in INITIAL:
        raise Invalid(f"requestMode is {mode!r}; give one of {', '.join(INITIAL)}")


def _check_port(port: int) -> None:
    if not 1 <= port <= 65_535:
        raise Invalid(f"port is {port}; give 1 to 65535")


def _check_attempts(attempts: int, settings: ControllerSettings) -> None:
    if not 1 <= attempts <= settings.most_attempts:
        raise Invalid(f"sendAttempts is {attempts}; give 1 to {settings.most_attempts}")


def _check_size(content: bytes, most: int, protocol: str) -> None:
    if len(content) > most:
        raise Invalid(f"payload has {len(content)} bytes; {protocol} carries at most {most}")


def _bytes_of(payload: str, payload_type: str | None) -> bytes:
    if payload_type == BASE64:
        try:
            return base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Invalid(f"payload is no base64 ({error}); or give payloadType STRING") from None
    if payload_type not in (STRING, None):
        raise Invalid(f"payloadType is {payload_type!r}; give STRING or BASE64")
    try:
        return payload.encode()
    except UnicodeEncodeError:
        raise Invalid("payload has half a surrogate pair; give whole characters") from None
