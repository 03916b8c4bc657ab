"""The errors of the SDK, by the side that erred.

`NceError` is the root, and an `OSError`: one `except OSError` sees a lost bearer, a silent server
and a refused request alike. The protocol rooms derive their own from the first
three. The last two are here because their room and the one that explains them both need them.

    try:
        await client.request(POST, "/", payload=b"21.5")
    except NetworkError:
        pass  # nothing came back: keep the record and try again later
    except PeerError as error:
        print(error)  # the message says what happened, and what to try
"""


class NceError(OSError):
    """Anything the SDK reports."""


class UsageError(NceError):
    """Our side asked for what the protocol has no room for; no retry helps."""


class PeerError(NceError):
    """The other side broke the protocol, or refused."""


class NetworkError(NceError):
    """Nothing came back in time; the same request may work later."""


class CoapTimeout(NetworkError):
    """No acknowledgement, or no response, within the transmission parameters."""


class BootstrapMalformed(PeerError):
    """The line is not `<iccid>,<key>,coaps://<host>:<port>`, or not one for this device."""
