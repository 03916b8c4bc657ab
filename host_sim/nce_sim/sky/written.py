"""Numbers as receivers write them: rounded decimals, and degrees with minutes (NMEA 0183).

fixed(Decimal("56.92137111"), 5)            # "56.92137"
minutes(Decimal("31.845373"), 2, 4)         # ("3150.7224", False)
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

KNOT_MPS = Decimal(1852) / 3600
MPS_IN_KMH = Decimal("3.6")


def fixed(value: Decimal, places: int) -> str:
    """With so many places; a rounded zero has no sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def minutes(degrees: Decimal, digits: int, places: int) -> tuple[str, bool]:
    """`ddmm.mmmm` of the amount, with `digits` for the degrees, and whether it is negative."""
    total = (abs(degrees) * 60).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    whole, rest = divmod(total, 60)
    width = 3 + places if places else 2
    return f"{int(whole):0{digits}d}{rest:0{width}.{places}f}", degrees < 0
