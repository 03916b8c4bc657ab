"""What the secure streams of all families have in common: the error of a handshake.

Each family's module has a class `SecuredStreams(family, settings)`, the hooks of its TCP with
`install`, `configure` and `notice` beside them; the hooks of TCP name the module (`tls`).
"""

from nce_modem.errors import OpenFailed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Stream


ADVICE = (
    "no TLS to %s:%d (%s): the server did not answer, refused, or has a certificate that another "
    "CA signed or that is not valid at the time of AT+CCLK?; ssl=context on this side of the line "
    "says which it is"
)
# The names under which certificates are kept: CA's, device's, its key.
NAMES = ("nce_ca.pem", "nce_cert.pem", "nce_key.pem")


def failed(link: "Link", stream: "Stream", what: object, code: "int | None") -> OpenFailed:
    """The error of a connection or handshake that did not come about; `what` the modem said."""
    return OpenFailed(ADVICE % (stream.peer + (what,)), code, link.channel.transcript)  # type: ignore[operator]
