"""The u-blox receiver beside a SARA, on its I2C port: UGPS and ULOC.

u-blox AT commands manuals, "Positioning", by what public drivers quote of them. It has a radio of
its own.
"""

from nce_modem.at import syntax
from nce_modem.gnss import Receiver, fix_of, optional, utc_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix, Urc


# Power on, no aiding, GPS and SBAS; and off.
ON, OFF = "AT+UGPS=1,0,3", "AT+UGPS=0"
# One position, by the receiver, with all details; then the limit and the accuracy wanted (m).
LOCATE = "AT+ULOC=2,1,1,%d,50"
LEAST_DETAILS = 11
GRACE_MS = 10_000  # the result comes at the limit, with or without a position


class Ublox(Receiver):
    """One fix, told by an unsolicited result."""

    async def begin(self) -> None:
        await self.family.ask(self.link, ON, timeout_ms=10_000)

    async def wait(self, timeout_ms: int) -> "Fix | None":
        def result(urc: "Urc") -> "Fix | str | None":
            if urc.prefix != "+UULOC":
                return None
            return self._fix(syntax.fields(urc.text)) or ""

        limit_s = min(timeout_ms // 1000, 999)
        return await self.told(LOCATE % limit_s, result, limit_s * 1000 + GRACE_MS)

    def _fix(self, values: "list[str]") -> "Fix | None":
        # date, time, latitude, longitude, altitude, uncertainty, speed, direction, vertical
        # accuracy, sensor, satellites used
        if len(values) < LEAST_DETAILS:
            return None
        self.satellites = syntax.number(values[10])
        if not self.satellites:
            return None
        date = values[0].split("/")
        return fix_of(
            values[2],
            values[3],
            optional(values[4]),
            optional(values[6]),
            optional(values[7], 360),
            utc_of("".join(reversed(date)), values[1].replace(":", "")),
            self.satellites,
            None,
            optional(values[5]),
        )

    def ending(self) -> "list[str]":
        return [OFF]
