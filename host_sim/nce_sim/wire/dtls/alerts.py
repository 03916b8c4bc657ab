"""Alerts: levels, numbers and their names (RFC 5246, 7.2)."""

from __future__ import annotations

WARNING = 1
FATAL = 2

CLOSE_NOTIFY = 0
HANDSHAKE_FAILURE = 40
ILLEGAL_PARAMETER = 47
DECODE_ERROR = 50
DECRYPT_ERROR = 51
PROTOCOL_VERSION = 70
NO_RENEGOTIATION = 100
UNKNOWN_PSK_IDENTITY = 115  # RFC 4279, 6

ALERT_NAMES = {
    CLOSE_NOTIFY: "close_notify",
    HANDSHAKE_FAILURE: "handshake_failure",
    ILLEGAL_PARAMETER: "illegal_parameter",
    DECODE_ERROR: "decode_error",
    DECRYPT_ERROR: "decrypt_error",
    PROTOCOL_VERSION: "protocol_version",
    NO_RENEGOTIATION: "no_renegotiation",
    UNKNOWN_PSK_IDENTITY: "unknown_psk_identity",
}


def alert_name(number: int) -> str:
    return ALERT_NAMES.get(number, f"alert {number}")
