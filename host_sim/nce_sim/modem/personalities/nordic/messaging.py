"""Short messages of an nRF91: no memory, one client, and each message acknowledged by it.

The client is whoever sent `AT+CNMI=3,2,0,1`, or the application itself (`AT#XSMS=1`). Without one
the network keeps what comes. A client that does not acknowledge in time is unregistered, and told
so by `+CMS ERROR: 524` (D: nRF9160 AT commands, +CMT and +CDS).
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from nce_sim.modem.sms.messaging import Messaging
from nce_sim.sms.waiting import AnswerFollows, ModemMemoryFull
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.tpdu import Deliver, StatusReport, parse_downlink, shown_time

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

UNREGISTERED = "+CMS ERROR: 524"
# S, of Serial Modem's documentation: what `#XSMS` puts together.
MOST_PARTS, PARTS_LIMIT_MS = 10, 180_000
Parts = dict[int, str]


class Client(enum.Enum):
    """Who gets the messages; the modem takes one client."""

    NONE = "nobody"
    HOST = "AT+CNMI"
    APPLICATION = "AT#XSMS"


class NordicMessaging(Messaging):
    """SMS of one nRF91."""

    def __init__(self, modem: Modem) -> None:
        super().__init__(modem)
        self.restarted()

    def restarted(self) -> None:
        """The modem starts: nobody is registered."""
        self.client = Client.NONE
        self.is_full = False  # the host refused one and has not sent AT%XSMMA
        self._pushed = 0
        self._unacknowledged: int | None = None
        self._parts: dict[tuple[str, int], tuple[int, Parts]] = {}

    @property
    def is_unacknowledged(self) -> bool:
        """Whether `AT+CNMA` is expected."""
        return self._unacknowledged is not None

    def register(self, client: Client) -> None:
        """The messages are this client's from now on."""
        self.client = client
        self.place_freed()

    def unregister(self) -> None:
        """Nobody takes messages; one that was not acknowledged stays with the network."""
        self.client = Client.NONE
        self._answer(is_taken=False)

    def acknowledge(self, *, is_taken: bool) -> None:
        """`AT+CNMA`; a message that was not taken waits for `AT%XSMMA`."""
        self.is_full = not is_taken
        self._answer(is_taken=is_taken)

    def memory_available(self) -> None:
        """`AT%XSMMA`."""
        self.is_full = False
        self.place_freed()

    def receive(self, tpdu: bytes) -> None:
        """Push what comes to the client; ModemMemoryFull when nobody takes it now."""
        modem = self._modem
        modem.power_saving.activity()
        try:
            message = parse_downlink(tpdu)
        except TpduMistake as mistake:
            modem.note("sms_ignored", reason=str(mistake))
            return
        if self.client is Client.NONE or self.is_full:
            raise ModemMemoryFull("no client takes messages")
        if self.client is Client.APPLICATION:
            self._tell(message)
            return
        if isinstance(message, StatusReport):
            modem.urc(f"+CDS: {len(tpdu)}\r\n{self.with_smsc(tpdu)}")
        else:
            number = message.originator.text
            modem.urc(f'+CMT: "{number}",{len(tpdu)}\r\n{self.with_smsc(tpdu)}')
        self._pushed += 1
        pushed = self._unacknowledged = self._pushed
        modem.later(modem.settings.nordic_cnma_limit_ms, lambda: self._out_of_time(pushed))
        raise AnswerFollows("AT+CNMA")

    def _out_of_time(self, pushed: int) -> None:
        if self._unacknowledged == pushed:
            self._modem.mistake("a message was not acknowledged by AT+CNMA")
            self.unregister()
            self._modem.urc(UNREGISTERED)

    def _answer(self, *, is_taken: bool) -> None:
        pending, self._unacknowledged = self._unacknowledged, None
        if pending is not None and self._modem.sim is not None:
            self._modem.operator.sms.acknowledge(self._modem.sim, is_taken=is_taken)

    # -- AT#XSMS ---------------------------------------------------------------------------

    def _tell(self, message: Deliver | StatusReport) -> None:
        """`#XSMS: "time","from","text"`; status reports are not told."""
        if isinstance(message, StatusReport):
            self._modem.note("sms_report_ignored", reference=message.reference)
            return
        text = self._whole_text(message)
        if text is None:
            return
        stamp = shown_time(message.timestamp)
        day, time, quarters = stamp[:8].replace("/", "-"), stamp[9:17], int(stamp[17:])
        sign, quarters = "-" if quarters < 0 else "+", abs(quarters)
        zone = f"UTC{sign}{quarters // 4:02d}:{quarters % 4 * 15:02d}"
        shown = text.encode("latin-1", "replace").decode("latin-1")
        self._modem.urc(f'#XSMS: "{day} {time} {zone}","{message.originator.text}","{shown}"')

    def _whole_text(self, message: Deliver) -> str | None:
        """The text, with that of the parts before it; None while some are missing."""
        part = message.user_data.part
        if part is None:
            return message.user_data.text
        identifier, total, number = part
        if total > MOST_PARTS:
            self._modem.note("sms_ignored", reason=f"a message of {total} parts")
            return None
        key, now_ms = (message.originator.text, identifier), self._modem.clock.now_ms()
        began_ms, texts = self._parts.get(key, (now_ms, {}))
        if now_ms - began_ms > PARTS_LIMIT_MS:
            began_ms, texts = now_ms, {}
        texts[number] = message.user_data.text
        self._parts[key] = began_ms, texts
        if len(texts) < total:
            return None
        del self._parts[key]
        return "".join(texts[i] for i in sorted(texts))


def messaging_of(modem: Modem) -> NordicMessaging:
    """The modem's messages."""
    messaging = modem.messaging
    assert isinstance(messaging, NordicMessaging)
    return messaging
