"""The time of day from the network: +CCLK and SMS time stamps.

TS 27.007, 8.15; TS 23.040, 9.2.3.11. A modem without network time answers with the
default year of its maker (1970, 1980, 2004), which is outside `FIRST_YEAR` to `LAST_YEAR`.

    time = await read_clock(modem)      # None when the modem does not know
    time.hour, time.quarters            # local time, and its distance from UTC in quarter hours
    unix_s(time)
"""

from collections import namedtuple

from nce_modem.errors import CommandFailed

FIRST_YEAR = 2025  # the year of this code; a clock with an earlier year was never set
LAST_YEAR = 2069

# Local time, and how many quarters of an hour it is ahead of UTC.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, NamedTuple

    class NetworkTime(NamedTuple):
        year: int
        month: int
        day: int
        hour: int
        minute: int
        second: int
        quarters: int

else:
    NetworkTime = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "NetworkTime", ("year", "month", "day", "hour", "minute", "second", "quarters")
    )

DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def parse(text: str) -> "NetworkTime | None":
    """A `NetworkTime` of `yy/MM/dd,hh:mm:ss+zz` (the zone may be missing), or None."""
    text = text.strip().strip('"')
    day, _, clock = text.partition(",")
    quarters = 0
    for sign in "+-":
        clock, found, zone = clock.partition(sign)
        if found:
            if not zone.isdigit():
                return None
            quarters = int(zone) if sign == "+" else -int(zone)
            break
    parts = day.split("/") + clock.split(":")
    if len(parts) != 6 or not all(part.strip().isdigit() for part in parts):
        return None
    year, month, date, hour, minute, second = [int(part) for part in parts]
    if year < 100:  # some modems give four digits
        year = full_year(year)
    return checked(NetworkTime(year, month, date, hour, minute, second, quarters))


def full_year(year: int) -> int:
    """The year of two digits: 70 to 99 were in the last century, as modem makers count."""
    return year + (1900 if year >= 70 else 2000)


def checked(time: "NetworkTime") -> "NetworkTime | None":
    """`time` when its fields make a date, else None."""
    is_date = 1 <= time.month <= 12 and 1 <= time.day <= 31
    is_clock = time.hour < 24 and time.minute < 60 and time.second < 61
    return time if is_date and is_clock and -96 < time.quarters < 96 else None


def unix_s(time: "NetworkTime") -> int:
    """Seconds since 1970-01-01 UTC."""
    years = time.year - 1970
    leaps = (time.year - 1969) // 4 - (time.year - 1901) // 100 + (time.year - 1601) // 400
    days = years * 365 + leaps + DAYS_BEFORE[time.month - 1] + time.day - 1
    is_leap = time.year % 4 == 0 and (time.year % 100 != 0 or time.year % 400 == 0)
    if time.month > 2 and is_leap:
        days += 1
    return days * 86400 + time.hour * 3600 + time.minute * 60 + time.second - time.quarters * 900


def is_plausible(time: "NetworkTime | None") -> bool:
    """Whether a clock was ever set: `year` within `FIRST_YEAR` and `LAST_YEAR`."""
    return time is not None and FIRST_YEAR <= time.year <= LAST_YEAR


async def read_clock(modem: "Modem") -> "NetworkTime | None":
    """The modem's clock as a `NetworkTime`, None when it was never set.

    Raises what the line raises. Automatic setting must be on (`AT+CTZU=1`, most modems' default).
    """
    try:
        answer = await modem.family.ask(modem.link, "AT+CCLK?")
    except CommandFailed:
        return None
    time = parse(answer.lines[-1].partition(":")[2]) if answer.lines else None
    return time if is_plausible(time) else None
