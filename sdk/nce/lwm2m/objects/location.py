"""LwM2M object 6, Location 1.0: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import FLOAT, OPAQUE, TIME
from nce.lwm2m.model import READ, Definition, Resource

DEFINITION = Definition(
    6,
    "1.0",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, FLOAT, READ, False, True),  # Latitude
        Resource(1, FLOAT, READ, False, True),  # Longitude
        Resource(2, FLOAT, READ, False, False),  # Altitude
        Resource(3, FLOAT, READ, False, False),  # Radius
        Resource(4, OPAQUE, READ, False, False),  # Velocity
        Resource(5, TIME, READ, False, True),  # Timestamp
        Resource(6, FLOAT, READ, False, False),  # Speed
    ),
)  # fmt: skip
