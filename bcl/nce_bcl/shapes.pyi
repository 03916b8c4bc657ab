"""Names for the annotations of this package; there is no module of this name at run time."""

from collections.abc import Callable as Callable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any
from typing import NamedTuple as NamedTuple

# Statements in order: `nce_bcl.plan.Field` and `nce_bcl.plan.Switch`.
Block = list[Any]
# The statements of one route, each with the block that a switch took, or None.
Steps = list[tuple[Any, Block | None]]
# size in bytes, bits of precision, exponent of the lowest bit, decimal digits that always last
Form = tuple[int, int, int, int]
