"""Blueprint: a record each interval as a short message, and commands by short messages.

A record is one SMS to `config.SMS_NUMBER`; 1NCE hands it to the SMS forwarder of the account,
whatever the number is. It leaves the outbox when the network took it. A SIM of 1NCE has a fixed
number of SMS (250 in the first tariff), and there is no SMS over NB-IoT: choose a long interval.

`readings.received` gets the text of each SMS whose sender `config.SMS_FROM` names, and what it
returns is sent as the next record is. All others are told and dropped. An SMS is deleted from the
modem before it is handed over: it is executed once, or not at all.
"""

import asyncio

from log_ring import printable
from nce.errors import UsageError
from nce.forward import Forwarder
from nce_modem.sms import Sms
from rounds import coap
from station import Station

if 1 - 1:  # for type checkers alone
    from console import Console
    from nce_modem.seams import Any, Board
    from settings_check import Settings

SLICE_MS = 5_000
MOST_CHARACTERS = 160  # of one SMS in the alphabet of GSM
MOST_BYTES = 140
TEXT, DATA = b"t", b"d"  # what is kept of a record begins so


class SmsDevice:
    """Takes the place of `nce.Device`: keeps records in the outbox, and sends each as an SMS."""

    def __init__(self, station: "Station") -> None:
        self.sms = Sms(station.modem)
        self._modem = station.modem
        self._number = station.settings.SMS_NUMBER
        self._forwarder: "Forwarder | None" = None
        if station.outbox is not None:
            limit = MOST_CHARACTERS + 1
            self._forwarder = Forwarder(station.outbox, None, limit, station.console.event)

    def store(self, record: "Any", priority: int = 0) -> int:
        """Keep a record; `UsageError` for one that is no SMS."""
        if self._forwarder is None:
            raise OSError("there is no outbox")
        return self._forwarder.put(payload_of(record), priority)

    async def flush(self) -> int:
        """Send what is kept; the number of messages that the network took."""
        await self._modem.attach()
        return 0 if self._forwarder is None else await self._forwarder.flush(self._send)

    async def send(self, record: "Any") -> None:
        """Send a record that is not kept."""
        await self._send(payload_of(record))

    async def _send(self, payload: bytes, *_: object) -> None:
        data = payload[1:]
        await self.sms.send(self._number, data.decode() if payload[:1] == TEXT else data)

    async def close(self) -> None:
        """There is nothing to give back."""


def payload_of(record: "Any") -> bytes:
    """What the outbox keeps of a dict (`name=value` in the order of names), a text, or bytes."""
    if isinstance(record, dict):
        record = " ".join(["%s=%s" % (name, record[name]) for name in sorted(record)])
    if isinstance(record, str) and 0 < len(record) <= MOST_CHARACTERS:
        return TEXT + printable(record, MOST_CHARACTERS).encode()
    if isinstance(record, (bytes, bytearray)) and 0 < len(record) <= MOST_BYTES:
        return DATA + bytes(record)
    raise UsageError(
        "%s is no SMS: give a dict or text of 1 to %d characters, or 1 to %d bytes"
        % (printable("%r" % (record,), 60), MOST_CHARACTERS, MOST_BYTES)
    )


class Rounds(coap.Rounds):
    """As `rounds.coap`, by short messages."""

    def __init__(
        self, board: "Board", settings: "Settings", console: "Console", **options: "Any"
    ) -> None:
        self.station = Station(board, settings, console, "sms", device_of=SmsDevice, **options)

    async def pause(self, milliseconds: int) -> bool:
        """Look for messages for a while, at most for so long; whether an answer waits."""
        station = self.station
        milliseconds = min(milliseconds, SLICE_MS)
        if station.modem.address is None:
            await asyncio.sleep(milliseconds / 1000)
            return False
        message = await station.device.sms.receive(milliseconds)  # type: ignore[attr-defined]
        text = getattr(message, "text", None)
        if message is None or text is None or message.missing:
            return False
        if message.number not in station.settings.SMS_FROM:
            station.console.say(
                "an SMS from a number that ends in %s is dropped: SMS_FROM does not name it"
                % message.number[-4:]
            )
            return False
        station.console.say("an SMS: %s" % text)
        answer = await station.hand_over(text, message.number)
        if answer is None:
            return False
        station.keep(answer)
        return True
