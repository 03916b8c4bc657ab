"""Fixes from a recorded GPS track, one at a time, as the records that `gps_template.json` packs.

    with open("gps_track.csv") as track:
        for fix in fixes(track):
            ...

Coordinates, altitude and speed stay decimal text: the codec turns text into IEEE 754 exactly, also
on boards whose own floats have 24 bits.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Iterable, Iterator


COLUMNS = (
    "date_time",
    "latitude",
    "longitude",
    "accuracy_m",
    "altitude_m",
    "geoid_height_m",
    "speed_mps",
    "bearing_deg",
    "sat_used",
    "sat_inview",
)


def fixes(lines: "Iterable[str]") -> "Iterator[dict[str, object]]":
    """Yield one record (a dict of asset to value) for each line after the heading.

    Raises ValueError naming the line when a column is missing or no number.
    """
    for number, line in enumerate(lines):
        if number == 0 or not line.strip():
            continue
        try:
            yield record(line.strip().split(","))
        except (ValueError, IndexError) as error:
            raise ValueError("line %d of the track is not a fix: %s" % (number + 1, error))


def record(fields: "list[str]") -> "dict[str, object]":
    """The record of one row; `fields` are in the order of `COLUMNS`."""
    return {
        "time_ms": epoch_ms(fields[0]),
        "position.latitude": fields[1],
        "position.longitude": fields[2],
        "position.accuracy_m": int(fields[3]),
        "position.altitude_m": fields[4],
        "speed_mps": fields[6],
        "bearing_deg": int(fields[7]),
        "satellites.used": int(fields[8]),
        "satellites.in_view": int(fields[9]),
    }


def epoch_ms(text: str) -> int:
    """Milliseconds since 1970 of `YYYY-MM-DD HH:MM:SS[.mmm]`, taken as UTC, in integers alone.

    The day count is the proleptic Gregorian one, with the year starting in March so that the leap
    day comes last.
    """
    year, month, day = int(text[0:4]), int(text[5:7]), int(text[8:10])
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError("not a date: %r" % text)
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day
    seconds = (days - 719469) * 86400
    seconds += int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    fraction = (text[20:23] + "000")[:3]
    return seconds * 1000 + int(fraction)
