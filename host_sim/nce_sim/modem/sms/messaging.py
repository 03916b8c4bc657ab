"""Short messages of one modem: settings, what comes in, what is told of it.

3GPP TS 27.005, 3.4 (`+CNMI` and its results). A memory that is full keeps messages waiting at the
service centre until a place is free.

    modem.messaging.attach()                # registered: what waits may come
    modem.messaging.receive(tpdu)           # +CMTI, +CMT or +CDS, as AT+CNMI has it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.modem.sms.store import STATUS_TEXTS, UNREAD, Message, SmsStore
from nce_sim.sms.waiting import ModemMemoryFull
from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.tpdu import Deliver, StatusReport, Submit, parse_downlink, shown_time
from nce_sim.wire.sms.user_data import GSM_7_BIT, UCS2, UserData, alphabet_of

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

STORE, DIRECT = 1, 2  # <mt> and <ds> of AT+CNMI


class Messaging:
    """SMS of one modem."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        messages = modem.personality.messages
        self.store = SmsStore(messages.capacities, messages.other_names)
        self._detach: Callable[[], None] | None = None

    # -- settings --------------------------------------------------------------------------

    @property
    def is_text_mode(self) -> bool:
        """`AT+CMGF=1`."""
        return bool(self._modem.ram.sms.is_text_mode)

    @property
    def shows_details(self) -> bool:
        """`AT+CSDH=1`."""
        return bool(self._modem.ram.sms.shows_details)

    @property
    def memories(self) -> tuple[str, str, str]:
        """`AT+CPMS`: the one read from, the one written to, the one received into."""
        first = self.store.names[0]
        return self._modem.nvm.sms.memories or (first, first, first)

    @property
    def smsc(self) -> str:
        """`AT+CSCA`: the number the card came with, unless another was set."""
        return self._modem.nvm.sms.centre or self._modem.operator.sms.settings.centre_address

    @property
    def character_set(self) -> str:
        """`AT+CSCS`."""
        return self._modem.ram.sms.character_set or self._modem.nvm.sms.character_set

    def restarted(self) -> None:
        """The modem starts: what it did not keep is gone."""

    # -- the network's side ----------------------------------------------------------------

    def attach(self) -> None:
        """The modem is registered: take what waits at the service centre."""
        if self._modem.sim is not None and self._detach is None:
            centre = self._modem.operator.sms
            self._detach = centre.attach_receiver(self._modem.sim, self.receive)

    def detach(self) -> None:
        """The modem left the network."""
        detach, self._detach = self._detach, None
        if detach is not None:
            detach()

    def place_freed(self) -> None:
        """A message was deleted: the service centre may try again."""
        if self._modem.sim is not None and self._detach is not None:
            self._modem.operator.sms.memory_available(self._modem.sim)

    def receive(self, tpdu: bytes) -> None:
        """Take a TPDU; ModemMemoryFull when it had to be kept and there is no place."""
        modem = self._modem
        modem.power_saving.activity()
        try:
            message = parse_downlink(tpdu)
        except TpduMistake as mistake:
            modem.note("sms_ignored", reason=str(mistake))
            return
        told = modem.ram.sms.notifications
        if isinstance(message, StatusReport):
            if told.reports == 0:
                modem.note("sms_report_ignored", reference=message.reference)
            elif told.reports == 1:
                self._push_report(message, tpdu)
            else:
                self._keep(tpdu, "+CDSI")
        elif told.messages >= DIRECT:
            self._push(message, tpdu)
        else:
            self._keep(tpdu, "+CMTI" if told.messages == STORE else None)

    def _keep(self, tpdu: bytes, told_by: str | None) -> None:
        memory = self.memories[2]
        index = self.store.add(memory, Message(UNREAD, tpdu, self.smsc))
        if index is None:
            self._modem.note("sms_store_full", memory=memory)
            raise ModemMemoryFull(f"{memory} is full")
        self._modem.note("sms_stored", memory=memory, index=index)
        if told_by is not None:
            self._modem.urc(f'{told_by}: "{memory}",{index}')

    def _push(self, message: Deliver, tpdu: bytes) -> None:
        if self.is_text_mode:
            alpha = self._modem.personality.messages.no_alpha
            header = f"+CMT: {self.number(message.originator)},{alpha},"
            header += f'"{shown_time(message.timestamp)}"'
            if self.shows_details:
                header += f",{self._details(message)}"
            self._modem.urc(f"{header}\r\n{self.shown(message.user_data)}")
        else:
            self._modem.urc(f"+CMT: ,{len(tpdu)}\r\n{self.with_smsc(tpdu)}")

    def _push_report(self, report: StatusReport, tpdu: bytes) -> None:
        if self.is_text_mode:
            self._modem.urc(f"+CDS: {self._report_fields(report)}")
        else:
            self._modem.urc(f"+CDS: {len(tpdu)}\r\n{self.with_smsc(tpdu)}")

    # -- how messages are shown ------------------------------------------------------------

    def with_smsc(self, tpdu: bytes, smsc: str | None = None) -> str:
        """A TPDU in hexadecimal with the service centre in front."""
        number = PhoneNumber(self.smsc if smsc is None else smsc)
        return (number.encode_centre() + tpdu).hex().upper()

    def number(self, number: PhoneNumber) -> str:
        """A number in quotes, in the chosen character set."""
        return f'"{self.encoded(number.text)}"'

    def encoded(self, text: str) -> str:
        """A text as the chosen character set has it, one character for each byte sent."""
        if self.character_set == "UCS2":
            return text.encode("utf-16-be").hex().upper()
        if self.character_set == "IRA":
            return text.encode("ascii", "replace").decode()
        try:
            return gsm7.encode(text).decode("latin-1")
        except TpduMistake:
            return text.encode("utf-16-be").hex().upper()

    def decoded(self, typed: str) -> str:
        """What the host typed, under the chosen character set; TpduMistake for broken UCS2."""
        if self.character_set == "UCS2":
            try:
                return bytes.fromhex(typed).decode("utf-16-be")
            except ValueError as error:
                raise TpduMistake(f"{typed!r} is no UCS2 in hexadecimal") from error
        if self.character_set == "IRA":
            return typed
        return gsm7.decode(typed.encode("latin-1", "replace"))

    def shown(self, user_data: UserData) -> str:
        """A body as text mode shows it: text of the default alphabet, hexadecimal else."""
        if alphabet_of(user_data.dcs) == GSM_7_BIT and not user_data.header:
            return self.encoded(user_data.text)
        if self.character_set == "UCS2" and alphabet_of(user_data.dcs) == UCS2:
            return self.encoded(user_data.text)
        if alphabet_of(user_data.dcs) == GSM_7_BIT:
            return self.encoded(gsm7.decode(user_data.body))
        return user_data.body.hex().upper()

    def described(self, message: Message) -> tuple[str, str]:
        """What text mode lists of a stored message: fields and body (TS 27.005, 3.4.2)."""
        status = f'"{STATUS_TEXTS[message.status]}"'
        alpha = self._modem.personality.messages.no_alpha
        decoded = decode_stored(message)
        if isinstance(decoded, Submit):
            fields = f"{status},{self.number(decoded.destination)},{alpha},"
            if self.shows_details:
                fields += f",{self._sent_details(decoded, message.smsc)}"
            return fields, self.shown(decoded.user_data)
        if isinstance(decoded, StatusReport):
            return f"{status},{self._report_fields(decoded)}", ""
        fields = f"{status},{self.number(decoded.originator)},{alpha},"
        fields += f'"{shown_time(decoded.timestamp)}"'
        if self.shows_details:
            fields += f",{self._details(decoded)}"
        return fields, self.shown(decoded.user_data)

    def _details(self, message: Deliver) -> str:
        smsc = PhoneNumber(self.smsc)
        return (
            f"{message.originator.toa},{message.first},{message.pid},{message.user_data.dcs},"
            f"{self.number(smsc)},{smsc.toa},{message.user_data.length}"
        )

    def _sent_details(self, submit: Submit, smsc_text: str) -> str:
        smsc = PhoneNumber(smsc_text or self.smsc)
        vp = str(submit.validity[0]) if submit.validity else ""
        return (
            f"{submit.destination.toa},{submit.first},{submit.pid},{submit.user_data.dcs},{vp},"
            f"{self.number(smsc)},{smsc.toa},{submit.user_data.length}"
        )

    def _report_fields(self, report: StatusReport) -> str:
        return (
            f"{report.first},{report.reference},{self.number(report.recipient)},{report.recipient.toa},"
            f'"{shown_time(report.timestamp)}","{shown_time(report.discharged)}",{report.status}'
        )


def decode_stored(message: Message) -> Submit | Deliver | StatusReport:
    """A stored message taken apart."""
    return Submit.parse(message.tpdu) if message.status > 1 else parse_downlink(message.tpdu)
