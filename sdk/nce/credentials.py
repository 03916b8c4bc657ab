"""What a DTLS session with 1NCE OS needs, and the one line in which it is handed out and kept.

    credentials = parse_credentials(b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://host:5684")
    credentials.identity, credentials.host, credentials.port  # the key never shows in a repr
    store.save(credentials.to_bytes())

The line is the Device Authenticator's answer (1NCE OS, Device Authenticator).
"""

from nce.const import const
from nce.errors import PeerError

_SCHEME = "coaps://"
_COAPS_PORT = const(5684)
_MAX_KEY = const(256)  # the longest the management API lets a customer set


class BootstrapMalformed(PeerError):
    """The line is not `<iccid>,<key>,coaps://<host>:<port>`."""


class Credentials:
    """`identity` (the ICCID), `key` (bytes), `host`, `port`."""

    def __init__(self, identity, key, host, port):
        self.identity = identity
        self.key = key
        self.host = host
        self.port = port

    def __repr__(self):
        return "Credentials(%r, key of %d bytes, %r, %d)" % (
            self.identity,
            len(self.key),
            self.host,
            self.port,
        )

    def to_bytes(self):
        """The line, for a store: it holds the key."""
        address = "%s%s:%d" % (_SCHEME, self.host, self.port)
        return b"%s,%s,%s" % (self.identity.encode(), self.key, address.encode())


def parse_credentials(line):
    """The `Credentials` of a line, `<iccid>,<key>,coaps://<host>:<port>`.

    A key may hold commas itself; its characters are the bytes of the DTLS key. Raises
    `BootstrapMalformed`, whose message does not repeat the key.
    """
    try:
        text = str(line, "utf-8")
    except UnicodeError:
        raise BootstrapMalformed("the credentials are not text: %d bytes" % len(line))
    for end in ("\n", "\r"):
        text = text[: -len(end)] if text.endswith(end) else text
    identity, _comma, rest = text.partition(",")
    characters, last_comma, url = rest.rpartition(",")
    if not last_comma:
        raise BootstrapMalformed("the credentials have fewer than three fields")
    # ITU-T E.118: up to 19 digits and a check digit, beginning with 89.
    if not (identity.isdigit() and identity.startswith("89") and 18 <= len(identity) <= 20):
        # Not quoted: in a damaged line, any field may be the key.
        raise BootstrapMalformed("the first field, of %d characters, is no ICCID" % len(identity))
    key = characters.encode("utf-8")
    if not 1 <= len(key) <= _MAX_KEY:
        raise BootstrapMalformed("a key of %d bytes; 1 to %d are in use" % (len(key), _MAX_KEY))
    if min(key) < 0x20:
        raise BootstrapMalformed("the key holds control characters")
    scheme, _colon, rest = url.partition(_SCHEME)
    address, _slash, path = rest.partition("/")
    host, colon, port = address.partition(":")
    port = port if colon else str(_COAPS_PORT)
    if scheme or path or not host or not (port.isdigit() and 0 < int(port) < 65536):
        raise BootstrapMalformed(
            "the last field, of %d characters, is not coaps://<host>:<port>" % len(url)
        )
    return Credentials(identity, key, host, int(port))
