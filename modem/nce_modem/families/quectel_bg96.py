"""Quectel BG96 and BG77, by the commands of BG95; figures marked (bk) are background knowledge.

modem = Modem(board, family=BG96)
"""

from nce_modem.families.family import UNCONNECTED
from nce_modem.families.quectel import BG95

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Quectel

BG77: "Quectel" = BG95.changed(name="Quectel BG77")
BG96 = BG95.changed(
    name="Quectel BG96",
    capabilities=(UNCONNECTED,),
    power_pulse_ms=150,
    power_on_ms=60_000,  # the pulse is too short to switch off: a hung modem needs it three times
)
