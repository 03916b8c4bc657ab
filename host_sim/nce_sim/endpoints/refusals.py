"""The CoAP errors of the Device Authenticator: a code and 1NCE's JSON body.

error_response(codes.UNAUTHORIZED, TERMS_NOT_ACCEPTED)
"""

from __future__ import annotations

import json

from nce.coap import codes
from nce_sim.endpoints.coap.request import Response

TERMS_NOT_ACCEPTED = "The terms of use are not accepted"

_STATUS_TEXTS = {
    codes.UNAUTHORIZED: "Unauthorized",
    codes.INTERNAL_SERVER_ERROR: "Server Error",
}


def error_response(code: int, message: str) -> Response:
    """The response with `{"statusText": …, "errors": [{"message": …}]}`.

    It stays below the 150 bytes that 1NCE's C SDK receives, unless the message is long.
    """
    body = {"statusText": _STATUS_TEXTS[code], "errors": [{"message": message}]}
    return Response(code, json.dumps(body, separators=(",", ":")).encode())
