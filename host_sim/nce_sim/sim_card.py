"""SIM cards with consistent numbers.

The last eight digits of the 19-digit ICCID, the IMSI and the MSISDN of a 1NCE SIM are the same.
Services use the 19 digits; a modem reads 20, the same ones and a Luhn check digit.

    sim = SimCard.numbered(4086910)
    sim.iccid, sim.imsi, sim.iccid_with_luhn
    sim.lock = PinLock("1234", puk="12345678")      # 1NCE's SIMs have none
    sim.forbid_plmn("26202")                        # a modem writes it after EMM cause 11

`repr`, logs and the timeline show `sim.masked` only.
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass, field

ICCID_PREFIX = "89882280666"
IMSI_PREFIX = "9014051"
MSISDN_PREFIX = "8822851"


@functools.lru_cache(maxsize=1 << 16)  # lists of SIMs ask for the same ones again and again
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


class PinState(enum.Enum):
    """The code that a card asks for, as AT+CPIN names it (3GPP TS 27.007, 8.3)."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    BLOCKED = "blocked"  # for ever: no PUK try is left either


@dataclass(eq=False, slots=True)
class PinLock:
    """PIN and PUK of a card (ETSI TS 102 221, 9.5): three tries and ten."""

    pin: str = field(repr=False)
    puk: str = field(repr=False)
    pin_tries_left: int = 3
    puk_tries_left: int = 10
    is_verified: bool = False

    @property
    def state(self) -> PinState:
        """The code that the card asks for now."""
        if self.puk_tries_left == 0:
            return PinState.BLOCKED
        if self.pin_tries_left == 0:
            return PinState.PUK
        return PinState.READY if self.is_verified else PinState.PIN

    def verify(self, pin: str) -> bool:
        """Try a PIN; a wrong one costs a try, unless none is asked for."""
        if self.state is not PinState.PIN:
            return self.state is PinState.READY and pin == self.pin
        self.is_verified = pin == self.pin
        self.pin_tries_left = 3 if self.is_verified else self.pin_tries_left - 1
        return self.is_verified

    def unblock(self, puk: str, new_pin: str) -> bool:
        """Try a PUK and set a new PIN; False counts against the card."""
        if self.state is not PinState.PUK:
            return False
        if puk != self.puk:
            self.puk_tries_left -= 1
            return False
        self.pin, self.pin_tries_left, self.puk_tries_left = new_pin, 3, 10
        self.is_verified = True
        return True

    def power_cycled(self) -> None:
        """The card lost power: it asks for its PIN again."""
        self.is_verified = False


@dataclass(eq=False, slots=True)
class SimCard:
    """One SIM: its numbers, whether the customer enabled it, and what a modem wrote on it."""

    iccid: str = field(repr=False)
    imsi: str = field(repr=False)
    msisdn: str = field(repr=False)
    is_enabled: bool = True
    lock: PinLock | None = None
    forbidden_plmns: list[str] = field(default_factory=list)
    # `imsi` is the one in use: a card with several profiles began with this one.
    first_imsi: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name, length in (("iccid", 19), ("imsi", 15), ("msisdn", 15)):
            number = getattr(self, name)
            if len(number) != length or not number.isdecimal():
                raise ValueError(
                    f"{name} has {len(number)} characters, not {length} digits; "
                    "the check digit of an ICCID is not part of it"
                )
        self.first_imsi = self.first_imsi or self.imsi

    @classmethod
    def numbered(cls, serial: int, *, msisdn_follows: bool = True) -> SimCard:
        """The SIM whose numbers end in `serial`, 0..99999999.

        [F] The MSISDN of a SIM of Platform 2.0 does not follow: it ends in other digits.
        """
        if not 0 <= serial <= 99_999_999:
            raise ValueError(f"serial {serial} does not fit the eight digits the numbers share")
        tail = f"{serial:08d}"
        # The factor has no divisor in common with 10^8: no two SIMs get the same digits.
        msisdn_tail = tail if msisdn_follows else f"{(serial * 48_271 + 12_345) % 10**8:08d}"
        return cls(ICCID_PREFIX + tail, IMSI_PREFIX + tail, MSISDN_PREFIX + msisdn_tail)

    @property
    def pin_state(self) -> PinState:
        """The code that the card asks for; READY without a lock, as for 1NCE's SIMs."""
        return self.lock.state if self.lock is not None else PinState.READY

    def forbid_plmn(self, plmn: str) -> None:
        """Remember an operator that refused; four are kept, the newest (TS 31.102, 4.2.16)."""
        if plmn not in self.forbidden_plmns:
            self.forbidden_plmns = [*self.forbidden_plmns, plmn][-4:]

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
