"""What can go wrong with a DTLS session, and what to try.

No message carries a key.
"""

from nce.errors import NetworkError, PeerError, UsageError


class HandshakeRefused(PeerError):
    """The server ended the handshake with the fatal alert `alert` (RFC 5246, 7.2)."""

    def __init__(self, alert):
        super().__init__("the server refused the handshake: " + describe(alert))
        self.alert = alert


class HandshakeBroken(PeerError):
    """The server sent what the handshake has no place for; we answered with `alert`."""

    def __init__(self, text, alert):
        super().__init__(text)
        self.alert = alert


class HandshakeTimeout(NetworkError):
    """The server fell silent. `flight` is 1 (hello), 3 (hello with cookie) or 5 (key proof)."""

    def __init__(self, flight, transmissions, dropped_records):
        text = "the server did not answer %s, sent %d times: %s" % (
            _FLIGHTS[flight][0],
            transmissions,
            _FLIGHTS[flight][1],
        )
        if dropped_records:
            text += " (%d records that came were no valid ones)" % dropped_records
        super().__init__(text)
        self.flight = flight


class SessionClosed(NetworkError):
    """The session is over: closed by the server, by us, or by a fatal alert; connect again."""


class RecordTooLarge(UsageError):
    """The data does not fit one datagram of the path."""


_FLIGHTS = {
    1: ("our hello", "check address and port (5684), coverage and the breakout region"),
    3: ("our hello with its cookie", "check coverage; a NAT may have changed our address"),
    5: (
        "our proof of the key",
        "most servers are silent when the key is wrong: fetch it again, and mind that a key "
        "shown in hex is to be given as bytes.fromhex(key), a printable one as its characters",
    ),
}

# RFC 5246, 7.2 and A.3; RFC 4279, 6; RFC 5746, RFC 6066. (name, what to try)
_ALERTS = {
    0: ("close_notify", None),
    10: ("unexpected_message", None),
    20: ("bad_record_mac", "the key is wrong: fetch it again"),
    22: ("record_overflow", None),
    40: (
        "handshake_failure",
        "no cipher suite in common (we offer those of `suites`), or no key for this identity",
    ),
    47: ("illegal_parameter", None),
    50: ("decode_error", None),
    51: ("decrypt_error", "the key is wrong, or the identity unknown: fetch both again"),
    70: ("protocol_version", "the server does not speak DTLS 1.2"),
    71: ("insufficient_security", "the server asks for stronger cipher suites"),
    80: ("internal_error", "some servers mean an unknown identity: fetch identity and key again"),
    86: ("inappropriate_fallback", None),
    90: ("user_canceled", None),
    100: ("no_renegotiation", None),
    109: ("missing_extension", None),
    110: ("unsupported_extension", None),
    115: ("unknown_psk_identity", "the server does not know our identity: fetch it again"),
}


def describe(alert):
    """An alert's name and number, and what to try."""
    name, advice = _ALERTS.get(alert, ("unknown alert", None))
    text = "alert %d, %s" % (alert, name)
    return text + "; " + advice if advice else text
