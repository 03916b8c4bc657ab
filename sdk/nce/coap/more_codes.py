"""The codes that a client of 1NCE OS rarely meets; `codes` finds them by name.

from nce.coap import codes

codes.REQUEST_ENTITY_TOO_LARGE  # loads this module
"""

# RFC 8132, 5.
FETCH = 0x05
PATCH = 0x06
IPATCH = 0x07

# RFC 7252, 12.1.2; RFC 7959, 2.9; RFC 8132, 5; RFC 8516, 5.
VALID = 0x43
CONTINUE = 0x5F

FORBIDDEN = 0x83
NOT_ACCEPTABLE = 0x86
REQUEST_ENTITY_INCOMPLETE = 0x88
CONFLICT = 0x89
PRECONDITION_FAILED = 0x8C
REQUEST_ENTITY_TOO_LARGE = 0x8D
UNSUPPORTED_CONTENT_FORMAT = 0x8F
UNPROCESSABLE_ENTITY = 0x96
TOO_MANY_REQUESTS = 0x9D

NOT_IMPLEMENTED = 0xA1
BAD_GATEWAY = 0xA2
SERVICE_UNAVAILABLE = 0xA3
GATEWAY_TIMEOUT = 0xA4
PROXYING_NOT_SUPPORTED = 0xA5


def is_reserved(code):
    """True for classes 1, 6 and 7, a message format error (RFC 7252, 4.2 and 4.3)."""
    return code >> 5 in (1, 6, 7)
