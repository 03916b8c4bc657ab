"""The receiver of nRF91: #XGPS of SLM, #XGNSS of Serial Modem.

Nordic: SLM and Serial Modem documentation, "GNSS AT commands". One radio serves both, so LTE is
switched off; the system mode keeps its receiver bit afterwards, in flash, so it is written once.
"""

from nce_modem.at import syntax
from nce_modem.gnss import Receiver, fix_of, optional, utc_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Fix, Urc


GAVE_UP = "3"  # <gnss_status>: "enters sleep because of timeout"
GRACE_MS = 5000  # beyond the receiver's own limit


class SerialModem(Receiver):
    """One fix, told by an unsolicited result."""

    radio_off = "AT+CFUN=4"
    name = "#XGNSS"
    position = "#XGNSSPOS"
    start = "AT#XGNSS=1,0,0,%d"  # no assistance from nRF Cloud, one fix, the limit

    async def begin(self) -> None:
        family, link = self.family, self.link
        for values in await family.ask_fields(link, "AT%XSYSTEMMODE?"):
            if len(values) > 3 and values[2] != "1":
                # Refused while LTE is on: NoFix then says so.
                mode = (values[0], values[1], values[3])
                await family.ask(link, "AT%%XSYSTEMMODE=%s,%s,1,%s" % mode)
        await family.ask(link, "AT+CFUN=31")

    async def wait(self, timeout_ms: int) -> "Fix | None":
        def result(urc: "Urc") -> "Fix | bool | str | None":
            if urc.prefix not in (self.name, self.position):
                return None
            values = syntax.fields(urc.text)
            if len(values) == 2:
                return "" if values[1] == GAVE_UP else False
            # Of NMEA, which comes under the same name in SLM, nothing is taken.
            return self._fix(values) or False

        return await self.told(self.start % (timeout_ms // 1000), result, timeout_ms + GRACE_MS)

    def _fix(self, values: "list[str]") -> "Fix | None":
        if len(values) != 7:
            return None
        latitude, longitude, altitude, accuracy, speed, heading, time = values
        date, _, clock = time.partition(" ")
        return fix_of(
            latitude,
            longitude,
            optional(altitude),
            optional(speed),
            optional(heading, 360),
            utc_of(date.replace("-", ""), clock.replace(":", "")),
            None,
            None,
            optional(accuracy),
        )

    def ending(self) -> "list[str]":
        return ["AT%s=0" % self.name, "AT+CFUN=30"]


class Slm(SerialModem):
    """The same under its older name."""

    name = position = "#XGPS"
    start = "AT#XGPS=1,0,%d"
