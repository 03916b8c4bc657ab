"""LwM2M object 2, LwM2M Access Control 1.1: its table, made by `nce lwm2m object`."""

from nce.lwm2m.kinds import INTEGER
from nce.lwm2m.model import READ, WRITE, Definition, Resource

DEFINITION = Definition(
    2,
    "1.1",
    True,
    (  # number, kind, operations, whether it is multiple, and mandatory
        Resource(0, INTEGER, READ, False, True),  # Object ID
        Resource(1, INTEGER, READ, False, True),  # Object Instance ID
        Resource(2, INTEGER, READ | WRITE, True, False),  # ACL
        Resource(3, INTEGER, READ | WRITE, False, True),  # Access Control Owner
    ),
)  # fmt: skip
