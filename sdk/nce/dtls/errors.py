"""The errors of a DTLS session; `nce.dtls.advice` has the remedies and is loaded with an error.

No message carries a key.
"""

from nce.errors import NetworkError, PeerError, UsageError


class HandshakeRefused(PeerError):
    """The server ended the handshake with the fatal alert `alert` (RFC 5246, 7.2).

    `flight` is the one that was refused: 1, 3 or 5. An alert in the clear may be forged: it is
    believed only when every copy of the flight was sent and nothing else came.
    """

    def __init__(self, text: str, alert: "int | None", flight: "int | None" = None) -> None:
        super().__init__(text)
        self.alert = alert
        self.flight = flight


class HandshakeBroken(HandshakeRefused):
    """The server sent a message that does not fit the handshake; we answered with `alert`."""


class HandshakeTimeout(NetworkError):
    """The server fell silent. `flight` is 1 (hello), 3 (hello with cookie) or 5 (key proof).

    `hint` is an alert that came meanwhile in one unprotected message, or None. It may be forged,
    but some servers refuse only once in a handshake.
    """

    def __init__(self, text: str, flight: int, hint: "int | None" = None) -> None:
        super().__init__(text)
        self.flight = flight
        self.hint = hint


class Unfit(Exception):
    """A message does not fit; only inside a handshake. `args` are those of `advice.broken`."""


class SessionClosed(NetworkError):
    """The session is over: closed by the server, by us, or by a fatal alert; connect again."""


class RecordTooLarge(UsageError):
    """The data does not fit one datagram of the path."""
