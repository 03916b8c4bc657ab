"""CoAP options: numbers, values, limits, and paths and queries (RFC 7252, 5.4, 5.10; RFC 7641,
7959, 7967).

    options = path_options("/data") + query_options(("t=gps",))
    options += ((CONTENT_FORMAT, uint_value(OCTET_STREAM)),)
    path_of(options)  # "/data"

What only a server or a reader of messages needs is in `more_options`, and found here too by its
name when it is asked for.
"""

from nce.errors import UsageError

URI_HOST = 3
ETAG = 4
OBSERVE = 6
URI_PATH = 11
CONTENT_FORMAT = 12
MAX_AGE = 14
URI_QUERY = 15
BLOCK2 = 23
BLOCK1 = 27
NO_RESPONSE = 258

# The most bytes that each known option's value may have: RFC 7252, 5.10 (table 4); RFC 7641, 2;
# RFC 7959, 2.1 and 4; RFC 7967, 2. Then those that may not be empty, and those that may repeat.
_MOST_BYTES = {
    1: 8,
    3: 255,
    4: 8,
    5: 0,
    6: 3,
    7: 2,
    8: 255,
    11: 255,
    12: 2,
    14: 4,
    15: 255,
    17: 2,
    20: 255,
    23: 3,
    27: 3,
    28: 4,
    35: 1034,
    39: 255,
    60: 4,
    258: 1,
}
_NEVER_EMPTY = b"\x03\x04\x23\x27"  # Uri-Host, ETag, Proxy-Uri, Proxy-Scheme
_REPEATABLE = b"\x01\x04\x08\x0b\x0f\x14"  # If-Match, ETag, Location-*, Uri-Path, Uri-Query


def __getattr__(name):
    # Names that are asked for late cost a board nothing until then.
    from nce.coap import more_options

    return getattr(more_options, name)


def is_critical(number):
    """True when a receiver that does not know the option must reject the message (5.4.6)."""
    return number & 1 == 1


def sift(options, known):
    """`(kept, unusable)`: what is left of a received message's options when those are ignored that
    have to be, and the number of the first critical one that may not be, or None.

    Unusable is whose value has a length outside its limits (RFC 7252, 5.4.3), and the repeat of
    one that may not repeat (5.4.5). An elective one is ignored then, a critical one makes the
    message unacceptable (5.4.1), as does one that is not among `known`, the numbers (bytes) of
    those that the receiver looks at in such a message (5.4). Unknown elective ones are kept.
    """
    kept = []
    unusable = None
    previous = None
    for number, value in options:
        is_usable = number not in _MOST_BYTES or (
            _fits(number, value)
            and (number != previous or (number < 256 and number in _REPEATABLE))
        )
        previous = number
        if is_critical(number) and (not is_usable or number > 255 or number not in known):
            unusable = unusable or number
        elif is_usable:
            kept.append((number, value))
    return tuple(kept), unusable


def check(number, value):
    """Raise `UsageError` when a known option's value is longer or shorter than its limits."""
    if number in _MOST_BYTES and not _fits(number, value):
        from nce.coap.more_options import name_of

        raise UsageError(
            "%s takes at most %d bytes, not %d (RFC 7252, 5.10)"
            % (name_of(number), _MOST_BYTES[number], len(value))
        )


def _fits(number, value):
    size = len(value)
    return size <= _MOST_BYTES[number] and (size or number > 255 or number not in _NEVER_EMPTY)


def uint_value(number):
    """An unsigned integer in as few bytes as it needs; 0 is empty (RFC 7252, 3.2)."""
    if number < 0 or number > 0xFFFFFFFF:
        raise UsageError("an option's integer is 0 to 4294967295, not %d" % number)
    return number.to_bytes(4, "big").lstrip(b"\x00")


def uint_of(value):
    """The integer of an option value; leading zero bytes are accepted (RFC 7252, 3.2)."""
    return int.from_bytes(value, "big")


def first_of(options, number):
    """The first value of one option, or None."""
    for known, value in options:
        if known == number:
            return value
    return None


def path_options(path):
    """Uri-Path options of "/a/b"; "/" and "" have none (RFC 7252, 6.4)."""
    path = path[1:] if path.startswith("/") else path
    return _text_options(URI_PATH, path.split("/") if path else ())


def query_options(query):
    """Uri-Query options of a sequence of "name=value" texts, or of one text joined with "&"."""
    if isinstance(query, str):
        query = query.split("&") if query else ()
    return _text_options(URI_QUERY, query)


def _text_options(number, texts):
    options = tuple([(number, text.encode("utf-8")) for text in texts])
    for _number, value in options:
        check(number, value)
    return options
