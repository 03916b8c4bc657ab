"""CoAP codes by their RFC names (RFC 7252, 12.1; RFC 7959, 2.9; RFC 8132, 5).

A code is one byte: three bits of class, five of detail. `dotted(CHANGED)` is "2.04". What posting
to 1NCE OS takes is here; the others are in `more_codes`, and found here too by their names when
they are asked for.
"""

if 1 - 1:
    from nce.coap.more_codes import *  # noqa: F403
    from nce.seams import Any

EMPTY = 0x00

GET = 0x01
POST = 0x02

CHANGED = 0x44
CONTENT = 0x45


def __getattr__(name: str) -> "Any":
    # Names that are asked for late cost a board nothing until then.
    from nce.coap import more_codes

    return getattr(more_codes, name)


def dotted(code: int) -> str:
    """The code as the RFC writes it: 0x44 is "2.04"."""
    return "%d.%02d" % (code >> 5, code & 0x1F)


def is_request(code: int) -> bool:
    """True for a method code, 0.01 to 0.31."""
    return 0 < code < 0x20


def is_response(code: int) -> bool:
    """True for a response of class 2, 4 or 5."""
    return code >> 5 in (2, 4, 5)


def is_success(code: int) -> bool:
    """True for class 2."""
    return code >> 5 == 2
