"""Fixes from the modem's own receiver, as the records that `gps_template.json` packs.

    from nce_modem.gnss import locate
    record_of(await locate(modem))

Coordinates, altitude and speed stay the text that the modem gave. A field that a modem does not
tell is 0 in the record, an accuracy 255: as much as the template can say.
"""

from gps_track import epoch_ms
from nce_modem.decimal_text import scaled

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix


UNKNOWN_ACCURACY_M = 255
# One standard deviation of a range to a satellite, which the HDOP multiplies.
RANGE_ERROR_M = 5


def record_of(fix: "Fix") -> "dict[str, object]":
    """The record of a fix; ValueError when the modem did not tell the time with it."""
    if fix.utc is None:
        raise ValueError("the fix has no time")
    accuracy = whole(fix.accuracy_m)
    if fix.accuracy_m is None and fix.hdop is not None:
        accuracy = whole(scaled(fix.hdop, RANGE_ERROR_M, 1, 1))
    is_known = fix.accuracy_m is not None or fix.hdop is not None
    satellites = min(fix.satellites or 0, 255)
    return {
        "time_ms": epoch_ms(fix.utc),
        "position.latitude": fix.latitude,
        "position.longitude": fix.longitude,
        "position.accuracy_m": min(accuracy, 255) if is_known else UNKNOWN_ACCURACY_M,
        "position.altitude_m": fix.altitude_m or "0",
        "speed_mps": fix.speed_mps or "0",
        "bearing_deg": whole(fix.course_deg) % 360,
        "satellites.used": satellites,
        "satellites.in_view": satellites,
    }


def whole(text: "str | None") -> int:
    """A number rounded, 0 for none."""
    return int(scaled(text or "0", 1, 1, 0) or 0)
