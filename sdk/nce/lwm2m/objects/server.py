"""LwM2M object 1, LwM2M Server 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import BOOLEAN, INTEGER, OBJECT_LINK, STRING, TIME, UNSIGNED
from nce.lwm2m.model import EXECUTABLE, EXECUTE, READ, WRITE, Definition, Resource

DEFINITION = Definition(
    1,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, INTEGER, READ, False, True),  # Short Server ID
        Resource(1, INTEGER, READ | WRITE, False, True),  # Lifetime
        Resource(2, INTEGER, READ | WRITE, False, False),  # Default Minimum Period
        Resource(3, INTEGER, READ | WRITE, False, False),  # Default Maximum Period
        Resource(4, EXECUTABLE, EXECUTE, False, False),  # Disable
        Resource(5, INTEGER, READ | WRITE, False, False),  # Disable Timeout
        Resource(6, BOOLEAN, READ | WRITE, False, True),  # Notification Storing When Disabled o...
        Resource(7, STRING, READ | WRITE, False, True),  # Binding
        Resource(8, EXECUTABLE, EXECUTE, False, True),  # Registration Update Trigger
        Resource(9, EXECUTABLE, EXECUTE, False, False),  # Bootstrap-Request Trigger
        Resource(10, OBJECT_LINK, READ | WRITE, False, False),  # APN Link
        Resource(11, UNSIGNED, READ, False, False),  # TLS-DTLS Alert Code
        Resource(12, TIME, READ, False, False),  # Last Bootstrapped
        Resource(13, UNSIGNED, 0, False, False),  # Registration Priority Order
        Resource(14, UNSIGNED, 0, False, False),  # Initial Registration Delay Timer
        Resource(15, BOOLEAN, 0, False, False),  # Registration Failure Block
        Resource(16, BOOLEAN, 0, False, False),  # Bootstrap on Registration Failure
        Resource(17, UNSIGNED, 0, False, False),  # Communication Retry Count
        Resource(18, UNSIGNED, 0, False, False),  # Communication Retry Timer
        Resource(19, UNSIGNED, 0, False, False),  # Communication Sequence Delay Timer
        Resource(20, UNSIGNED, 0, False, False),  # Communication Sequence Retry Count
        Resource(21, BOOLEAN, READ | WRITE, False, False),  # Trigger
        Resource(22, STRING, READ | WRITE, False, False),  # Preferred Transport
        Resource(23, BOOLEAN, READ | WRITE, False, False),  # Mute Send
    ),
)  # fmt: skip
