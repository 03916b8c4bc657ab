"""The timers of power saving in the coding of the radio interface.

TS 24.008: T3324 (10.5.7.3), T3412 extended (10.5.7.4a), eDRX (10.5.5.32).

encode_periodic_tau(86_400)     # "00111000": 24 h, in steps of an hour
decode_active_time("00100010")  # 120
encode_edrx_cycle(80, NB_IOT)   # "0101": the next longer cycle, 81.92 s
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Units


# AcT of +CEDRXS (TS 27.007, 7.40).
LTE_M = 4
NB_IOT = 5

# (coding of the unit, seconds); from the shortest step to the longest.
PERIODIC_TAU_UNITS = ((3, 2), (4, 30), (5, 60), (0, 600), (1, 3600), (2, 36_000), (6, 1_152_000))
ACTIVE_TIME_UNITS = ((0, 2), (1, 60), (2, 360))
OFF = "11100000"

# Hundredths of a second, by value; 14 and 15 are only for NB-IoT (table 10.5.5.32/24.008).
EDRX_CYCLES = (
    512, 1024, 2048, 4096, 6144, 8192, 10_240, 12_288,
    14_336, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576,
)  # fmt: skip
NB_IOT_CYCLES = (2, 3, 5, 9, 10, 11, 12, 13, 14, 15)
WINDOW_STEP_MS = {LTE_M: 1280, NB_IOT: 2560}


def encode_periodic_tau(seconds: "int | None") -> str:
    """T3412 extended of at least `seconds` (8 bits as text), None switches it off.

    Raises ValueError above 31 x 320 h.
    """
    return _encode(seconds, PERIODIC_TAU_UNITS, "T3412 extended")


def encode_active_time(seconds: "int | None") -> str:
    """T3324 of at least `seconds` (8 bits as text), None switches PSM off; up to 186 min."""
    return _encode(seconds, ACTIVE_TIME_UNITS, "T3324")


def decode_periodic_tau(bits: str) -> "int | None":
    """Seconds of T3412 extended, None when it is off or unreadable."""
    return _decode(bits, PERIODIC_TAU_UNITS)


def decode_active_time(bits: str) -> "int | None":
    """Seconds of T3324, None when it is off (no PSM) or unreadable."""
    # 10.5.7.3: the other codings are read as minutes.
    found = _decode(bits, ACTIVE_TIME_UNITS)
    if found is None and is_bits(bits, 8) and bits[:3] != "111":
        return int(bits[3:], 2) * 60
    return found


def _encode(seconds: "int | None", units: "Units", name: str) -> str:
    if seconds is None:
        return OFF
    if seconds < 0:
        raise ValueError("%s of %d s; give 0 or more" % (name, seconds))
    # Exact when some unit divides it; else the shortest step, rounded up.
    rounded = None
    for coding, step in units:
        value = (seconds + step - 1) // step
        if value > 31:
            continue
        if value * step == seconds:
            return binary(coding << 5 | value, 8)
        if rounded is None:
            rounded = binary(coding << 5 | value, 8)
    if rounded is None:
        raise ValueError("%s of %d s; the longest is %d" % (name, seconds, units[-1][1] * 31))
    return rounded


def _decode(bits: str, units: "Units") -> "int | None":
    if not is_bits(bits, 8):
        return None
    coding = int(bits[:3], 2)
    for unit, step in units:
        if unit == coding:
            return int(bits[3:], 2) * step
    return None


def is_bits(text: str, count: int) -> bool:
    """Whether a text is `count` binary digits."""
    return bool(text) and len(text) == count and not text.strip("01")


def binary(value: int, count: int) -> str:
    """`value` as `count` binary digits."""
    return "".join(["1" if value >> (count - 1 - place) & 1 else "0" for place in range(count)])


def encode_edrx_cycle(seconds: float, act: int = LTE_M) -> str:
    """The eDRX value of the shortest cycle of at least `seconds`: 4 bits as text.

    Raises ValueError above the longest: 2621.44 s with LTE-M, 10485.76 s with NB-IoT.
    """
    for value in range(14) if act == LTE_M else NB_IOT_CYCLES:
        if EDRX_CYCLES[value] / 100 >= seconds:  # 143.36 * 100 is more than 14336
            return binary(value, 4)
    longest = EDRX_CYCLES[13 if act == LTE_M else 15] / 100
    raise ValueError("an eDRX cycle of %s s; the longest is %s" % (seconds, longest))


def decode_edrx_cycle(bits: str, act: int = LTE_M) -> "int | None":
    """Milliseconds of an eDRX cycle, None when unreadable."""
    if not is_bits(bits, 4):
        return None
    value = int(bits, 2)
    # The table's notes: how a coding that the other mode alone has is read.
    if act == LTE_M:
        value = min(value, 13)
    elif value not in NB_IOT_CYCLES:
        value = 2
    return EDRX_CYCLES[value] * 10


def decode_paging_window(bits: str, act: int = LTE_M) -> "int | None":
    """Milliseconds of a paging time window, None when unreadable."""
    return (int(bits, 2) + 1) * WINDOW_STEP_MS[act] if is_bits(bits, 4) else None
