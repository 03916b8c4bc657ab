"""Blueprint: where the device is, each interval.

By `config.POSITIONS` a fix comes from the receiver of the modem ("modem"), or is the next one of a
recorded walk ("track"), which begins again after its end and so runs anywhere, also indoors.
`config.TEMPLATE` is "blueprints.gps_codec". Without a fix, such as in a house, there is no record.
On most modems LTE is off while the receiver works.
"""

from rounds import coap

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

TRACK = "gps_track.csv"
FIX_TIMEOUT_S = 180


class Rounds(coap.Rounds):
    """As `rounds.coap`, of other records."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        super().__init__(board, settings, console, **options)
        self._number = 0  # of the next fix of the track

    async def measure(self) -> None:
        """Find a position, and keep it until 1NCE OS has it."""
        station = self.station
        if station.settings.POSITIONS == "track":
            # What is stored counts over restarts, and so does the walk.
            number = max(self._number, station.stored or 0)
            self._number = number + 1
            station.keep(fix_of_track(number))
            return
        from gps_fix import record_of
        from nce_modem.gnss import NoFix, locate

        try:
            fix = await locate(station.modem, FIX_TIMEOUT_S)
        except NoFix as error:
            station.console.say("no fix: %s" % error)
            return
        station.keep(record_of(fix))


def fix_of_track(number: int) -> "dict[str, Any]":
    """Record `number` of the track, counted from 0; after the last one the first follows."""
    from blueprints.data import data_path
    from gps_track import fixes

    while True:
        count = 0
        with open(data_path(TRACK)) as track:
            for fix in fixes(track):
                if count == number:
                    return fix
                count += 1
        if not count:
            raise ValueError("data/%s holds no fix" % TRACK)
        number %= count
