"""The errors of a DTLS session; `nce.dtls.advice` has the remedies and is loaded with an error.

No message carries a key.
"""

from nce.errors import NetworkError, PeerError, UsageError


class HandshakeRefused(PeerError):
    """The server ended the handshake with the fatal alert `alert` (RFC 5246, 7.2).

    `flight` is the one that was refused, 1, 3 or 5. An alert in the clear is believed only when
    each copy of the flight is sent and nothing else came: it may be forged.
    """

    def __init__(self, text: str, alert: "int | None", flight: "int | None" = None) -> None:
        super().__init__(text)
        self.alert = alert
        self.flight = flight


class HandshakeBroken(HandshakeRefused):
    """The server sent what the handshake has no place for; we answered with `alert`."""


class HandshakeTimeout(NetworkError):
    """The server fell silent. `flight` is 1 (hello), 3 (hello with cookie) or 5 (key proof).

    `hint` is the alert that one unprotected message told meanwhile, or None: it may be forged, but
    some servers say no only once in a handshake.
    """

    def __init__(self, text: str, flight: int, hint: "int | None" = None) -> None:
        super().__init__(text)
        self.flight = flight
        self.hint = hint


class Unfit(Exception):
    """Within a handshake: a message that does not fit. `args` are those of `advice.broken`."""


class SessionClosed(NetworkError):
    """The session is over: closed by the server, by us, or by a fatal alert; connect again."""


class RecordTooLarge(UsageError):
    """The data does not fit one datagram of the path."""
