"""Numbers to decimal digits and back, as exact as 32-bit floats allow.

number("1.7e9")       # 1700000000, an int: a float of a board would say 1700000000 +- 64
digits(22.4)          # "22.4", the fewest that read as the same float
without_exponent("1e+20")
"""

# Below, a float of 24 bits holds every integer.
_EXACT = 1 << 24
# Digits of numbers that are meant: a float of 64 bits takes 340 at most without an exponent.
_MOST_CHARACTERS = 400
_MOST_ZEROS = 20


def number(written: str) -> "int | float":
    """The number of its decimal digits, with a fraction or an exponent. Raises `ValueError`.

    An int where no fraction was written, or where a float might lose digits of an integer.
    """
    mantissa, mark, exponent = written.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    # `int` and `float` take more: spaces, underscores, "inf", no digits at all (MicroPython).
    if (
        not _are_digits(_unsigned(whole) + part)
        or (mark and not _are_digits(_unsigned(exponent)))
        or len(written) > _MOST_CHARACTERS
    ):
        raise ValueError("no number")
    if whole == written and len(whole) <= _MOST_ZEROS + 1:
        return int(whole)
    value = float(written)
    if -_EXACT < value < _EXACT:
        return value
    zeros = (int(exponent) if exponent else 0) - len(part)
    if -_MOST_ZEROS <= zeros <= _MOST_ZEROS:
        integer = int(whole + part)
        scale: int = 10 ** (zeros if zeros >= 0 else -zeros)
        if zeros >= 0:
            return integer * scale
        if integer % scale == 0:
            return integer // scale
    return value


def digits(value: float) -> str:
    """The fewest digits that read as the same float."""
    # 17 say all of a float of 64 bits, 9 of one of 32; `repr` says 7 on a board.
    precision = 6
    written = "%.6g" % value
    while float(written) != value and precision < 17:
        precision += 1
        written = "%.*g" % (precision, value)
    return written


def without_exponent(written: str) -> str:
    """The same number in plain digits: some peers read no exponent."""
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return written
    sign = "-" if mantissa[0] == "-" else ""
    whole, _, part = mantissa.lstrip("-").partition(".")
    point = int(exponent)
    if point < 0:
        return sign + "0." + "0" * (-point - 1) + whole + part
    return sign + whole + part + "0" * (point - len(part))


def _unsigned(written: str) -> str:
    return written[1:] if written[:1] in ("+", "-") else written


def _are_digits(written: str) -> bool:
    for character in written:
        if not "0" <= character <= "9":
            return False
    return written != ""
