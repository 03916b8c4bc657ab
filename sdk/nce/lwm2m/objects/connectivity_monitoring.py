"""LwM2M object 4, Connectivity Monitoring 1.3: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER, STRING
from nce.lwm2m.model import READ, Definition, Resource

DEFINITION = Definition(
    4,
    "1.3",
    False,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, INTEGER, READ, False, True),  # Network Bearer
        Resource(1, INTEGER, READ, True, True),  # Available Network Bearer
        Resource(2, INTEGER, READ, False, True),  # Radio Signal Strength
        Resource(3, INTEGER, READ, False, False),  # Link Quality
        Resource(4, STRING, READ, True, True),  # IP Addresses
        Resource(5, STRING, READ, True, False),  # Router IP Addresses
        Resource(6, INTEGER, READ, False, False),  # Link Utilization
        Resource(7, STRING, READ, True, False),  # APN
        Resource(8, INTEGER, READ, False, False),  # Cell ID
        Resource(9, INTEGER, READ, False, False),  # SMNC
        Resource(10, INTEGER, READ, False, False),  # SMCC
        Resource(11, INTEGER, READ, False, False),  # SignalSNR
        Resource(12, INTEGER, READ, False, False),  # LAC
        Resource(13, INTEGER, READ, False, False),  # Coverage Enhancement Level
    ),
)  # fmt: skip
