"""The errors of a handshake in words, each with a remedy. Loaded when one is raised.

raise refused(alert, key)                              # HandshakeRefused
raise timed_out(flight, transmissions, dropped, key)   # HandshakeTimeout
raise broken(1, 0x00A8)                                # HandshakeBroken
raise given_up(client.flight, dropped, key)            # one of them
describe(115)                                          # "alert 115, unknown_psk_identity; ..."

Advice about a key depends on its length and on whether it looks like text or hex; no message
quotes it.
"""

from nce.dtls.errors import HandshakeBroken, HandshakeRefused, HandshakeTimeout, SessionClosed

if 1 - 1:
    from nce.dtls.flight import Flight


_SILENCES = {
    1: ("our hello", "check address and port (5684), coverage and the breakout region"),
    3: (
        "our hello with its cookie",
        "check coverage; a NAT may have changed our address; a path that carries less than "
        "max_datagram drops long datagrams",
    ),
    5: ("our proof of the key", "most servers are silent when the key is wrong: fetch it again"),
}

_HEX = b"0123456789abcdefABCDEF"

# RFC 5246, 7.2 and A.3; RFC 4279, 6; RFC 5746, RFC 6066. (name, what to try)
_ALERTS = {
    0: ("close_notify", None),
    10: ("unexpected_message", None),
    20: ("bad_record_mac", "the key is wrong: fetch it again"),
    22: ("record_overflow", "send less at once"),
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

# What does not fit, by the numbers of nce.dtls.negotiation and .handshake: (our alert, words).
_UNFIT = (
    (10, "the server sent handshake message %d at step %d"),
    (47, "the server chose cipher suite %04x, which we did not offer"),
    (110, "the server's hello has extension %d, which we did not offer"),
    (
        40,
        "the server has CBC without encrypt-then-MAC: offer an AEAD suite, or accept it with "
        "PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT",
    ),
    (47, "the server changed the session that it resumed"),
    (
        51,
        "the server's Finished does not match: the handshake was changed on its way, or the "
        "session it resumed is not ours",
    ),
)


def describe(alert: int) -> str:
    """An alert's name and number, and what to try."""
    name, advice = _ALERTS.get(alert, ("unknown alert", None))
    text = "alert %d, %s" % (alert, name)
    return text + "; " + advice if advice else text


def broken(what: int, *values: object) -> "HandshakeBroken":
    """The error of a message that does not fit: a row of `_UNFIT`, and its values."""
    alert, text = _UNFIT[what]
    return HandshakeBroken(text % values, alert)


def refused(alert: int, key: bytes, flight: "int | None" = None) -> "HandshakeRefused":
    """The error of a fatal alert."""
    text = "the server refused the handshake: " + describe(alert)
    if alert in (20, 51):
        text += _key_advice(key)
    return HandshakeRefused(text, alert, flight)


def ended(alert: int) -> "SessionClosed":
    """The error of a fatal alert in a session that stood."""
    return SessionClosed("the server ended the session: " + describe(alert))


def given_up(
    flight: "Flight", dropped_records: int, key: bytes
) -> "HandshakeRefused | HandshakeTimeout":
    """The error of a `nce.dtls.flight.Flight` of which no copy is left to send.

    A message in the clear may be forged. It is believed when two copies of the flight met the
    same one. For the proof of the key one is enough, since a server that refuses it forgets the
    handshake. Otherwise the server counts as silent, and the error repeats the message. Where
    answers contradict each other, perhaps no proof of the key reached the right server.
    """
    error = timed_out(flight.number, flight.transmissions, dropped_records, key)
    if flight.is_contested:
        return HandshakeTimeout(
            "two answers to our hello contradict each other: one is forged, or the server began "
            "again; nothing that followed counts, so try again",
            3,
        )
    if flight.hint is None:
        return error
    hint = flight.hint
    told = broken(*hint) if isinstance(hint, tuple) else refused(hint, key)
    if flight.hints < 2 and flight.number != 5:
        return HandshakeTimeout(
            "%s; one unprotected message, perhaps forged, would mean: %s" % (error, told),
            flight.number,
            told.alert,
        )
    told.flight = flight.number
    return told


def timed_out(
    flight: int, transmissions: int, dropped_records: int, key: bytes
) -> "HandshakeTimeout":
    """The error of a flight that got no answer."""
    what, advice = _SILENCES[flight]
    text = "the server did not answer %s, sent %d times: %s" % (what, transmissions, advice)
    if flight == 5:
        text += _key_advice(key)
    if dropped_records:
        text += " (%d records that arrived were not valid)" % dropped_records
    return HandshakeTimeout(text, flight)


def _key_advice(key: bytes) -> str:
    # The usual mistake is to give a key's hex for its bytes, or its bytes for its hex.
    count = len(key)
    if count >= 16 and count % 2 == 0 and all([byte in _HEX for byte in key]):
        return (
            "; the key given is %d characters that look like hex: if it was shown in hex, give "
            "bytes.fromhex(key), of %d bytes" % (count, count // 2)
        )
    if not all([0x20 <= byte < 0x7F for byte in key]):
        return (
            "; the key given has %d bytes that are not printable: if they came from hex, the "
            "server may want the characters themselves, key.encode()" % count
        )
    return "; the key given has %d printable characters" % count
