"""IEEE 754 bits to the shortest decimal that reads back as them, by integer arithmetic alone.

    to_text(0x404C75EF7D1076F1, BINARY64)  # "56.92137111", on boards with 32-bit floats too

Only some decoding needs it, so it is loaded then.
"""

from .decimals import bit_length, to_bits

if 1 - 1:
    from .shapes import Form


def is_finite(bits: int, form: "Form") -> bool:
    """False for the bits of a NaN or an infinity."""
    size, precision = form[:2]
    exponent_bits = size * 8 - precision
    return bits >> (precision - 1) & ((1 << exponent_bits) - 1) != (1 << exponent_bits) - 1


def to_text(bits: int, form: "Form") -> str:
    """The shortest decimal text that reads back as these (finite) bits, spelled as repr() does."""
    size, precision, lowest, kept_digits = form
    hidden = 1 << (precision - 1)
    sign = "-" if bits >> (size * 8 - 1) else ""
    bits &= (1 << (size * 8 - 1)) - 1
    if not bits:
        return sign + "0.0"
    biased = bits >> (precision - 1)
    significand = bits & (hidden - 1)
    is_normal = biased > 0
    if is_normal:
        significand |= hidden
        binary = biased - 1 + lowest
        count = kept_digits
    else:
        binary = lowest
        count = 1  # a subnormal keeps fewer digits
    if binary >= 0:
        numerator, denominator = significand << binary, 1
    else:
        numerator, denominator = significand, 1 << -binary
    point = _decimal_point(numerator, denominator)
    while True:
        exponent = point - count
        coefficient = _nearest(numerator, denominator, exponent)
        # Below a power of two the neighbours are half as far away, so the nearest decimal may be
        # too far down where the next one up is not.
        for candidate in (coefficient, coefficient + 1):
            if _reads_as(candidate, exponent, form, bits):
                return sign + _spelled(candidate, exponent)
        count += 1


def _reads_as(coefficient: int, exponent: int, form: "Form", bits: int) -> bool:
    try:
        return to_bits(coefficient, exponent, form) == bits
    except OverflowError:
        return False


def _decimal_point(numerator: int, denominator: int) -> int:
    """p with 10**(p-1) <= numerator/denominator < 10**p."""
    # 30103/100000 is the logarithm of 2 to base 10; the estimate is off by one at most.
    point = (bit_length(numerator) - bit_length(denominator)) * 30103 // 100000
    while _at_least(numerator, denominator, point):
        point += 1
    while not _at_least(numerator, denominator, point - 1):
        point -= 1
    return point


def _at_least(numerator: int, denominator: int, exponent: int) -> bool:
    if exponent >= 0:
        return numerator >= denominator * 10**exponent  # type: ignore[no-any-return]
    return numerator * 10**-exponent >= denominator  # type: ignore[no-any-return]


def _nearest(numerator: int, denominator: int, exponent: int) -> int:
    if exponent >= 0:
        denominator *= 10**exponent
    else:
        numerator *= 10**-exponent
    quotient = numerator // denominator
    twice = (numerator - quotient * denominator) * 2
    if twice > denominator or (twice == denominator and quotient & 1):
        quotient += 1
    return quotient


def _spelled(coefficient: int, exponent: int) -> str:
    digits = str(coefficient).rstrip("0")
    exponent += len(str(coefficient)) - len(digits)
    point = len(digits) + exponent
    if -4 < point <= 16:
        if exponent >= 0:
            return digits + "0" * exponent + ".0"
        if point > 0:
            return digits[:point] + "." + digits[point:]
        return "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    power = point - 1
    return "%se%s%02d" % (mantissa, "-" if power < 0 else "+", abs(power))
