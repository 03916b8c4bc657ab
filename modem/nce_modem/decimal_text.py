"""Decimal numbers as text: checked, scaled and turned from minutes into degrees by integers alone.

A board's floats may have 24 bits, which is metres of longitude: no float is made here.

    checked("-9.142685", 180)               # "-9.142685"; None for "NaN", "181", ""
    from_minutes("3150.7223", "N", 90)      # "31.8453717"
    scaled("0.88", 463, 900, 3)             # knots to metres per second: "0.453"
"""

MAX_CHARACTERS = 24


def _parts(text: str) -> "tuple[bool, int, int] | None":
    """(is negative, digits as one number, places behind the point), None for no plain decimal."""
    sign = text[:1]
    digits = text[1:] if sign in ("+", "-") else text
    whole, _, fraction = digits.partition(".")
    joined = whole + fraction
    if not whole or len(text) > MAX_CHARACTERS:
        return None
    for character in joined:
        if not "0" <= character <= "9":  # `isdigit` takes digits of other scripts as well
            return None
    return sign == "-", int(joined), len(fraction)


def _written(is_negative: bool, coefficient: int, places: int) -> str:
    text = str(coefficient)
    if places:
        text = "0" * (places + 1 - len(text)) + text
        text = text[:-places] + "." + text[-places:]
    return "-" + text if is_negative and coefficient else text


def checked(text: str, limit: int) -> "str | None":
    """A plain decimal of no more than `limit` either way, as it came; None for all else."""
    found = _parts(text)
    if found is None or found[1] > limit * 10 ** found[2]:
        return None
    return _written(*found)


def from_minutes(text: str, hemisphere: str, limit: int) -> "str | None":
    """Degrees of `ddmm.mmmm` (NMEA 0183) and N, S, E or W; None for no such number.

    Three places more than the minutes have: a third of the last place is all that is ever cut off,
    so that no rounding is in doubt.
    """
    found = _parts(text)
    if found is None or hemisphere not in ("N", "S", "E", "W") or text[:1] in ("+", "-"):
        return None
    _, coefficient, places = found
    degrees, minutes = divmod(coefficient, 100 * 10**places)
    if minutes >= 60 * 10**places:
        return None
    places += 3
    # 1000 / 60 is 50 / 3; and a half is added to round.
    coefficient = degrees * 10**places + (minutes * 100 + 3) // 6
    if coefficient > limit * 10**places:
        return None
    return _written(hemisphere in ("S", "W"), coefficient, places)


def scaled(text: str, numerator: int, denominator: int, places: int) -> "str | None":
    """`text` times a fraction, rounded to `places`, a half away from zero; None for no number."""
    found = _parts(text)
    if found is None:
        return None
    is_negative, coefficient, has = found
    divisor = denominator * 10**has
    coefficient = (2 * coefficient * numerator * 10**places + divisor) // (2 * divisor)
    return _written(is_negative, coefficient, places)
