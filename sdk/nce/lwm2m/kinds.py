"""Types of resources (OMA-TS-LightweightM2M_Core 1.1, annex C), and the Python values they have.

| kind | value |
|---|---|
| STRING, CORE_LINK | str |
| INTEGER, UNSIGNED | int of 64 bits |
| FLOAT | float; an int is taken as well |
| BOOLEAN | bool |
| OPAQUE | bytes |
| TIME | int, seconds since 1970-01-01 in UTC, also on boards whose clock counts from 2000 |
| OBJECT_LINK | (object, instance), two ints |
"""

from nce.const import const

STRING = const(1)
INTEGER = const(2)
UNSIGNED = const(3)
FLOAT = const(4)
BOOLEAN = const(5)
OPAQUE = const(6)
TIME = const(7)
OBJECT_LINK = const(8)
CORE_LINK = const(9)
