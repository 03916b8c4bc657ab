"""LwM2M object 3338, Buzzer 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import BOOLEAN, FLOAT, STRING, TIME
from nce.lwm2m.model import READ, WRITE, Definition, Resource

DEFINITION = Definition(
    3338,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(5518, TIME, READ, False, False),  # Timestamp
        Resource(5521, FLOAT, READ | WRITE, False, False),  # Delay Duration
        Resource(5525, FLOAT, READ | WRITE, False, True),  # Minimum Off-time
        Resource(5548, FLOAT, READ | WRITE, False, False),  # Level
        Resource(5750, STRING, READ | WRITE, False, False),  # Application Type
        Resource(5850, BOOLEAN, READ | WRITE, False, True),  # On/Off
        Resource(6050, FLOAT, READ, False, False),  # Fractional Timestamp
    ),
)  # fmt: skip
