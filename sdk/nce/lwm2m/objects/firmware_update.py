"""LwM2M object 5, Firmware Update 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER, OPAQUE, STRING, TIME, UNSIGNED
from nce.lwm2m.model import EXECUTABLE, EXECUTE, READ, WRITE, Definition, Resource

DEFINITION = Definition(
    5,
    "1.1",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, OPAQUE, WRITE, False, True),  # Package
        Resource(1, STRING, READ | WRITE, False, True),  # Package URI
        Resource(2, EXECUTABLE, EXECUTE, False, True),  # Update
        Resource(3, INTEGER, READ, False, True),  # State
        Resource(5, INTEGER, READ, False, True),  # Update Result
        Resource(6, STRING, READ, False, False),  # PkgName
        Resource(7, STRING, READ, False, False),  # PkgVersion
        Resource(8, INTEGER, READ, True, False),  # Firmware Update Protocol Support
        Resource(9, INTEGER, READ, False, True),  # Firmware Update Delivery Method
        Resource(10, EXECUTABLE, EXECUTE, False, False),  # Cancel
        Resource(11, INTEGER, READ | WRITE, False, False),  # Severity
        Resource(12, TIME, READ, False, False),  # Last State Change Time
        Resource(13, UNSIGNED, READ | WRITE, False, False),  # Maximum Defer Period
    ),
)  # fmt: skip
