"""LwM2M object 0, LWM2M Security 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import BOOLEAN, INTEGER, OBJECT_LINK, OPAQUE, STRING, UNSIGNED
from nce.lwm2m.model import Definition, Resource

DEFINITION = Definition(
    0,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, STRING, 0, False, True),  # LWM2M Server URI
        Resource(1, BOOLEAN, 0, False, True),  # Bootstrap-Server
        Resource(2, INTEGER, 0, False, True),  # Security Mode
        Resource(3, OPAQUE, 0, False, True),  # Public Key or Identity
        Resource(4, OPAQUE, 0, False, True),  # Server Public Key
        Resource(5, OPAQUE, 0, False, True),  # Secret Key
        Resource(6, INTEGER, 0, False, False),  # SMS Security Mode
        Resource(7, OPAQUE, 0, False, False),  # SMS Binding Key Parameters
        Resource(8, OPAQUE, 0, False, False),  # SMS Binding Secret Key(s)
        Resource(9, STRING, 0, False, False),  # LwM2M Server SMS Number
        Resource(10, INTEGER, 0, False, False),  # Short Server ID
        Resource(11, INTEGER, 0, False, False),  # Client Hold Off Time
        Resource(12, INTEGER, 0, False, False),  # Bootstrap-Server Account Timeout
        Resource(13, UNSIGNED, 0, False, False),  # Matching Type
        Resource(14, STRING, 0, False, False),  # SNI
        Resource(15, UNSIGNED, 0, False, False),  # Certificate Usage
        Resource(16, UNSIGNED, 0, True, False),  # DTLS/TLS Ciphersuite
        Resource(17, OBJECT_LINK, 0, False, False),  # OSCORE Security Mode
    ),
)  # fmt: skip
