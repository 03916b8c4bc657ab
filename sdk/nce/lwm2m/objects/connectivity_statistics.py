"""LwM2M object 7, Connectivity Statistics 1.0: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER
from nce.lwm2m.model import EXECUTABLE, EXECUTE, READ, WRITE, Definition, Resource

DEFINITION = Definition(
    7,
    "1.0",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, INTEGER, READ, False, False),  # SMS Tx Counter
        Resource(1, INTEGER, READ, False, False),  # SMS Rx Counter
        Resource(2, INTEGER, READ, False, False),  # Tx Data
        Resource(3, INTEGER, READ, False, False),  # Rx Data
        Resource(4, INTEGER, READ, False, False),  # Max Message Size
        Resource(5, INTEGER, READ, False, False),  # Average Message Size
        Resource(6, EXECUTABLE, EXECUTE, False, True),  # Start
        Resource(7, EXECUTABLE, EXECUTE, False, True),  # Stop
        Resource(8, INTEGER, READ | WRITE, False, False),  # Collection Period
    ),
)  # fmt: skip
