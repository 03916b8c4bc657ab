"""The Device Authenticator of 1NCE OS: DTLS identity and key for the SIM that asks.

    port = await modem.open_datagram(COAP_HOST, COAP_PORT)
    credentials = await authenticate(port)
    credentials.identity, credentials.host, credentials.port  # the key never shows in a repr

`GET /bootstrap` over plain CoAP; the SIM is known by the address its data session has. The key
stays the same, but a call 5 minutes or more after the last one makes a new key: keep the
credentials, and ask again only when the server refuses them.
"""

from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.codes import CONTENT, GET, INTERNAL_SERVER_ERROR, NOT_FOUND, UNAUTHORIZED, dotted
from nce.coap.parameters import DEFAULT
from nce.endpoints import COAP_HOST, COAPS_PORT
from nce.errors import PeerError

_PATH = "/bootstrap"
_SCHEME = "coaps://"
_MAX_KEY = 256  # the longest the management API lets a customer set

_ADVICE = {
    UNAUTHORIZED: (
        "accept the terms and the DPA of 1NCE OS for the organisation, check that the SIM is "
        "active, then attach again: a data session older than the acceptance is not known"
    ),
    NOT_FOUND: "this server has no Device Authenticator: check host and port",
    INTERNAL_SERVER_ERROR: "a fault at 1NCE: try again later, not at once",
}


class BootstrapRefused(PeerError):
    """1NCE OS answered with another code than 2.05; `code` is that code."""

    def __init__(self, code, payload):
        text = "the Device Authenticator answered %s" % dotted(code)
        detail = _printable(payload)
        if detail:
            text += " (%s)" % detail
        advice = _ADVICE.get(code)
        super().__init__(text + ": " + advice if advice else text)
        self.code = code


class BootstrapMalformed(PeerError):
    """The answer is not `<iccid>,<key>,coaps://<host>:<port>`."""


class Credentials:
    """What a DTLS session needs: `identity` (the ICCID), `key` (bytes), `host`, `port`."""

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

    def __eq__(self, other):
        return isinstance(other, Credentials) and self._fields() == other._fields()

    def __hash__(self):
        return hash((self.identity, self.host, self.port))

    def _fields(self):
        return self.identity, self.key, self.host, self.port


async def authenticate(port, random_bytes=None, parameters=DEFAULT, now_ms=None, host=COAP_HOST):
    """Ask for the `Credentials` of this SIM over a datagram port to 1NCE OS.

    Raises `BootstrapRefused`, `BootstrapMalformed`, `CoapTimeout`, or the port's `OSError`.
    """
    client = CoapClient(port, random_bytes, parameters, now_ms)
    try:
        response = await client.request(GET, _PATH, host=host)
    except CoapTimeout as error:
        raise CoapTimeout(
            "the Device Authenticator did not answer (%s); it is reached only with the internet "
            "breakout set to Frankfurt or N. Virginia by hand, and only from a 1NCE data session"
            % error
        )
    if response.code != CONTENT:
        raise BootstrapRefused(response.code, response.payload)
    return parse_bootstrap(response.payload)


def parse_bootstrap(payload):
    """The `Credentials` of an answer's payload, `<iccid>,<key>,coaps://<host>:<port>`.

    A key may hold commas itself; its characters are the bytes of the DTLS key. Raises
    `BootstrapMalformed`, whose message does not repeat the key.
    """
    try:
        text = str(payload, "utf-8")
    except UnicodeError:
        raise BootstrapMalformed("the bootstrap answer is not text: %d bytes" % len(payload))
    for end in ("\n", "\r"):
        text = text[: -len(end)] if text.endswith(end) else text
    identity, first_comma, rest = text.partition(",")
    characters, last_comma, url = rest.rpartition(",")
    if not first_comma or not last_comma:
        raise BootstrapMalformed("the bootstrap answer has fewer than three fields")
    _check_identity(identity)
    key = characters.encode("utf-8")
    if not 1 <= len(key) <= _MAX_KEY:
        raise BootstrapMalformed("a key of %d bytes; 1 to %d are in use" % (len(key), _MAX_KEY))
    if min(key) < 0x20:
        raise BootstrapMalformed("the key holds control characters")
    host, port = _parse_url(url)
    return Credentials(identity, key, host, port)


def _check_identity(identity):
    # ITU-T E.118: up to 19 digits and a check digit, beginning with 89.
    if not (identity.isdigit() and identity.startswith("89") and 18 <= len(identity) <= 20):
        raise BootstrapMalformed("%r is not an ICCID" % identity[:24])


def _parse_url(url):
    if not url.startswith(_SCHEME):
        raise BootstrapMalformed("the third field is not a coaps:// address")
    host, colon, port = url[len(_SCHEME) :].partition(":")
    path = ""
    if colon:
        port, _slash, path = port.partition("/")
    else:
        host, _slash, path = host.partition("/")
    if path or not host or (colon and not (port.isdigit() and 0 < int(port) < 65536)):
        raise BootstrapMalformed("%r is not coaps://<host>:<port>" % url[:80])
    return host, int(port) if colon else COAPS_PORT


def _printable(payload):
    # Enough of the server's own words for a log line.
    return "".join([chr(byte) for byte in payload[:120] if 0x20 <= byte < 0x7F])
