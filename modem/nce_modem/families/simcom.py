"""The common part of SIMCom's two socket command sets.

SIMCom SIM7000 and SIM7070_SIM7080_SIM7090 AT manuals.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import host, resolved
from nce_modem.errors import OpenFailed
from nce_modem.families.family import DEFAULTS, Family, changed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Link, Profile, Urc


PROFILE: "Profile" = changed(
    DEFAULTS,
    power_pulse_ms=1100,
    power_off_pulse_ms=1400,
    power_on_ms=60_000,  # a modem that hangs needs the key twice: off, then on
    signal_command="AT+CPSI?",
    sleep_command="AT+CPSMSTATUS=1",
    radio="simcom",
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        "?AT+CPSMS=0",
        "AT+CEREG=2",
        "?AT+CGREG=2",
        "?AT+CREG=2",
        "?AT+CLTS=1",  # network time in +CCLK; there is no CTZU
    ),
)


class Simcom(Family):
    """Resolving names, which both command sets do alike."""

    def name_query(self, name: str) -> str:
        return "AT+CDNSGIP=" + name

    async def resolve(self, link: "Link", name: str) -> str:
        def address(urc: "Urc") -> "str | int | None":
            values = syntax.fields(urc.text)
            if urc.prefix != "+CDNSGIP" or len(values) < 2:
                return None
            return values[2] if values[0] == "1" and len(values) > 2 else syntax.number(values[1])

        command = self.command(self.name_query(host(name)))
        found: "str | int" = await link.run_until(command, address, 60_000)
        if isinstance(found, int):
            raise OpenFailed("%s was not resolved: code %d" % (name, found), found)
        return resolved(name, found)
