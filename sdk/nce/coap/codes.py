"""CoAP codes by their RFC names (RFC 7252, 12.1; RFC 7959, 2.9; RFC 8132, 5).

A code is one byte: three bits of class, five of detail. `dotted(CHANGED)` is "2.04".
"""

EMPTY = 0x00

GET = 0x01
POST = 0x02
PUT = 0x03
DELETE = 0x04
FETCH = 0x05
PATCH = 0x06
IPATCH = 0x07

CREATED = 0x41
DELETED = 0x42
VALID = 0x43
CHANGED = 0x44
CONTENT = 0x45
CONTINUE = 0x5F

BAD_REQUEST = 0x80
UNAUTHORIZED = 0x81
BAD_OPTION = 0x82
FORBIDDEN = 0x83
NOT_FOUND = 0x84
METHOD_NOT_ALLOWED = 0x85
NOT_ACCEPTABLE = 0x86
REQUEST_ENTITY_INCOMPLETE = 0x88
CONFLICT = 0x89
PRECONDITION_FAILED = 0x8C
REQUEST_ENTITY_TOO_LARGE = 0x8D
UNSUPPORTED_CONTENT_FORMAT = 0x8F
UNPROCESSABLE_ENTITY = 0x96
TOO_MANY_REQUESTS = 0x9D

INTERNAL_SERVER_ERROR = 0xA0
NOT_IMPLEMENTED = 0xA1
BAD_GATEWAY = 0xA2
SERVICE_UNAVAILABLE = 0xA3
GATEWAY_TIMEOUT = 0xA4
PROXYING_NOT_SUPPORTED = 0xA5

_RESERVED_CLASSES = (1, 6, 7)


def dotted(code):
    """The code as the RFC writes it: 0x44 is "2.04"."""
    return "%d.%02d" % (code >> 5, code & 0x1F)


def is_request(code):
    """True for a method code, 0.01 to 0.31."""
    return 0 < code < 0x20


def is_response(code):
    """True for a response of class 2, 4 or 5."""
    return code >> 5 in (2, 4, 5)


def is_success(code):
    """True for class 2."""
    return code >> 5 == 2


def is_reserved(code):
    """True for classes 1, 6 and 7, a message format error (RFC 7252, 4.2 and 4.3)."""
    return code >> 5 in _RESERVED_CLASSES
