"""Finds family and model by asking the modem: ATI, CGMI, CGMM, CGMR.

modem = await Modem.detect(board)
modem.family.name, modem.model
"""

import nce_modem
from nce_modem.at.dialect import Dialect
from nce_modem.errors import CommandFailed, CommandTimeout, ModemReset, UsageError
from nce_modem.families.family import Family
from nce_modem.registration import SHAPES

TRIES = 3  # a restart or an unanswered command begins it again

# Boot banners of all families: which one it is, is not known yet.
BOOT = ("RDY", "POWERED DOWN", "NORMAL POWER DOWN", "Ready", "+SYSSTART", "+SHUTDOWN")

# What one of the answers holds, in capitals -> the family. The first that fits.
MODELS = (
    ("BG95", "BG95"),
    ("BG96", "BG96"),
    ("BG77", "BG77"),
    ("SIM7080", "SIM7080"),
    ("SIM7070", "SIM7070"),
    ("SIM7090", "SIM7090"),
    ("SIM7000", "SIM7000"),
    ("SARA-R410", "SARA_R410"),
    ("SARA-R412", "SARA_R412"),
    ("SARA-R422", "SARA_R422"),
    ("SARA-R5", "SARA_R5"),
    ("NRF91", "NRF91"),
    ("GM02S", "GM02S"),
    ("SEQUANS", "GM02S"),
)


class Anyone(Family):
    """Enough of a family to ask who is there."""

    dialect = Dialect(boot=BOOT, shapes=SHAPES, guard_ms=100)
    power_pulse_ms = 1500  # SARA-R5 wants so much; none minds it when it is off
    power_off_pulse_ms = 2100  # SARA again: more than 2 s
    power_on_ms = 60_000
    boot_wait_ms = 15_000
    setup = ("?ATQ0V1E0", "?ATE0")

    async def close_stale_sockets(self, link):
        pass


ANYONE = Anyone()


def family_of(lines):
    """The family that identification lines speak of, or None."""
    text = "\n".join(lines).upper()
    for part, name in MODELS:
        if part in text:
            return getattr(nce_modem, name)
    return None


async def detect(kind, board, options):
    """What `Modem.detect` does: one modem, asked and then given its family."""
    modem = kind(board, family=options.pop("family", ANYONE), **options)
    try:
        for left in range(TRIES, 0, -1):
            try:
                await _identify(modem)
                break
            except (CommandTimeout, ModemReset):
                if left == 1:
                    raise
    except BaseException:
        await modem.close()
        raise
    return modem


async def _identify(modem):
    """Ask a modem who it is and set it up as one of its family."""
    await modem.power_on()
    lines = []
    for text in ("ATI", "AT+CGMI", "AT+CGMM", "AT+CGMR"):
        try:
            answer = await modem.family.ask(modem.link, text)
            lines.extend(answer.lines)
        except CommandFailed:
            pass  # Nordic SLM has no ATI
    family = family_of(lines)
    if family is None:
        found = "; ".join(lines) or "nothing"
        raise UsageError(
            "unknown modem; it said of itself: %s; give Modem a family= that fits" % found
        )
    modem.adopt_family(family)
    await modem.power_on()
