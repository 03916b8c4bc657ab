"""The credentials of a DTLS session with 1NCE OS, and the line that hands them out and keeps them.

    credentials = parse_credentials(b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://host:5684")
    credentials.identity, credentials.host, credentials.port  # a repr shows neither key nor ICCID
    store.save(credentials.to_bytes())

The line is the Device Authenticator's answer (1NCE OS, Device Authenticator). It comes in the
clear, perhaps from an attacker, and its host goes on to DNS and to a modem: so each field is
held against its own shape. The key's characters are taken as they are; see `nce.hex_key` for one
that a customer set as HEX.
"""

from nce.const import const
from nce.errors import BootstrapMalformed as BootstrapMalformed  # noqa: PLC0414  (a name of this module, too)

_SCHEME = b"coaps://"
_COAPS_PORT = const(5684)
_MAX_KEY = const(256)  # the longest the management API lets a customer set
_MAX_HOST = const(253)  # RFC 1035, 2.3.4, without the root's dot
_MAX_LABEL = const(63)
_HYPHEN = const(0x2D)
_IN_HOSTS = b"-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Credentials:
    """`identity` (the ICCID), `key` (bytes), `host`, `port`."""

    def __init__(self, identity: str, key: bytes, host: str, port: int) -> None:
        self.identity = identity
        self.key = key
        self.host = host
        self.port = port

    def __repr__(self) -> str:
        return "Credentials(identity of %d, key of %d bytes, %r, %d)" % (
            len(self.identity),
            len(self.key),
            self.host,
            self.port,
        )

    def to_bytes(self) -> bytes:
        """The line, for a store: it holds the key."""
        address = "%s:%d" % (self.host, self.port)
        return b"%s,%s,%s%s" % (self.identity.encode(), self.key, _SCHEME, address.encode())

    def is_for(self, iccid: "str | None") -> bool:
        """False for another SIM than `iccid`, which may lack its check digit; None is unknown."""
        own = self.identity
        return iccid is None or own.startswith(iccid) or iccid.startswith(own)


def parse_credentials(line: bytes) -> "Credentials":
    """The `Credentials` of a line, `<iccid>,<key>,coaps://<host>:<port>`.

    A key may hold commas itself; its characters are the bytes of the DTLS key. Raises
    `BootstrapMalformed`, whose message repeats nothing of the line.
    """
    for end in (b"\n", b"\r"):
        line = line[: -len(end)] if line.endswith(end) else line
    identity, _comma, rest = line.partition(b",")
    key, last_comma, url = rest.rpartition(b",")
    scheme, _colon, rest = url.partition(_SCHEME)
    address, _slash, path = rest.partition(b"/")
    host, colon, port = address.partition(b":")
    number = int(port) if port.isdigit() and len(port) <= 5 else 0 if colon else _COAPS_PORT
    wrong = None
    if not last_comma:
        wrong = line
    # ITU-T E.118: up to 19 digits and a check digit, beginning with 89.
    elif not (identity.isdigit() and identity.startswith(b"89") and 18 <= len(identity) <= 20):
        wrong = identity
    elif not 1 <= len(key) <= _MAX_KEY or min(key) < 0x20 or 0x7F in key:
        wrong = key
    elif scheme or path or not is_host(host) or not 0 < number < 65536:
        wrong = url
    if wrong is not None:
        from nce.refusals import credentials_malformed

        raise credentials_malformed((line, identity, key, url).index(wrong), len(wrong))
    return Credentials(identity.decode(), bytes(key), host.decode(), number)


def is_host(host: bytes) -> bool:
    """True for bytes that are a host name (RFC 1123, 2.1) or a dotted IPv4 address."""
    labels = host.split(b".")
    for label in labels:
        if not 0 < len(label) <= _MAX_LABEL or label[0] == _HYPHEN or label[-1] == _HYPHEN:
            return False
    if len(host) > _MAX_HOST or not all([byte in _IN_HOSTS for byte in host]):
        return False
    # A number at the end makes it an address, in the one form that everybody reads alike.
    return not labels[-1].isdigit() or (
        len(labels) == 4
        and all([label.isdigit() and b"%d" % (int(label) & 255) == label for label in labels])
    )
