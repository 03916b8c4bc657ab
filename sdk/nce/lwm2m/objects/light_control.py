"""LwM2M object 3311, Light Control 1.0: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import BOOLEAN, FLOAT, INTEGER, STRING
from nce.lwm2m.model import READ, WRITE, Definition, Resource

DEFINITION = Definition(
    3311,
    "1.0",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(5701, STRING, READ, False, False),  # Sensor Units
        Resource(5706, STRING, READ | WRITE, False, False),  # Colour
        Resource(5750, STRING, READ | WRITE, False, False),  # Application Type
        Resource(5805, FLOAT, READ, False, False),  # Cumulative active power
        Resource(5820, FLOAT, READ, False, False),  # Power factor
        Resource(5850, BOOLEAN, READ | WRITE, False, True),  # On/Off
        Resource(5851, INTEGER, READ | WRITE, False, False),  # Dimmer
        Resource(5852, INTEGER, READ | WRITE, False, False),  # On time
    ),
)  # fmt: skip
