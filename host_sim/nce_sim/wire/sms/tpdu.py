"""Short messages as they travel: SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT (3GPP TS 23.040, 9.2).

    submit = Submit(PhoneNumber("+49123"), UserData.of_text("Hello"))
    Submit.parse(submit.encode()).user_data.text
    Deliver(PhoneNumber("1NCE", ALPHANUMERIC), user_data, timestamp(now)).encode()
    parse_downlink(octets)                     # a Deliver or a StatusReport

These are TPDUs: the service centre's address in front of AT+CMGS's PDU is not part of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nce_sim.wire.sms.address import PhoneNumber, digits_of, parse_number, semi_octets
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.user_data import MOST_OCTETS, UserData

# TP-MTI (9.2.3.1): 0 and 2 come down to a device, 1 goes up.
DELIVER, SUBMIT, STATUS_REPORT = 0, 1, 2
_TYPE_BITS = 3
NO_MORE_MESSAGES = 0x04
STATUS_REPORT_REQUESTED = 0x20
HAS_HEADER = 0x40
RELATIVE_VALIDITY = 0x10
_VALIDITY_BITS = 0x18
# TP-VPF (9.2.3.3): none, enhanced, relative, absolute.
_VALIDITY_OCTETS = (0, 7, 1, 7)
_TIMESTAMP_OCTETS = 7

# TP-Status (9.2.3.15).
RECEIVED, VALIDITY_EXPIRED, CENTRE_GAVE_UP = 0x00, 0x46, 0x63


class _Octets:
    """Octets taken from the front; TpduMistake when they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise TpduMistake(f"the TPDU ends after {len(self._data)} octets")
        taken, self._position = self._data[self._position : end], end
        return taken

    def one(self) -> int:
        return self.take(1)[0]

    def number(self) -> PhoneNumber:
        try:
            number, self._position = parse_number(self._data, self._position)
        except IndexError:
            raise TpduMistake(f"the TPDU ends after {len(self._data)} octets") from None
        return number

    def user_data(self, dcs: int, first: int) -> UserData:
        """TP-UDL and TP-UD, to the end."""
        length = self.one()
        octets = self.take(len(self._data) - self._position)
        if len(octets) > MOST_OCTETS:
            raise TpduMistake(f"{len(octets)} octets of user data, {MOST_OCTETS} fit")
        return UserData.parse(dcs, length, octets, bool(first & HAS_HEADER))


def _with_header_bit(first: int, user_data: UserData) -> int:
    return first | HAS_HEADER if user_data.header else first


@dataclass(frozen=True)
class Submit:
    """An SMS-SUBMIT (9.2.2.2); `first` is its first octet."""

    destination: PhoneNumber
    user_data: UserData
    first: int = SUBMIT | RELATIVE_VALIDITY
    pid: int = 0
    validity: bytes = b"\xa7"  # 24 hours
    reference: int = 0

    @property
    def wants_report(self) -> bool:
        """Whether the sender asks for an SMS-STATUS-REPORT."""
        return bool(self.first & STATUS_REPORT_REQUESTED)

    def encode(self) -> bytes:
        """The TPDU."""
        first = _with_header_bit(self.first, self.user_data)
        return (
            bytes([first, self.reference])
            + self.destination.encode()
            + bytes([self.pid, self.user_data.dcs])
            + (self.validity if first & _VALIDITY_BITS else b"")
            + bytes([self.user_data.length])
            + self.user_data.octets
        )

    @classmethod
    def parse(cls, tpdu: bytes) -> Submit:
        """Take an SMS-SUBMIT apart; TpduMistake when it is none."""
        octets = _Octets(tpdu)
        first = octets.one()
        if first & _TYPE_BITS != SUBMIT:
            raise TpduMistake(f"TP-MTI is {first & _TYPE_BITS}, an SMS-SUBMIT has {SUBMIT}")
        reference, destination = octets.one(), octets.number()
        pid, dcs = octets.one(), octets.one()
        validity = octets.take(_VALIDITY_OCTETS[first >> 3 & 3])
        user_data = octets.user_data(dcs, first)
        return cls(destination, user_data, first, pid, validity, reference)


@dataclass(frozen=True)
class Deliver:
    """An SMS-DELIVER (9.2.2.1); `timestamp` is TP-SCTS."""

    originator: PhoneNumber
    user_data: UserData
    timestamp: bytes = field(repr=False)
    pid: int = 0
    first: int = DELIVER | NO_MORE_MESSAGES

    def encode(self) -> bytes:
        """The TPDU."""
        return (
            bytes([_with_header_bit(self.first, self.user_data)])
            + self.originator.encode()
            + bytes([self.pid, self.user_data.dcs])
            + self.timestamp
            + bytes([self.user_data.length])
            + self.user_data.octets
        )


@dataclass(frozen=True)
class StatusReport:
    """An SMS-STATUS-REPORT (9.2.2.3) on the message sent with `reference`."""

    reference: int
    recipient: PhoneNumber
    timestamp: bytes  # TP-SCTS: when the message was submitted
    discharged: bytes  # TP-DT
    status: int
    first: int = STATUS_REPORT | NO_MORE_MESSAGES

    def encode(self) -> bytes:
        """The TPDU."""
        head = bytes([self.first, self.reference]) + self.recipient.encode()
        return head + self.timestamp + self.discharged + bytes([self.status])


def parse_downlink(tpdu: bytes) -> Deliver | StatusReport:
    """Take apart what comes to a device; TpduMistake when it is neither of the two."""
    octets = _Octets(tpdu)
    first = octets.one()
    if first & _TYPE_BITS == STATUS_REPORT:
        reference, recipient = octets.one(), octets.number()
        submitted, done = octets.take(_TIMESTAMP_OCTETS), octets.take(_TIMESTAMP_OCTETS)
        return StatusReport(reference, recipient, submitted, done, octets.one(), first)
    if first & _TYPE_BITS != DELIVER:
        raise TpduMistake(f"TP-MTI is {first & _TYPE_BITS}, which no message to a device has")
    originator, pid, dcs = octets.number(), octets.one(), octets.one()
    sent = octets.take(_TIMESTAMP_OCTETS)
    return Deliver(originator, octets.user_data(dcs, first), sent, pid, first)


def timestamp(at: datetime) -> bytes:
    """TP-SCTS: swapped digits of a UTC time and a zone of 0 (9.2.3.11)."""
    return semi_octets(at.strftime("%y%m%d%H%M%S") + "00")


def shown_time(stamp: bytes) -> str:
    """TP-SCTS as text mode shows it, `26/01/01,12:00:00+04`: the zone in quarters of an hour."""
    year, month, day, hour, minute, second = (digits_of(bytes([octet])) for octet in stamp[:6])
    zone = stamp[6]
    quarters = (zone & 0x07) * 10 + (zone >> 4)
    sign = "-" if zone & 0x08 else "+"
    return f"{year}/{month}/{day},{hour}:{minute}:{second}{sign}{quarters:02d}"
