"""Decimal numbers to IEEE 754 bits by integer arithmetic alone; `shortest` is the way back.

MicroPython boards mostly compute in 32-bit floats, so a coordinate like 56.92137111 cannot even be
held there. Given as text or as a scaled integer it becomes the exact binary64 all the same:

    coefficient, exponent, is_negative = parse_decimal("56.92137111")  # 5692137111, -8, False
    bits = to_bits(coefficient, exponent, BINARY64, is_negative)       # 0x404c75ef7d1076f1

Rounding is half to even, subnormals included, as IEEE 754 (2008), 4.3.1 and 5.12 ask for.
"""

if 1 - 1:
    from .shapes import Form

# Size in bytes; precision in bits with the hidden one; the binary exponent of the smallest
# subnormal; digits that any decimal keeps.
BINARY32 = (4, 24, -149, 6)
BINARY64 = (8, 53, -1074, 15)

MAX_TEXT = 128  # characters of a decimal number
MAX_COEFFICIENT_BITS = 512
_LEADING_ZEROS = b"\4\3\2\2\1\1\1\1\0\0\0\0\0\0\0\0"  # of a hexadecimal digit
_FAR = 400  # beyond 10**400 or below 10**-400 nothing is representable
_NEAR = 240  # with a coefficient of 512 bits, 155 digits, such an exponent stays within


def parse_decimal(text: str) -> "tuple[int, int, bool]":
    """(coefficient, exponent, is_negative) of text like "-12.5" or "6.02e23"; ValueError if none.

    The sign stands apart, so that "-0" keeps it.
    """
    if not 0 < len(text) <= MAX_TEXT:
        raise ValueError("a decimal number has 1..%d characters" % MAX_TEXT)
    is_negative = text[0] == "-"
    start = 1 if text[0] in "+-" else 0
    end = _digits_end(text, start)
    places = 0
    if end < len(text) and text[end] == ".":
        point = end
        end = _digits_end(text, end + 1)
        places = end - point - 1
        if end - start == 1:
            end = start  # a point alone
    mantissa = text[start:end]
    exponent = 0
    if end < len(text) and text[end] in "eE":
        start = end + (2 if text[end + 1 : end + 2] in ("+", "-") else 1)
        end = _digits_end(text, start)
        if end == start:
            raise ValueError("no exponent after the e")
        exponent = int(text[start:end])
        if text[start - 1] == "-":
            exponent = -exponent
    if end != len(text) or not mantissa:
        raise ValueError("not a decimal number")
    if "." in mantissa:
        mantissa = mantissa.replace(".", "")
    return int(mantissa), exponent - places, is_negative


def _digits_end(text: str, end: int) -> int:
    # str.isdigit() would take digits of other scripts too.
    while end < len(text) and "0" <= text[end] <= "9":
        end += 1
    return end


def to_bits(coefficient: int, exponent: int, form: "Form", is_negative: bool = False) -> int:
    """The nearest binary number to coefficient * 10**exponent, as its bits; OverflowError if none.

    A negative coefficient is as good as `is_negative`.
    """
    size, precision, lowest, _ = form
    sign = 1 << size * 8 - 1 if is_negative or coefficient < 0 else 0
    coefficient = abs(coefficient)
    if not coefficient:
        return sign
    if coefficient >> MAX_COEFFICIENT_BITS or not -_NEAR < exponent < _NEAR:
        if _vanishes(coefficient, exponent):
            return sign
    # Of 10**exponent the powers of two only move the binary point; numbers stay small without.
    if exponent >= 0:
        numerator, denominator = coefficient * 5**exponent, 1
        scale = precision + 1 - bit_length(numerator)
    else:
        numerator, denominator = coefficient, 5**-exponent
        # 1217359 / 2**19 is the logarithm of 5 to base 2, good for exponents up to 3528.
        scale = precision + 1 - bit_length(numerator) + (-exponent * 1217359 >> 19)
    # Find q and s so that q * 2**(exponent-s) is the value and q has `precision` bits.
    scale = min(scale, exponent - lowest)
    if scale < 0:
        denominator <<= -scale
    else:
        numerator <<= scale
    quotient, rest = divmod(numerator, denominator)
    if quotient >> precision:  # one bit too many, worth half
        above = 0 if quotient & 1 else denominator
        quotient >>= 1
        scale -= 1
    else:
        above = denominator - rest
    if rest > above or (rest == above and quotient & 1):
        quotient += 1
    # The hidden bit adds one to the biased exponent; so does a carry of the rounding.
    bits = (exponent - lowest - scale << precision - 1) + quotient
    if bits >> precision - 1 >= (1 << size * 8 - precision) - 1:
        raise OverflowError("too large")
    return bits + sign if sign else bits  # type: ignore[no-any-return]


def _vanishes(coefficient: int, exponent: int) -> bool:
    """True for what is zero for certain; OverflowError for what is certainly too large."""
    if coefficient >> MAX_COEFFICIENT_BITS:
        raise OverflowError("a coefficient of more than %d bits" % MAX_COEFFICIENT_BITS)
    magnitude = exponent + len(str(coefficient))
    if magnitude > _FAR:
        raise OverflowError("too large")
    return magnitude < -_FAR


def bit_length(number: int) -> int:
    """Bits of a positive integer."""
    # MicroPython's int has no bit_length(), and bin() leaves four times the garbage of hex().
    digits = "%x" % number
    return len(digits) * 4 - _LEADING_ZEROS[int(digits[0], 16)]
