"""CoAP options: numbers, values, limits, and paths and queries (RFC 7252, 5.4, 5.10; RFC 7641,
7959, 7967).

    options = path_options("/data") + query_options(("t=gps",))
    options += ((CONTENT_FORMAT, uint_value(OCTET_STREAM)),)
    path_of(options)  # "/data"

What only a server or a reader of messages needs is in `more_options`, and found here too by its
name when it is asked for.
"""

from nce.errors import UsageError

if 1 - 1:
    from nce.coap.more_options import *  # noqa: F403
    from nce.seams import Any, Options, Sequence


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

# Known options, each with the most bytes that its value may have: RFC 7252, 5.10 (table 4);
# RFC 7641, 2; RFC 7959, 2.1 and 4. Bytes, since a dict takes ten times the heap. Behind: those
# that may not be empty, and those that may repeat.
_MOST_BYTES = (
    b"\x01\x08\x03\xff\x04\x08\x05\x00\x06\x03\x07\x02\x08\xff\x0b\xff\x0c\x02\x0e\x04"
    b"\x0f\xff\x11\x02\x14\xff\x17\x03\x1b\x03\x1c\x04\x27\xff\x3c\x04"
)
_NEVER_EMPTY = b"\x03\x04\x23\x27"  # Uri-Host, ETag, Proxy-Uri, Proxy-Scheme
_REPEATABLE = b"\x01\x04\x08\x0b\x0f\x14"  # If-Match, ETag, Location-*, Uri-Path, Uri-Query


def __getattr__(name: str) -> "Any":
    # Names that are asked for late cost a board nothing until then.
    from nce.coap import more_options

    return getattr(more_options, name)


def is_critical(number: int) -> bool:
    """True when a receiver that does not know the option must reject the message (5.4.6)."""
    return number & 1 == 1


def sift(options: "Options", known: bytes) -> "tuple[Options, int | None]":
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
        is_usable = _fits(number, value) and (
            number != previous or (number < 256 and number in _REPEATABLE) or _most(number) is None
        )
        previous = number
        if is_critical(number) and (not is_usable or number > 255 or number not in known):
            unusable = unusable or number
        elif is_usable:
            kept.append((number, value))
    return tuple(kept), unusable


def check(number: int, value: bytes) -> None:
    """Raise `UsageError` when a known option's value is longer or shorter than its limits."""
    if not _fits(number, value):
        from nce.coap.more_options import name_of

        raise UsageError(
            "%s takes at most %d bytes, not %d (RFC 7252, 5.10)"
            % (name_of(number), _most(number), len(value))  # type: ignore[str-format]
        )


def _most(number: int) -> "int | None":
    # The most bytes of a known option's value, None for an unknown one.
    if number == NO_RESPONSE:
        return 1  # RFC 7967, 2
    if number == 35:
        return 1034  # Proxy-Uri
    for at in range(0, len(_MOST_BYTES), 2):
        if _MOST_BYTES[at] == number:
            return _MOST_BYTES[at + 1]
    return None


def _fits(number: int, value: bytes) -> "bool | int":
    size = len(value)
    most = _most(number)
    return most is None or (size <= most and (size or number > 255 or number not in _NEVER_EMPTY))


def uint_value(number: int) -> bytes:
    """An unsigned integer in as few bytes as it needs; 0 is empty (RFC 7252, 3.2)."""
    if number < 0 or number > 0xFFFFFFFF:
        raise UsageError("an option's integer is 0 to 4294967295, not %d" % number)
    return number.to_bytes(4, "big").lstrip(b"\x00")


def uint_of(value: bytes) -> int:
    """The integer of an option value; leading zero bytes are accepted (RFC 7252, 3.2)."""
    return int.from_bytes(value, "big")


def first_of(options: "Options", number: int) -> "bytes | None":
    """The first value of one option, or None."""
    for known, value in options:
        if known == number:
            return value
    return None


def path_options(path: str) -> "Options":
    """Uri-Path options of "/a/b"; "/" and "" have none (RFC 7252, 6.4)."""
    path = path[1:] if path.startswith("/") else path
    return _text_options(URI_PATH, path.split("/") if path else ())


def query_options(query: "Sequence[str] | str") -> "Options":
    """Uri-Query options of a sequence of "name=value" texts, or of one text joined with "&"."""
    if isinstance(query, str):
        query = query.split("&") if query else ()
    return _text_options(URI_QUERY, query)


def _text_options(number: int, texts: "Sequence[str]") -> "Options":
    options = tuple([(number, text.encode("utf-8")) for text in texts])
    for _number, value in options:
        check(number, value)
    return options
