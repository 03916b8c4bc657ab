"""The receiver of BG95, BG96, BG77 and of EC21, EC25, EG91, EG95: QGPS and QGPSLOC.

Quectel's GNSS application notes. On BG95 and BG77 LTE and the receiver take turns at one radio, by
a priority. With that of the receiver LTE stays attached, and what it sends waits.
"""

from nce_modem.at import syntax
from nce_modem.decimal_text import scaled
from nce_modem.errors import CommandFailed
from nce_modem.gnss import Receiver, fix_of, optional, utc_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix


SESSION_IS_ON = 504
NO_FIX = 516
PRIORITY = 'AT+QGPSCFG="priority"'
GNSS_FIRST = "0"


class Quectel(Receiver):
    """LTE stays on; the priority is put back as it was."""

    _priority = ""  # before

    async def begin(self) -> None:
        # Only where the radio is shared is there a priority.
        for values in await self.family.ask_fields(self.link, PRIORITY):
            if len(values) > 1 and values[1] in ("0", "1") and values[1] != GNSS_FIRST:
                await self.family.ask(self.link, "%s,%s" % (PRIORITY, GNSS_FIRST))
                self._priority = values[1]
        try:
            await self.family.ask(self.link, "AT+QGPS=1")
        except CommandFailed as error:
            if error.code != SESSION_IS_ON:
                raise

    async def look(self) -> "Fix | None":
        # 2: decimal degrees.
        try:
            answer = await self.family.ask(self.link, "AT+QGPSLOC=2")
        except CommandFailed as error:
            if error.code == NO_FIX:
                return None
            raise
        if not answer.lines:
            return None
        values = syntax.fields(syntax.split_prefix(answer.lines[-1])[1])
        if len(values) != 11:
            return None
        clock, latitude, longitude, hdop, altitude, _, course, speed, _, date, count = values
        self.satellites = syntax.number(count)
        date = "20%s%s%s" % (date[4:], date[2:4], date[:2])
        return fix_of(
            latitude,
            longitude,
            optional(altitude),
            scaled(speed, 5, 18, 3),  # km/h
            _degrees(course),
            utc_of(date, clock),
            self.satellites,
            optional(hdop),
            None,
        )

    def ending(self) -> "list[str]":
        found = ["AT+QGPSEND"]
        if self._priority:
            found.append("%s,%s" % (PRIORITY, self._priority))
        return found


def _degrees(course: str) -> "str | None":
    """Of `ddd.mm`, whole degrees and minutes."""
    degrees, _, minutes = course.partition(".")
    if optional(course, 360) is None or len(minutes) != 2 or minutes >= "60":
        return optional(course, 360)
    hundredths = scaled(minutes, 1, 60, 2)
    return degrees + (hundredths or "")[1:]
