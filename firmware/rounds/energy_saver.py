"""Blueprint: 1NCE's records for the Energy Saver, each interval, in the bytes of its blueprints.

With `TEMPLATE` "blueprints.status_codec": battery and signal as the modem tells them, and the
version of the software (8 bytes). With "blueprints.environment_codec": temperature, humidity and
brightness of `readings.environment`, and the battery (17 bytes). Upload the template beside the
codec in the 1NCE portal.
"""

import readings
from rounds import coap
from vitals import read_battery, status_record

STATUS = "blueprints.status_codec"
ENVIRONMENT = "blueprints.environment_codec"
BATTERY_UNKNOWN = -1


class Rounds(coap.Rounds):
    """As `rounds.coap`, of other records."""

    async def measure(self) -> None:
        """Measure what the template has, and keep the record until 1NCE OS has it."""
        station = self.station
        if station.settings.TEMPLATE == STATUS:
            record = await status_record(station.modem, readings.VERSION)
        else:
            record = dict(await readings.environment())
            percent = (await read_battery(station.modem)).percent
            record["battery_charge"] = BATTERY_UNKNOWN if percent is None else percent
        station.keep(record)
