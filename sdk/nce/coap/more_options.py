"""Options that a posting client does not need, and what reads a request; `options` finds them.

from nce.coap import options

options.path_of(message.options)  # loads this module
"""

if 1 - 1:
    from nce.seams import Options


IF_MATCH = 1
IF_NONE_MATCH = 5
URI_PORT = 7
LOCATION_PATH = 8
ACCEPT = 17
LOCATION_QUERY = 20
SIZE2 = 28
PROXY_URI = 35
PROXY_SCHEME = 39
SIZE1 = 60

# Content-Formats (RFC 7252, 12.3).
TEXT_PLAIN = 0
LINK_FORMAT = 40
OCTET_STREAM = 42
JSON = 50
CBOR = 60

_NAMES = {
    IF_MATCH: "If-Match",
    3: "Uri-Host",
    4: "ETag",
    IF_NONE_MATCH: "If-None-Match",
    6: "Observe",
    URI_PORT: "Uri-Port",
    LOCATION_PATH: "Location-Path",
    11: "Uri-Path",
    12: "Content-Format",
    14: "Max-Age",
    15: "Uri-Query",
    ACCEPT: "Accept",
    LOCATION_QUERY: "Location-Query",
    23: "Block2",
    27: "Block1",
    SIZE2: "Size2",
    PROXY_URI: "Proxy-Uri",
    PROXY_SCHEME: "Proxy-Scheme",
    SIZE1: "Size1",
    258: "No-Response",
}


def name_of(number: int) -> str:
    """The option's name for messages to people, e.g. "Uri-Path" or "option 65001"."""
    return _NAMES.get(number) or "option %d" % number


def values_of(options: "Options", number: int) -> "list[bytes]":
    """Every value of one option, in order."""
    return [value for known, value in options if known == number]


def path_of(options: "Options") -> str:
    """The path as text, "/" at least. Bytes that are not UTF-8 raise `UnicodeError`."""
    values = values_of(options, 11)  # Uri-Path
    return "/" + "/".join([str(value, "utf-8") for value in values])


def queries_of(options: "Options") -> "list[str]":
    """The query arguments as a list of texts."""
    return [str(value, "utf-8") for value in values_of(options, 15)]  # Uri-Query
