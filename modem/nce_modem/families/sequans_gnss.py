"""The receiver of GM02SP: the LPGNSS commands.

Sequans GM02SP GNSS application note and Monarch 2 AT commands reference, by what Walter's drivers
and the `monarch2` crate quote of them. It works while LTE is off (CFUN=0 or 4) or sleeps, computes
on the device, and needs the network's clock and ephemerides, which come by LTE.
"""

import math

from nce_modem.at import syntax
from nce_modem.decimal_text import scaled
from nce_modem.errors import CommandFailed, CommandTimeout
from nce_modem.gnss import Receiver, fix_of, optional, utc_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix, Urc


EPHEMERIDES = 1  # <type> of AT+LPGNSSASSISTANCE: real-time ones
ASSISTANCE_MS = 60_000
GRACE_MS = 5000
NO_POSITION_M = 10_000_000  # an uncertainty beyond this: it says 20000000 for no fix
LONGEST_LIMIT_S = 999


class Gm02sp(Receiver):
    """One fix, told by an unsolicited result."""

    radio_off = "AT+CFUN=4"

    async def prepare(self) -> None:
        """Load ephemerides while LTE is there, unless those it has are fresh."""
        family, link = self.family, self.link
        for values in await family.ask_fields(link, "AT+LPGNSSASSISTANCE?"):
            # type, available, seconds since the update, until the next one, until the end
            if len(values) > 3 and values[0] == str(EPHEMERIDES) and values[1] == "1":
                if values[3] != "0" and syntax.number(values[3]) is not None:
                    return

        def loaded(urc: "Urc") -> "bool | None":
            return urc.prefix == "+LPGNSSASSISTANCE" or None

        command = family.command("AT+LPGNSSASSISTANCE=%d" % EPHEMERIDES)
        try:
            await link.run_until(command, loaded, ASSISTANCE_MS)
        except (CommandFailed, CommandTimeout):
            pass  # older ones may do; otherwise the fix is refused, which says why

    async def begin(self) -> None:
        # On the device, medium sensitivity, the whole result, no metrics, cold or warm start.
        await self.family.ask(self.link, "AT+LPGNSSCFG=0,2,2,,0,0")

    async def wait(self, timeout_ms: int) -> "Fix | None":
        def result(urc: "Urc") -> "Fix | str | None":
            if urc.prefix == "+LPGNSSFIXSTOP":
                return ""
            if urc.prefix != "+LPGNSSFIXREADY":
                return None
            return self._fix(syntax.fields(urc.text)) or ""

        limit_s = min(timeout_ms // 1000, LONGEST_LIMIT_S)
        await self.family.ask_fields(self.link, "AT+LPGNSSTIMEOUT=%d" % limit_s)
        return await self.told('AT+LPGNSSFIXPROG="single"', result, limit_s * 1000 + GRACE_MS)

    def _fix(self, values: "list[str]") -> "Fix | None":
        # id, time, ms to the fix, uncertainty, latitude, longitude, height, speeds to the north,
        # to the east and down
        if len(values) < 10:
            return None
        accuracy = optional(values[3], NO_POSITION_M)
        if accuracy is None:
            return None
        speed, course = _motion(values[7], values[8])
        date, _, clock = values[1].partition("T")
        return fix_of(
            values[4],
            values[5],
            optional(values[6]),
            speed,
            course,
            utc_of(date.replace("-", ""), clock.replace(":", "")),
            None,
            None,
            accuracy,
        )

    def ending(self) -> "list[str]":
        return ['AT+LPGNSSFIXPROG="stop"']


def _motion(north: str, east: str) -> "tuple[str | None, str | None]":
    """Speed in m/s and course in whole degrees, of the speeds to the north and to the east."""
    millimetres = []
    for text in (north, east):
        rounded = scaled(text, 1000, 1, 0)
        if rounded is None or optional(text, 10_000) is None:
            return None, None
        millimetres.append(int(rounded))
    to_north, to_east = millimetres
    square = to_north * to_north + to_east * to_east
    root = 1 << (len("%x" % square) * 2 + 1)  # above it; then Newton's way down
    while root * root > square:
        root = (root + square // root) // 2
    course = int(math.degrees(math.atan2(to_east, to_north)) + 360.5) % 360
    return scaled(str(root), 1, 1000, 3), str(course)
