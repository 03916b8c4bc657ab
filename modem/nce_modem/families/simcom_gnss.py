"""The receivers of SIMCom's modems: SIM7000, SIM7070, SIM7080, SIM7090, A76XX and SIM7600.

SIM7000 AT command manual, 14.2 (CGNSPWR, CGNSINF); A76XX AT command manual V1.09, 24 (CGNSSPWR,
CGNSSINFO); SIM7600 by what public drivers do (CGPS, CGPSINFO).
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.decimal_text import from_minutes, scaled
from nce_modem.errors import CommandFailed
from nce_modem.gnss import Receiver, fix_of, optional, utc_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix


REST_S, REST_TRIES = 2, 16


class Sim7000(Receiver):
    """CGNSINF, beside LTE."""

    async def begin(self) -> None:
        await self.family.ask(self.link, "AT+CGNSPWR=1")

    async def look(self) -> "Fix | None":
        found = await self.family.ask_fields(self.link, "AT+CGNSINF")
        # 21 fields, 18 of SIM70x0; satellites in view are the 15th of both.
        if not found or len(found[-1]) < 18:
            return None
        values = found[-1]
        self.satellites = syntax.number(values[14])
        if values[1] != "1":
            return None
        used = syntax.number(values[15]) if len(values) > 20 else None
        return fix_of(
            values[3],
            values[4],
            optional(values[5]),
            scaled(values[6], 5, 18, 3),  # km/h
            optional(values[7], 360),
            utc_of(values[2][:8], values[2][8:]),
            self.satellites if used is None else used,
            optional(values[10]),
            optional(values[-2]),  # HPA
        )

    def ending(self) -> "list[str]":
        return ["AT+CGNSPWR=0"]


class Sim7080(Sim7000):
    """The same, and never at the same time as LTE."""

    radio_off = "AT+CFUN=4"


class A76xx(Receiver):
    """CGNSSINFO; after switching on it needs some seconds, and says READY then."""

    off = "AT+CGNSSPWR=0"
    question = "AT+CGNSSINFO"

    async def begin(self) -> None:
        try:
            # "Max response time" of the manual is 9 s.
            await self.family.ask(self.link, "AT+CGNSSPWR=1", timeout_ms=12_000)
        except CommandFailed:
            # On already, perhaps: then it answers. It is ERROR without a reason.
            await self.family.ask(self.link, self.question)

    async def look(self) -> "Fix | None":
        found = await self.family.ask_fields(self.link, self.question)
        if not found:
            return None
        values = found[-1]
        # Newer firmware has one more kind of satellites in front.
        at = 0
        while at < len(values) and values[at] not in ("N", "S"):
            at += 1
        self.satellites = self._count(values[1 : at - 1])
        if at == 0 or len(values) < at + 8:
            return None
        date, clock, altitude, speed, course = values[at + 3 : at + 8]
        date = "20%s%s%s" % (date[4:], date[2:4], date[:2])
        return fix_of(
            _degrees(values[at - 1], values[at], 4, 90),
            _degrees(values[at + 1], values[at + 2], 5, 180),
            optional(altitude),
            scaled(speed, 463, 900, 3),  # knots
            optional(course, 360),
            utc_of(date, clock),
            self.satellites,
            # Behind them PDOP, HDOP, VDOP.
            optional(values[at + 9]) if len(values) > at + 9 else None,
            None,
        )

    def _count(self, values: "list[str]") -> "int | None":
        if not "".join(values):
            return None
        return sum([syntax.number(text) or 0 for text in values])

    def ending(self) -> "list[str]":
        return [self.off]


class Sim7600(A76xx):
    """CGPSINFO, which tells nothing of satellites."""

    off = "AT+CGPS=0"
    question = "AT+CGPSINFO"

    async def begin(self) -> None:
        # "After the GPS closed, it should wait about 2 s to 30 s" (SIM7500_SIM7600 manual, 16.1).
        for left in range(REST_TRIES, 0, -1):
            try:
                await self.family.ask(self.link, "AT+CGPS=1")
                return
            except CommandFailed:
                if left == 1:
                    raise
            for values in await self.family.ask_fields(self.link, "AT+CGPS?"):
                if values[0] == "1":
                    return  # it was on
            await asyncio.sleep(REST_S)

    def _count(self, values: "list[str]") -> "int | None":
        return None


def _degrees(text: str, hemisphere: str, digits: int, limit: int) -> "str | None":
    """Degrees of `ddmm.mmmm`, which has `digits` before the point, or of decimal degrees."""
    if len(text.partition(".")[0]) >= digits:
        return from_minutes(text, hemisphere, limit)
    if hemisphere in ("S", "W") and text[:1] != "-":
        return "-" + text
    return text
