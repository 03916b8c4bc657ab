"""LwM2M object 3347, Push button 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import BOOLEAN, FLOAT, INTEGER, STRING, TIME
from nce.lwm2m.model import READ, WRITE, Definition, Resource

DEFINITION = Definition(
    3347,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(5500, BOOLEAN, READ, False, True),  # Digital Input State
        Resource(5501, INTEGER, READ, False, False),  # Digital Input Counter
        Resource(5518, TIME, READ, False, False),  # Timestamp
        Resource(5750, STRING, READ | WRITE, False, False),  # Application Type
        Resource(6050, FLOAT, READ, False, False),  # Fractional Timestamp
    ),
)  # fmt: skip
