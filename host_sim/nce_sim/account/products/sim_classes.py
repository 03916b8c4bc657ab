"""The classes of SIMs and their physical attributes (service description, 2.2.1).

CARD_BUSINESS.forms            # ("2FF", "3FF", "4FF")
CHINA_PLUS.second_imsi         # it has another IMSI in China
"""

from __future__ import annotations

from typing import NamedTuple


class SecondImsi(NamedTuple):
    """The other IMSI of a multi-IMSI card: its first digits, and where it is used."""

    prefix: str
    mcc: str
    network: str


class SimClass(NamedTuple):
    """One class; temperatures in degrees Celsius."""

    name: str
    forms: tuple[str, ...]
    temperature: tuple[int, int]
    is_standard: bool  # others are "available on request"
    second_imsi: SecondImsi | None = None
    is_euicc: bool = False


_CARD, _CHIP = ("2FF", "3FF", "4FF"), ("MFF2", "QFN8")
_OFFICE, _INDUSTRY = (-25, 85), (-40, 105)

CARD_BUSINESS = SimClass("IoT SIM Card Business", _CARD, _OFFICE, True)
CARD_INDUSTRIAL = SimClass("IoT SIM Card Industrial", ("2FF",), _INDUSTRY, False)
CHIP_INDUSTRIAL = SimClass("IoT SIM Chip Industrial", _CHIP, _INDUSTRY, True)
# [D] multi-IMSI, NB-IoT in China, Hong Kong, Macao and Taiwan; [U] the digits after 454
CHINA_PLUS = SimClass(
    "IoT SIM Card Business China+",
    _CARD,
    _OFFICE,
    False,
    SecondImsi("4540051", "454", "a Hong Kong profile"),
)
UNBRANDED = SimClass("IoT SIM Card Business Unbranded", _CARD, _OFFICE, False)
# [D] GSMA SGP.01 and SGP.02: it switches profiles from afar. [D] 724-68 is the IMSI of 1NCE's
# Brazilian multi-IMSI SIM; [U] that the second profile of an eUICC is that one.
EUICC = SimClass(
    "IoT SIM Chip Industrial eUICC",
    _CHIP,
    _INDUSTRY,
    False,
    SecondImsi("7246851", "724", "a Brazilian profile"),
    is_euicc=True,
)
SIM_CLASSES = (CARD_BUSINESS, CARD_INDUSTRIAL, CHIP_INDUSTRIAL, CHINA_PLUS, UNBRANDED, EUICC)
# [D] the same for every class: operating voltage, years of data retention, read and write cycles.
VOLTAGE, RETENTION_YEARS, CYCLES = "1.8 - 5 V, +-10 %", 10, 500_000
