"""The short messages in a modem's storage: listed, read, deleted (TS 27.005, 3.4, 3.5).

A restart of the modem loses the settings; they are made again before the next use.
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.at.parameter import quoted
from nce_modem.errors import CommandFailed
from nce_modem.sms import concatenation, text_mode, tpdu
from nce_modem.sms.errors import BadPdu, refused

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Answer, Any, Listed, Message, Modem, Part, Report, Stored, Texts


LIST_MS = 20_000
MAX_BYTES = 1024  # of a part, which is far more than 160 characters of UTF-8 take
MAX_WAITING = 16  # announced places that are not read, read messages that are not handed out

# Announces new messages at once, and reports: as they are, by their place (SIMCom refuses the
# first form), not at all (3.4.1).
NOTIFY = ("AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1,0,2,0", "AT+CNMI=2,1,0,0,0")


class Storage:
    """The message storage of one modem; `Sms` explains the options."""

    def __init__(self, modem: "Modem", storage: "str | None", is_text: bool) -> None:
        self.modem = modem
        self.storage = storage
        self.is_text = is_text
        self.lost = 0  # messages that arrived too fast to be read, or could not be read
        self._unreadable: "list[int]" = []  # their places
        self._lock = asyncio.Lock()
        self._generation: "int | None" = None

    # Settings.

    async def _prepare(self) -> None:
        modem = self.modem
        if not modem.is_ready:
            await modem.power_on()
        if self._generation == modem.generation:
            return
        family, link = modem.family, modem.link
        generation = modem.generation
        await family.ask(link, "AT+CMGF=%d" % self.is_text)
        if self.is_text:
            await family.ask_fields(link, "AT+CSDH=1")
            link.channel.hides_unknown = True  # a message that lost its header is plain text
        if self.storage:
            await self._select(self.storage)
        for text in NOTIFY:
            try:
                await family.ask(link, text)
                break
            except CommandFailed as error:
                if text is NOTIFY[-1]:
                    raise refused(
                        error,
                        "the modem cannot announce new messages",
                        (),
                        link.channel.transcript,
                    )
        self._generation = generation

    async def _select(self, storage: str) -> None:
        name = quoted(storage, "storage", 2)  # TS 27.005, 3.1
        text = "AT+CPMS=%s,%s,%s" % (name, name, name)
        try:
            await self.modem.family.ask(self.modem.link, text)
        except CommandFailed as error:
            raise refused(error, "storage %s" % storage, (), self.modem.link.channel.transcript)

    async def capacity(self) -> "tuple[int, int]":
        """`(used, total)` places of the storage that is read."""
        async with self._lock:
            await self._prepare()
            return await self._capacity()

    async def _capacity(self) -> "tuple[int, int]":
        for values in await self.modem.family.ask_fields(self.modem.link, "AT+CPMS?"):
            if len(values) >= 3:
                return syntax.number(values[1]) or 0, syntax.number(values[2]) or 0
        return 0, 0

    # Its messages.

    async def list(self) -> "Listed":
        """The messages in the storage, long ones put together; `missing` counts absent parts.

        A message that cannot be read is left out and counted in `lost`; `capacity` shows it.
        """
        async with self._lock:
            await self._prepare()
            stored = await self._stored()
            # The size of the storage bounds the list.
            parts = concatenation.Reassembly(
                len(stored), len(stored) * MAX_BYTES, concatenation.MAX_PARTS
            )
            messages: "Listed" = []
            for index, part in stored:
                message: "Any" = part
                if isinstance(part, tpdu.Part):
                    message = parts.add(part, index)
                if message is not None:
                    messages.append(message)
            return messages + parts.rest()

    async def _stored(self) -> "Stored":
        """`[(index, Part or Report)]` of the whole storage."""
        text = 'AT+CMGL="ALL"' if self.is_text else "AT+CMGL=4"
        answer = await self._fetch(text, LIST_MS)
        found: "Stored" = []
        known, self._unreadable = self._unreadable, []
        for header, body in group(answer.lines, "+CMGL"):
            head, _, rest = header.partition(",")
            index = syntax.number(head)
            if index is None:
                continue  # a broken line: the message stays for the next look
            part = self._read(rest, body)
            if part is not None:
                found.append((index, part))
            else:
                self._unreadable.append(index)
                self.lost -= index in known  # it was counted the last time
        return found

    async def read(self, index: int) -> "Message | Report | None":
        """The `Message` or `Report` at one place; a part of a long message stays a part."""
        async with self._lock:
            await self._prepare()
            part = await self._part_at(index)
            if isinstance(part, tpdu.Part):
                return concatenation.whole([(part, index)])
            return part

    async def _part_at(self, index: int) -> "Part | Report | None":
        answer = await self._fetch("AT+CMGR=%d" % index, LIST_MS)
        for header, body in group(answer.lines, "+CMGR"):
            return self._read(header, body)
        return None

    async def _fetch(self, text: str, timeout_ms: int) -> "Answer":
        # In PDU mode a line of hexadecimal digits is a body: it cannot be mistaken for a result.
        accepts = _is_any if self.is_text else text_mode.is_hexadecimal
        try:
            return await self.modem.family.ask(
                self.modem.link, text, timeout_ms=timeout_ms, accepts=accepts
            )
        except CommandFailed as error:
            raise refused(error, text.partition("=")[0], (), self.modem.link.channel.transcript)

    def _read(self, header: str, body: "Texts") -> "Part | Report | None":
        """A Part or Report; None when it cannot be read, which is counted."""
        try:
            if self.is_text:
                return _text_part(header, body)
            return tpdu.parse(bytes.fromhex("".join(body)))
        except (BadPdu, ValueError):
            self.lost += 1
            return None

    async def delete(self, message: "Message | int") -> None:
        """Delete a `Message` with all its parts, or the place of that number."""
        indexes = (message,) if isinstance(message, int) else message.indexes
        async with self._lock:
            await self._prepare()
            for index in indexes:
                await self._delete(index)

    async def _delete(self, index: int) -> None:
        try:
            await self.modem.family.ask(self.modem.link, "AT+CMGD=%d" % index)
        except CommandFailed as error:
            transcript = self.modem.link.channel.transcript
            raise refused(error, "place %d was not deleted" % index, (), transcript)


def _is_any(line: str) -> bool:
    return True


def group(lines: "list[str]", prefix: str) -> "list[tuple[str, list[str]]]":
    """`[(header text, [body lines])]` of the lines of an answer."""
    found: "list[tuple[str, list[str]]]" = []
    for line in lines:
        head, text = syntax.split_prefix(line)
        if head == prefix:
            found.append((text, []))
        elif found:
            found[-1][1].append(line)
    return found


def _text_part(header: str, body: "list[str]") -> "Part":
    values = text_mode.read_header(header)
    coding = values.alphabet
    is_ucs2 = coding is not None and tpdu.alphabet_of(coding) == tpdu.UCS2
    text = text_mode.decode("\n".join(body), is_ucs2 or _looks_like_ucs2(body))
    number = text_mode.decode_number(values.number)
    alphabet = tpdu.SEPTETS if coding is None else tpdu.alphabet_of(coding)
    return tpdu.Part(number, values.at, alphabet, text, None, None, 1, 1, values.is_outgoing)


def _looks_like_ucs2(body: "list[str]") -> bool:
    """Without AT+CSDH=1 nothing says so: Latin text in UCS2 has a zero before each letter."""
    text = body[0] if len(body) == 1 else ""
    return len(text) >= 8 and text[:2] in ("00", "04", "03") and text[4:6] == text[:2]
