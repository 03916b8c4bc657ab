"""What becomes of an attempt: a step of the request, and its `resultData`.

step, result = judged(CoapReply(0x45, 0, b"21.5"), may_repeat=True, settings=settings)
# Step.SUCCEEDED, {"code": "205", "payload": "21.5", "payloadType": "TEXT"}
"""

from __future__ import annotations

import base64
from typing import Any

from nce.coap import codes
from nce_sim.services.controller.outbound import CoapReply, Lwm2mReply, NoReply, Refusal
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import SEND_NOW, Step
from nce_sim.services.json_text import json_text

# Content-Formats of text (RFC 7252, 12.3; RFC 6690; RFC 8428, 8: SenML and SenSML as JSON).
_PRINTABLE = frozenset((0, 40, 41, 47, 50, 51, 52, 110, 111, 112, 113, 432))

MALFORMED = "The payload of the response is malformed: its content format is text, and it is not"
NOT_REGISTERED = "Device is not registered to any LwM2M server."  # [F]
EXPIRED = "The request has expired: the device was not active within {hours:g} hours"  # [U]

GONE = "The device has left the organisation"  # [U]


def judged(
    reply: CoapReply | NoReply, *, may_repeat: bool, mode: str, settings: ControllerSettings
) -> tuple[Step, dict[str, Any]]:
    """The step after an attempt by CoAP, and `resultData`; 2.xx alone is a success [D]."""
    if isinstance(reply, NoReply):
        return _unanswered(reply, may_repeat, mode)
    result = _coded(reply.code)
    if reply.payload:
        try:
            result |= _payload(reply)
        except UnicodeDecodeError:
            return Step.FAILED, {**result, "errorMessage": MALFORMED}
    if codes.is_success(reply.code):
        return Step.SUCCEEDED, result
    return _refused(reply.code, result, may_repeat, mode, settings)


def judged_lwm2m(
    reply: Lwm2mReply | NoReply | Refusal,
    *,
    may_repeat: bool,
    mode: str,
    settings: ControllerSettings,
) -> tuple[Step, dict[str, Any]]:
    """The step after an attempt by LwM2M; `payload` is the text of the flat JSON [F]."""
    if isinstance(reply, Refusal):
        return Step.FAILED, {"errorMessage": reply.reason}
    if isinstance(reply, NoReply):
        return _unanswered(reply, may_repeat, mode)
    result = _coded(reply.code)
    if not codes.is_success(reply.code):
        return _refused(reply.code, result, may_repeat, mode, settings)
    if reply.values is not None:
        result["payload"] = json_text(reply.values)
    step = Step.SUCCEEDED if reply.is_readable else Step.FAILED
    return step, {**result, "errorMessage": reply.error}  # [F] an empty one, too


def _coded(code: int) -> dict[str, Any]:
    return {"code": f"{code >> 5}{code & 31:02d}"}


def _unanswered(reply: NoReply, may_repeat: bool, mode: str) -> tuple[Step, dict[str, Any]]:
    step = _again(mode) if may_repeat else Step.FAILED
    return step, {"errorMessage": f"The device did not respond: {reply.reason}"}


def _refused(
    code: int, result: dict[str, Any], may_repeat: bool, mode: str, settings: ControllerSettings
) -> tuple[Step, dict[str, Any]]:
    step = _again(mode) if may_repeat and settings.refusals_are_repeated else Step.FAILED
    return step, {**result, "errorMessage": f"The device responded {codes.dotted(code)}"}


def _again(mode: str) -> Step:
    return Step.REPEATED if mode == SEND_NOW else Step.POSTPONED


def _payload(reply: CoapReply) -> dict[str, str]:
    # [D] TEXT when the Content-Format is printable; BASE64 when it is not, or there is none.
    if reply.content_format in _PRINTABLE:
        return {"payload": reply.payload.decode(), "payloadType": "TEXT"}
    return {"payload": base64.b64encode(reply.payload).decode(), "payloadType": "BASE64"}
