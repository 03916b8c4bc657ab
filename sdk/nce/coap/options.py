"""CoAP options: numbers, values, limits, and paths and queries (RFC 7252, 5.4, 5.10; RFC 7641,
7959, 7967).

    options = path_options("/data") + query_options(("t=gps",))
    options += ((CONTENT_FORMAT, uint_value(OCTET_STREAM)),)
    path_of(options)  # "/data"
"""

from nce.errors import UsageError

IF_MATCH = 1
URI_HOST = 3
ETAG = 4
IF_NONE_MATCH = 5
OBSERVE = 6
URI_PORT = 7
LOCATION_PATH = 8
URI_PATH = 11
CONTENT_FORMAT = 12
MAX_AGE = 14
URI_QUERY = 15
ACCEPT = 17
LOCATION_QUERY = 20
BLOCK2 = 23
BLOCK1 = 27
SIZE2 = 28
PROXY_URI = 35
PROXY_SCHEME = 39
SIZE1 = 60
NO_RESPONSE = 258

# Content-Formats (RFC 7252, 12.3).
TEXT_PLAIN = 0
LINK_FORMAT = 40
OCTET_STREAM = 42
JSON = 50
CBOR = 60

# number: (name, least bytes, most bytes, may repeat), from the tables of RFC 7252, 5.10;
# RFC 7641, 2; RFC 7959, 2.1 and 4; RFC 7967, 2.
LIMITS = {
    IF_MATCH: ("If-Match", 0, 8, True),
    URI_HOST: ("Uri-Host", 1, 255, False),
    ETAG: ("ETag", 1, 8, True),
    IF_NONE_MATCH: ("If-None-Match", 0, 0, False),
    OBSERVE: ("Observe", 0, 3, False),
    URI_PORT: ("Uri-Port", 0, 2, False),
    LOCATION_PATH: ("Location-Path", 0, 255, True),
    URI_PATH: ("Uri-Path", 0, 255, True),
    CONTENT_FORMAT: ("Content-Format", 0, 2, False),
    MAX_AGE: ("Max-Age", 0, 4, False),
    URI_QUERY: ("Uri-Query", 0, 255, True),
    ACCEPT: ("Accept", 0, 2, False),
    LOCATION_QUERY: ("Location-Query", 0, 255, True),
    BLOCK2: ("Block2", 0, 3, False),
    BLOCK1: ("Block1", 0, 3, False),
    SIZE2: ("Size2", 0, 4, False),
    PROXY_URI: ("Proxy-Uri", 1, 1034, False),
    PROXY_SCHEME: ("Proxy-Scheme", 1, 255, False),
    SIZE1: ("Size1", 0, 4, False),
    NO_RESPONSE: ("No-Response", 0, 1, False),
}


def is_critical(number):
    """True when a receiver that does not know the option must reject the message (5.4.6)."""
    return number & 1 == 1


def name_of(number):
    """The option's name for messages to people, e.g. "Uri-Path" or "option 65001"."""
    row = LIMITS.get(number)
    return row[0] if row else "option %d" % number


def unacceptable(options):
    """The options a receiver must treat as unrecognised, as a list of (number, value).

    Unknown ones, those whose value has a length outside its limits (RFC 7252, 5.4.3) and
    repeats of one that may not repeat (5.4.5). Elective ones among them are ignored; a critical
    one makes the message unacceptable (5.4.1).
    """
    found = []
    previous = None
    for number, value in options:
        row = LIMITS.get(number)
        if (
            row is None
            or not row[1] <= len(value) <= row[2]
            or (number == previous and not row[3])
        ):
            found.append((number, value))
        previous = number
    return found


def check(number, value):
    """Raise `UsageError` when a known option's value is longer or shorter than its limits."""
    row = LIMITS.get(number)
    if row is not None and not row[1] <= len(value) <= row[2]:
        raise UsageError(
            "%s takes %d to %d bytes, not %d (RFC 7252, 5.10)"
            % (row[0], row[1], row[2], len(value))
        )


def uint_value(number):
    """An unsigned integer in as few bytes as it needs; 0 is empty (RFC 7252, 3.2)."""
    if number < 0 or number > 0xFFFFFFFF:
        raise UsageError("an option's integer is 0 to 4294967295, not %d" % number)
    return number.to_bytes(4, "big").lstrip(b"\x00")


def uint_of(value):
    """The integer of an option value; leading zero bytes are accepted (RFC 7252, 3.2)."""
    return int.from_bytes(value, "big")


def values_of(options, number):
    """Every value of one option, in order."""
    return [value for known, value in options if known == number]


def first_of(options, number):
    """The first value of one option, or None."""
    for known, value in options:
        if known == number:
            return value
    return None


def path_options(path):
    """Uri-Path options of "/a/b"; "/" and "" have none (RFC 7252, 6.4)."""
    path = path[1:] if path.startswith("/") else path
    if not path:
        return ()
    return tuple([_text_option(URI_PATH, segment) for segment in path.split("/")])


def query_options(query):
    """Uri-Query options of a sequence of "name=value" texts, or of one text joined with "&"."""
    if isinstance(query, str):
        query = query.split("&") if query else ()
    return tuple([_text_option(URI_QUERY, argument) for argument in query])


def path_of(options):
    """The path as text, "/" at least. Bytes that are not UTF-8 raise `UnicodeError`."""
    return "/" + "/".join([str(value, "utf-8") for value in values_of(options, URI_PATH)])


def queries_of(options):
    """The query arguments as a list of texts."""
    return [str(value, "utf-8") for value in values_of(options, URI_QUERY)]


def _text_option(number, text):
    value = text.encode("utf-8")
    check(number, value)
    return number, value
