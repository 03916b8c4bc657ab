"""Sources of Sequans' commands. Its manual could not be read; drivers quote it."""

from __future__ import annotations

from nce_sim.modem.commands.sources import STANDARD_SOURCES
from nce_sim.modem.sources import inferred, seen

WALTER = "QuickSpot's Walter drivers for Arduino and MicroPython"
MONARCH2 = "the crate monarch2, which quotes the GM02S manual"
TOIT = "toitware/cellular"
WALTER_LOG = "a GM02SP's log, LR8.2.1.0-61488, in Walter's bug reports"

SOURCES = {
    **STANDARD_SOURCES,
    **seen(WALTER_LOG, "I", "+SQNSPCFG", "+SQNSRECV"),
    **seen("the comments of Pycom's LTE test script", "+SQNEDRX"),
    **seen(
        WALTER,
        "^RESET", "+SQNMODEACTIVE", "+SQNSCFG", "+SQNSCFGEXT", "+SQNSD", "+SQNSH", "+SQNSI",
        "+SQNSNVW", "+SQNSSCFG", "+SQNSSENDEXT", "+SQNSSHDN",
    ),
    **seen(TOIT, "+SQNBANDSEL", "+SQNCCID", "+SQNDNSLKUP", "+SQNIBRCFG", "+SQNIPSCFG"),
    **seen(MONARCH2, "+SQNSA", "+SQNSL", "+SQNSS"),
    # Others have the command with its host; the rest of its form, and its answer, are inferred.
    **inferred("as other makers' pings", "+PING"),
}  # fmt: skip
