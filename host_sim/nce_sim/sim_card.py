"""SIM cards with consistent numbers.

The last eight digits of the 19-digit ICCID, the IMSI and the MSISDN of a 1NCE SIM are the same;
services speak of the 19 digits, a modem reads 20: the same with a Luhn check digit behind.

    sim = SimCard.numbered(4086910)
    sim.iccid, sim.imsi, sim.iccid_with_luhn

`repr`, logs and the timeline show `sim.masked` only; numbers are printed where they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ICCID_PREFIX = "89882280666"
IMSI_PREFIX = "9014051"
MSISDN_PREFIX = "8822851"


def luhn_digit(digits: str) -> str:
    """The check digit that follows `digits` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def masked(number: str) -> str:
    """A subscriber number as it may be logged: six digits, stars, four digits."""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


@dataclass(eq=False, slots=True)
class SimCard:
    """One SIM: its numbers, and whether the customer lets it in. It has no PIN."""

    iccid: str = field(repr=False)
    imsi: str = field(repr=False)
    msisdn: str = field(repr=False)
    is_enabled: bool = True

    def __post_init__(self) -> None:
        for name, length in (("iccid", 19), ("imsi", 15), ("msisdn", 15)):
            number = getattr(self, name)
            if len(number) != length or not number.isdecimal():
                raise ValueError(
                    f"{name} has {len(number)} characters, not {length} digits; "
                    "the check digit of an ICCID is not part of it"
                )

    @classmethod
    def numbered(cls, serial: int) -> SimCard:
        """The SIM whose numbers end in `serial`, 0..99999999."""
        if not 0 <= serial <= 99_999_999:
            raise ValueError(f"serial {serial} does not fit the eight digits the numbers share")
        tail = f"{serial:08d}"
        return cls(ICCID_PREFIX + tail, IMSI_PREFIX + tail, MSISDN_PREFIX + tail)

    @property
    def iccid_with_luhn(self) -> str:
        """The 20 digits a modem reads from the card."""
        return self.iccid + luhn_digit(self.iccid)

    @property
    def masked(self) -> str:
        """The ICCID as it may be logged."""
        return masked(self.iccid)

    def __str__(self) -> str:
        return f"SIM {self.masked}"
