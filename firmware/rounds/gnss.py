"""Blueprint: where the device is, each interval, by the receiver of its modem.

`config.TEMPLATE` is "blueprints.gps_codec" for it. Without a fix, such as indoors, there is no
record. On most modems LTE is off while the receiver works.
"""

from gps_fix import record_of
from nce_modem.gnss import NoFix, locate
from rounds import coap

FIX_TIMEOUT_S = 180


class Rounds(coap.Rounds):
    """As `rounds.coap`, of other records."""

    async def measure(self) -> None:
        """Look for satellites, and keep the fix until 1NCE OS has it."""
        try:
            fix = await locate(self.station.modem, FIX_TIMEOUT_S)
        except NoFix as error:
            self.station.console.say("no fix: %s" % error)
            return
        self.station.keep(record_of(fix))
