"""Short messages sent, listed, deleted and received (TS 27.005, 3.4 and 3.5; PDU mode).

    sms = Sms(modem)
    references = await sms.send("+882285100", "hello", report=True)
    for message in await sms.list(): await sms.delete(message)
    received = await sms.receive(timeout_ms=60_000)     # Message, Report, or None in time

`receive` deletes each message from the modem before it returns the message; `keeps=True` leaves it
there. A storage that is full of other messages raises an error.
"""

from nce_modem.at import syntax
from nce_modem.at.parameter import quoted
from nce_modem.errors import CommandFailed, UsageError
from nce_modem.sms import concatenation, gsm7, text_mode, tpdu
from nce_modem.sms.errors import SmsTooLong, refused
from nce_modem.sms.inbox import Inbox

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, Sequence


SEND_MS = 120_000  # TS 27.005 gives no limit; modems take up to two minutes (bk)


def telephone(number: str) -> str:
    """A telephone number between quotes: 1 to 20 digits, `*` and `#`, `+` in front or not.

    Raises `UsageError`, which leaves the number out.
    """
    digits = number[number[:1] == "+" :] if isinstance(number, str) else ""
    if not 0 < len(digits) <= 20 or digits.strip("0123456789*#"):
        raise UsageError(
            "not a telephone number; write 1 to 20 digits as text, +49... for another country"
        )
    return quoted(number, "number")


class Sms(Inbox):
    """The short messages of one modem, which must be registered to send and receive.

    `storage` ("ME", "SM", ...) is set when given. `is_text` uses text mode: no parts, no bytes.
    A message that misses parts `unfinished_h` hours after its first one came is given up, counted
    in `lost`, and its parts are deleted; sooner when the storage is nearly full, the oldest
    first, and at once when it has more than `concatenation.MAX_UNFINISHED_PARTS`.
    """

    def __init__(
        self,
        modem: "Modem",
        storage: "str | None" = None,
        keeps: bool = False,
        is_text: bool = False,
        unfinished_h: int = 24,
    ) -> None:
        Inbox.__init__(self, modem, storage, keeps, is_text, unfinished_h)
        self._reference: "int | None" = None

    async def send(
        self,
        number: str,
        content: "str | bytes | bytearray",
        report: bool = False,
        validity_h: int = 24,
    ) -> "list[int | None]":
        """Send a text (in parts when it is long) or bytes; the references of its parts.

        `report` asks for a status report: a `Report` with the reference comes by `receive`.
        Raises `SmsRefused`; `CommandTimeout` (the message may have left); `SmsTooLong`;
        `UsageError` for a number that cannot be dialled.
        """
        telephone(number)
        async with self._lock:
            await self._prepare()
            if self.is_text:
                return await self._send_text(number, content)
            if self._path is not None and not self._path.has_pdus:
                await self._submit(self._path.text(telephone(number), content, report), b"", ())
                return [None]
            references: "list[int | None]" = []
            alphabet, units = concatenation.plan(content)
            for header, piece in concatenation.split(alphabet, units, self._next_reference()):
                body = tpdu.submit(number, alphabet, piece, header, report, validity_h)
                payload = ("00" + body.hex().upper()).encode()
                references.append(
                    await self._submit("AT+CMGS=%d" % len(body), payload, references)
                )
            return references

    def _next_reference(self) -> int:
        if self._reference is None:
            self._reference = self.modem.now_ms()  # differs from that of an earlier run
        self._reference = (self._reference + 1) & 0xFF
        return self._reference

    async def _submit(
        self, text: str, payload: bytes, references: "Sequence[int | None]"
    ) -> "int | None":
        link = self.modem.link
        if self._path is None:
            command = self.modem.family.command(
                text,
                timeout_ms=SEND_MS,
                payload=payload,
                terminator=b"\x1a",
                is_idempotent=False,
            )
        else:
            command = self._path.command(text, payload, SEND_MS)
        try:
            answer = await link.run(command)
        except CommandFailed as error:
            what = "part %d of a message was refused" % (len(references) + 1)
            raise refused(error, what, tuple(references), link.channel.transcript)
        for line in answer.lines:
            reference = syntax.number(syntax.fields(syntax.split_prefix(line)[1])[0])
            if reference is not None:
                return reference
        return None

    async def _send_text(
        self, number: str, content: "str | bytes | bytearray"
    ) -> "list[int | None]":
        if not isinstance(content, str):
            raise UsageError("bytes need PDU mode; leave is_text out")
        alphabet, units = concatenation.plan(content)
        # The codes of SUB and ESC would end or cancel the input.
        if alphabet == tpdu.SEPTETS and (0x1A in units or gsm7.ESCAPE in units):
            alphabet, units = tpdu.UCS2, text_mode.ucs2.encode(content)  # type: ignore[attr-defined]
        is_ucs2 = alphabet == tpdu.UCS2
        if len(units) > (tpdu.MAX_USER_DATA if is_ucs2 else tpdu.MAX_SEPTETS):
            raise SmsTooLong("text mode sends only one part; leave is_text out for long texts")
        family, link = self.modem.family, self.modem.link
        await family.ask(link, 'AT+CSCS="UCS2"' if is_ucs2 else 'AT+CSCS="GSM"')
        await family.ask(link, "AT+CSMP=17,167,0,%d" % alphabet)
        address = telephone(number)
        if is_ucs2:
            address = quoted(text_mode.ucs2.encode(number).hex().upper(), "number")  # type: ignore[attr-defined]
            units = units.hex().upper().encode()
        return [await self._submit("AT+CMGS=" + address, units, ())]
