"""LwM2M object 3, Device 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER, OBJECT_LINK, STRING, TIME
from nce.lwm2m.model import EXECUTABLE, EXECUTE, READ, WRITE, Definition, Resource

DEFINITION = Definition(
    3,
    "1.1",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, STRING, READ, False, False),  # Manufacturer
        Resource(1, STRING, READ, False, False),  # Model Number
        Resource(2, STRING, READ, False, False),  # Serial Number
        Resource(3, STRING, READ, False, False),  # Firmware Version
        Resource(4, EXECUTABLE, EXECUTE, False, True),  # Reboot
        Resource(5, EXECUTABLE, EXECUTE, False, False),  # Factory Reset
        Resource(6, INTEGER, READ, True, False),  # Available Power Sources
        Resource(7, INTEGER, READ, True, False),  # Power Source Voltage
        Resource(8, INTEGER, READ, True, False),  # Power Source Current
        Resource(9, INTEGER, READ, False, False),  # Battery Level
        Resource(10, INTEGER, READ, False, False),  # Memory Free
        Resource(11, INTEGER, READ, True, True),  # Error Code
        Resource(12, EXECUTABLE, EXECUTE, False, False),  # Reset Error Code
        Resource(13, TIME, READ | WRITE, False, False),  # Current Time
        Resource(14, STRING, READ | WRITE, False, False),  # UTC Offset
        Resource(15, STRING, READ | WRITE, False, False),  # Timezone
        Resource(16, STRING, READ, False, True),  # Supported Binding and Modes
        Resource(17, STRING, READ, False, False),  # Device Type
        Resource(18, STRING, READ, False, False),  # Hardware Version
        Resource(19, STRING, READ, False, False),  # Software Version
        Resource(20, INTEGER, READ, False, False),  # Battery Status
        Resource(21, INTEGER, READ, False, False),  # Memory Total
        Resource(22, OBJECT_LINK, READ, True, False),  # ExtDevInfo
    ),
)  # fmt: skip
