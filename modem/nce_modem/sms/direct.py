"""Short messages of a modem without a store: Nordic's nRF91, in its two dialects.

nRF91 AT commands reference, 4 (SMS): one client at a time, PDU mode alone; each message comes as
+CMT or +CDS and is lost to the client that does not answer AT+CNMA at once. The Serial Modem
application is such a client itself, and offers #XSMS. Loaded when `Sms` meets a Nordic modem.
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.at.command import Command
from nce_modem.at.parameter import quoted
from nce_modem.errors import ModemError, UsageError
from nce_modem.network_time import parse as parse_time
from nce_modem.progress import Noticed
from nce_modem.sms import concatenation, tpdu

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Inbox, Part, Urc

MOST_WAITING = 16  # messages that nobody has taken
NO_STORE = "this modem keeps no short messages; receive() hands them out as they come"
# SMS-DELIVER-REPORT for RP-ERROR with TP-FCS 0xD3, memory capacity exceeded (TS 23.040, 9.2.2.1a
# and 9.2.3.22): the network keeps the message.
FULL_REPORT = b"00D300"
MEMORY_AVAILABLE = "AT%XSMMA"
MOST_TEXT = 1530  # ten parts of 153 septets: what #XSMS puts together


class AttachedCommand(Command):
    """`AT+CMGS=<length><CR><PDU><Ctrl-Z>` in one piece: this modem gives no prompt for a PDU."""

    def __init__(self, text: str, pdu: bytes, timeout_ms: int) -> None:
        Command.__init__(
            self,
            text,
            timeout_ms=timeout_ms,
            terminator=b"\r" + pdu + b"\x1a",
            is_idempotent=False,
        )


class PduPath:
    """SLM: +CNMI makes the host the client; PDUs both ways, with status reports."""

    has_pdus = True

    def __init__(self, inbox: "Inbox") -> None:
        self._inbox = inbox
        self._modem = inbox.modem
        self._is_full = False
        self._answering: "list[asyncio.Task[None]]" = []

    async def register(self) -> None:
        """Become the client; an earlier run of the host may still be it."""
        ask = self._modem.family.ask_fields
        await ask(self._modem.link, "AT+CNMI=0,0,0,0")
        await self._modem.family.ask(self._modem.link, "AT+CNMI=3,2,0,1")

    async def is_registered(self) -> bool:
        """Whether the modem still knows its client: SLM drops the line about its end."""
        found = await self._modem.family.ask_fields(self._modem.link, "AT+CNMI?")
        return bool(found) and found[-1][:2] == ["3", "2"]

    def take(self, urc: "Urc") -> "Part | tpdu.Report | None":
        """Read a message and answer for it, whatever it holds; run by the reader."""
        if urc.payload is None:
            return None
        if self._inbox.waiting >= MOST_WAITING:
            self._is_full = True
            self._answer(
                AttachedCommand("AT+CNMA=2,%d" % (len(FULL_REPORT) // 2), FULL_REPORT, 5000)
            )
            return None
        self._answer(Command("AT+CNMA=1"))
        return self._inbox.read_pdu(syntax.to_text(urc.payload).strip())

    def _answer(self, command: Command) -> None:
        self._answering = [task for task in self._answering if not task.done()]
        self._answering.append(asyncio.create_task(self._run(command)))

    async def _run(self, command: Command) -> None:
        try:
            await self._modem.link.run(command)
        except ModemError as error:
            # The network delivers it again; the modem may say 524, which registers again.
            self._modem.tell(Noticed("a short message was not acknowledged: %s" % error.args[0]))

    async def make_room(self) -> None:
        """Tell the network that there is room again, after it was told that there is none."""
        if self._is_full and self._inbox.waiting < MOST_WAITING:
            self._is_full = False
            await self._modem.family.ask_fields(self._modem.link, MEMORY_AVAILABLE)

    def command(self, text: str, pdu: bytes, timeout_ms: int) -> Command:
        """The command that sends a PDU in hexadecimal digits."""
        return AttachedCommand(text, pdu, timeout_ms)


class TextPath(PduPath):
    """Serial Modem: #XSMS reads, acknowledges and joins; text of the GSM alphabet alone."""

    has_pdus = False

    async def register(self) -> None:
        await self._modem.family.ask_fields(self._modem.link, "AT#XSMS=0")
        await self._modem.family.ask(self._modem.link, "AT#XSMS=1")

    async def is_registered(self) -> bool:
        return True

    def take(self, urc: "Urc") -> "Part | tpdu.Report | None":
        return read_notice(urc.text) if urc.prefix == "#XSMS" else None

    def command(self, text: str, pdu: bytes, timeout_ms: int) -> Command:
        return Command(text, timeout_ms=timeout_ms, is_idempotent=False)

    def text(self, number: str, content: "str | bytes | bytearray", report: bool) -> str:
        """The command that sends a text; raises `UsageError` for what it cannot say."""
        if report or not isinstance(content, str):
            raise UsageError("Serial Modem sends texts alone, and has no status reports")
        alphabet, units = concatenation.plan(content)
        if alphabet != tpdu.SEPTETS or len(units) > MOST_TEXT:
            raise UsageError("Serial Modem sends up to %d letters of the GSM alphabet" % MOST_TEXT)
        return "AT#XSMS=2,%s,%s" % (number, quoted(content, "text", MOST_TEXT))


def read_notice(text: str) -> "Part | None":
    """The message of `"<yy-MM-dd hh:mm:ss UTC+hh:mm>","<number>","<text>"`, or None.

    The text may hold quotes and commas; the time of a long message has no zone.
    """
    parts = text.split('","', 2)
    if len(parts) < 3 or text[:1] != '"':
        return None
    clock, _, zone = parts[0][1:].partition(" UTC")
    day, _, moment = clock.partition(" ")
    quarters = 0
    hours, _, minutes = zone[1:].partition(":")
    if hours.isdigit() and minutes.isdigit():
        quarters = int(hours) * 4 + int(minutes) // 15
    stamp = "%s,%s%s%02d" % (day.replace("-", "/"), moment, zone[:1] or "+", quarters)
    body = parts[2]
    if body[-1:] == '"':
        body = body[:-1]
    return tpdu.Part(parts[1], parse_time(stamp), tpdu.SEPTETS, body, None, None, 1, 1, False)
