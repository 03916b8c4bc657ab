"""LwM2M object 3304, Humidity 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import FLOAT, INTEGER, STRING, TIME
from nce.lwm2m.model import EXECUTABLE, EXECUTE, READ, WRITE, Definition, Resource

DEFINITION = Definition(
    3304,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(5518, TIME, READ, False, False),  # Timestamp
        Resource(5601, FLOAT, READ, False, False),  # Min Measured Value
        Resource(5602, FLOAT, READ, False, False),  # Max Measured Value
        Resource(5603, FLOAT, READ, False, False),  # Min Range Value
        Resource(5604, FLOAT, READ, False, False),  # Max Range Value
        Resource(5605, EXECUTABLE, EXECUTE, False, False),  # Reset Min and Max Measured Values
        Resource(5700, FLOAT, READ, False, True),  # Sensor Value
        Resource(5701, STRING, READ, False, False),  # Sensor Units
        Resource(5750, STRING, READ | WRITE, False, False),  # Application Type
        Resource(6042, INTEGER, READ, False, False),  # Measurement Quality Indicator
        Resource(6049, INTEGER, READ, False, False),  # Measurement Quality Level
        Resource(6050, FLOAT, READ, False, False),  # Fractional Timestamp
    ),
)  # fmt: skip
