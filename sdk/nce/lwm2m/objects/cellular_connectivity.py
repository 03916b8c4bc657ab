"""LwM2M object 10, LWM2M Cellular Connectivity 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER, OBJECT_LINK, OPAQUE, STRING, UNSIGNED
from nce.lwm2m.model import READ, WRITE, Definition, Resource

DEFINITION = Definition(
    10,
    "1.1",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, STRING, READ | WRITE, False, False),  # SMSC address
        Resource(1, INTEGER, READ | WRITE, False, False),  # Disable radio period
        Resource(2, STRING, READ | WRITE, False, False),  # Module activation code
        Resource(3, OBJECT_LINK, READ, False, False),  # Vendor specific extensions
        Resource(4, INTEGER, READ | WRITE, False, False),  # PSM Timer
        Resource(5, INTEGER, READ | WRITE, False, False),  # Active Timer
        Resource(7, OPAQUE, READ | WRITE, False, False),  # eDRX parameters for Iu mode
        Resource(8, OPAQUE, READ | WRITE, False, False),  # eDRX parameters for WB-S1 mode
        Resource(9, OPAQUE, READ | WRITE, False, False),  # eDRX parameters for NB-S1 mode
        Resource(10, OPAQUE, READ | WRITE, False, False),  # eDRX parameters for A/Gb mode
        Resource(11, OBJECT_LINK, READ, True, True),  # Activated Profile Names
        Resource(12, UNSIGNED, READ, False, False),  # Supported Power Saving Modes
        Resource(13, UNSIGNED, READ | WRITE, False, False),  # Active Power Saving Modes
        Resource(14, UNSIGNED, READ | WRITE, False, False),  # Release Assistance Indication Usage
    ),
)  # fmt: skip
