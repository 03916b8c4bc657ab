"""Short messages sent, listed, deleted and received (TS 27.005, 3.4 and 3.5; PDU mode).

    sms = Sms(modem)
    references = await sms.send("+882285100", "hello", report=True)
    for message in await sms.list(): await sms.delete(message)
    received = await sms.receive(timeout_ms=60_000)     # Message, Report, or None in time

Settings that a restart of the modem takes away are made again before the next use. What
`receive` hands out is deleted from the modem, part by part once it is whole; `keeps=True` leaves
it there. A storage that is full of the rest is an error instead of silence.
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.errors import CommandFailed, UsageError
from nce_modem.link import wait_event
from nce_modem.listening import listen
from nce_modem.sms import concatenation, gsm7, text_mode, tpdu
from nce_modem.sms.errors import (
    STORAGE_FULL,
    BadPdu,
    SmsRefused,
    SmsTooLong,
    StorageFull,
    refused,
)

SEND_MS = 120_000  # TS 27.005 leaves it open; modems allow themselves two minutes (bk)
LIST_MS = 20_000
MAX_WAITING = 16  # places heard of and not read, messages read and not handed out
LOOK_AGAIN_MS = 60_000  # at the storage, against lost unsolicited results

# New messages and reports told at once; the second where reports cannot be (3.4.1).
NOTIFY = ("AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1,0,0,0")
OWN_URCS = ("+CMTI", "+CMT", "+CDSI", "+CDS")


class Sms:
    """The short messages of one modem, which must be registered to send and receive.

    `storage` ("ME", "SM", ...) is set when given. `is_text` uses text mode: no parts, no bytes.
    """

    def __init__(self, modem, storage=None, keeps=False, is_text=False):
        self.modem = modem
        self.storage = storage
        self.keeps = keeps
        self.is_text = is_text
        self.lost = 0  # messages that came faster than they were read, or could not be read
        self._lock = asyncio.Lock()
        self._generation = None
        self._heard = asyncio.Event()
        self._indexes = []  # places in the storage that were told
        self._ready = []
        self._seen = []  # places read before, which `keeps` leaves there
        self._parts = concatenation.Reassembly()
        self._reference = None
        self._look_at_ms = 0
        rule = syntax.Payload(syntax.NEXT_LINE)
        for prefix in ("+CMT", "+CDS"):
            modem.link.channel.dialect.payloads[prefix] = rule
        listen(modem, self._take)

    # Settings.

    async def _prepare(self):
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
        if self.storage:
            await self._select(self.storage)
        for text in NOTIFY:
            try:
                await family.ask(link, text)
                break
            except CommandFailed as error:
                if text is NOTIFY[-1]:
                    raise refused(error, "no notice of new messages", (), link.channel.transcript)
        self._generation = generation
        self._look_at_ms = 0

    async def _select(self, storage):
        text = 'AT+CPMS="%s","%s","%s"' % (storage, storage, storage)
        try:
            await self.modem.family.ask(self.modem.link, text)
        except CommandFailed as error:
            raise refused(error, "storage %s" % storage, (), self.modem.link.channel.transcript)

    async def capacity(self):
        """`(used, total)` places of the storage that is read."""
        async with self._lock:
            await self._prepare()
            return await self._capacity()

    async def _capacity(self):
        for values in await self.modem.family.ask_fields(self.modem.link, "AT+CPMS?"):
            if len(values) >= 3:
                return syntax.number(values[1]) or 0, syntax.number(values[2]) or 0
        return 0, 0

    # Sending.

    async def send(self, number, content, report=False, validity_h=24):
        """Send a text (in parts when it is long) or bytes; the references of its parts.

        `report` asks for a status report: a `Report` with the reference comes by `receive`.
        Raises `SmsRefused`; `CommandTimeout` when nobody knows whether it left; `SmsTooLong`.
        """
        async with self._lock:
            await self._prepare()
            if self.is_text:
                return await self._send_text(number, content)
            references: "list[int | None]" = []
            alphabet, units = concatenation.plan(content)
            for header, piece in concatenation.split(alphabet, units, self._next_reference()):
                body = tpdu.submit(number, alphabet, piece, header, report, validity_h)
                payload = ("00" + body.hex().upper()).encode()
                references.append(
                    await self._submit("AT+CMGS=%d" % len(body), payload, references)
                )
            return references

    def _next_reference(self):
        if self._reference is None:
            self._reference = self.modem.now_ms()  # unlike that of an earlier run
        self._reference = (self._reference + 1) & 0xFF
        return self._reference

    async def _submit(self, text, payload, references):
        link = self.modem.link
        command = self.modem.family.command(
            text,
            timeout_ms=SEND_MS,
            payload=payload,
            terminator=b"\x1a",
            is_idempotent=False,
        )
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

    async def _send_text(self, number, content):
        if not isinstance(content, str):
            raise UsageError("bytes need PDU mode; leave is_text out")
        alphabet, units = concatenation.plan(content)
        # The codes of SUB and ESC would end or cancel the input.
        if alphabet == tpdu.SEPTETS and (0x1A in units or gsm7.ESCAPE in units):
            alphabet, units = tpdu.UCS2, text_mode.ucs2.encode(content)
        is_ucs2 = alphabet == tpdu.UCS2
        if len(units) > (tpdu.MAX_USER_DATA if is_ucs2 else tpdu.MAX_SEPTETS):
            raise SmsTooLong("text mode sends one part alone; leave is_text out for long texts")
        tpdu.encode_address(number)  # refuses what is no number
        family, link = self.modem.family, self.modem.link
        await family.ask(link, 'AT+CSCS="%s"' % ("UCS2" if is_ucs2 else "GSM"))
        await family.ask(link, "AT+CSMP=17,167,0,%d" % alphabet)
        if is_ucs2:
            number, units = text_mode.ucs2.encode(number).hex().upper(), units.hex().upper()
            units = units.encode()
        return [await self._submit('AT+CMGS="%s"' % number, units, ())]

    # The storage.

    async def list(self):
        """The messages in the storage, long ones put together; `missing` counts absent parts.

        A message that cannot be read is left out and counted in `lost`; `capacity` shows it.
        """
        async with self._lock:
            await self._prepare()
            parts = concatenation.Reassembly(limit=MAX_WAITING)
            messages = []
            for index, part in await self._stored():
                message = part
                if isinstance(part, tpdu.Part):
                    message = parts.add(part, index)
                if message is not None:
                    messages.append(message)
            return messages + parts.rest()

    async def _stored(self):
        """`[(index, Part or Report)]` of the whole storage."""
        text = 'AT+CMGL="ALL"' if self.is_text else "AT+CMGL=4"
        answer = await self._fetch(text, LIST_MS)
        found = []
        for header, body in group(answer.lines, "+CMGL"):
            index, _, rest = header.partition(",")
            part = self._read(rest, body)
            if part is not None:
                found.append((syntax.number(index), part))
        return found

    async def read(self, index):
        """The `Message` or `Report` at one place, alone: a long message's part as it is."""
        async with self._lock:
            await self._prepare()
            part = await self._part_at(index)
            if isinstance(part, tpdu.Part):
                return concatenation.whole([(part, index)])
            return part

    async def _part_at(self, index):
        answer = await self._fetch("AT+CMGR=%d" % index, LIST_MS)
        for header, body in group(answer.lines, "+CMGR"):
            return self._read(header, body)
        return None

    async def _fetch(self, text, timeout_ms):
        # In PDU mode a line of hexadecimal digits is a body: it cannot be mistaken for anything.
        accepts = _is_any if self.is_text else text_mode.is_hexadecimal
        try:
            return await self.modem.family.ask(
                self.modem.link, text, timeout_ms=timeout_ms, accepts=accepts
            )
        except CommandFailed as error:
            raise refused(error, text.partition("=")[0], (), self.modem.link.channel.transcript)

    def _read(self, header, body):
        """A Part or Report; None, and counted, when it makes no sense."""
        try:
            if self.is_text:
                return _text_part(header, body)
            return tpdu.parse(bytes.fromhex("".join(body)))
        except (BadPdu, ValueError):
            self.lost += 1
            return None

    async def delete(self, message):
        """Delete a `Message` with all its parts, or the place of that number."""
        indexes = (message,) if isinstance(message, int) else message.indexes
        async with self._lock:
            await self._prepare()
            for index in indexes:
                await self._delete(index)

    async def _delete(self, index):
        if index in self._seen:
            self._seen.remove(index)
        try:
            await self.modem.family.ask(self.modem.link, "AT+CMGD=%d" % index)
        except CommandFailed as error:
            transcript = self.modem.link.channel.transcript
            raise refused(error, "place %d was not deleted" % index, (), transcript)

    # Receiving.

    def _take(self, urc):
        """Keep what concerns short messages; run by the reader, so nothing is asked here."""
        if urc.prefix not in OWN_URCS:
            return False
        if urc.payload is not None:
            body = [syntax.to_text(urc.payload).strip()]
            self._sort_in(self._read(urc.text, body), None)
        else:
            values = syntax.fields(urc.text)
            index = syntax.number(values[1]) if len(values) > 1 else None
            if index is not None and len(self._indexes) < MAX_WAITING:
                self._indexes.append(index)
            else:
                self._look_at_ms = 0  # more than can be kept: the storage has them
        self._heard.set()
        return True

    def _sort_in(self, part, index):
        """Make ready what is whole: `(Message or Report, its places in the storage)`."""
        indexes = () if index is None else (index,)
        if isinstance(part, tpdu.Part):
            part = self._parts.add(part, index)
            if part is not None:
                indexes = part.indexes
        if part is None:
            return
        if len(self._ready) >= MAX_WAITING:
            self._ready.pop(0)
            self.lost += 1
        self._ready.append((part, indexes))

    async def receive(self, timeout_ms):
        """The next `Message` or `Report`, or None when none came in `timeout_ms`.

        Raises `StorageFull` when nothing is to be read and no place is left for another.
        """
        deadline_ms = self.modem.now_ms() + timeout_ms
        while True:
            async with self._lock:
                await self._prepare()
                self._heard.clear()
                if not self._ready:
                    await self._collect()
                if self._ready:
                    return await self._hand_out()
                left_ms = deadline_ms - self.modem.now_ms()
            if left_ms <= 0:
                return None
            # In slices: a restart of the modem sets nothing.
            await wait_event(self._heard, min(left_ms, 5000))

    async def _hand_out(self):
        message, indexes = self._ready[0]
        if not self.keeps:
            for index in indexes:
                await self._delete(index)
        self._ready.pop(0)
        return message

    async def _collect(self):
        """Read the places that were told; now and then the whole storage."""
        now_ms = self.modem.now_ms()
        if now_ms >= self._look_at_ms:
            self._look_at_ms = now_ms + LOOK_AGAIN_MS
            self._indexes = []
            for index, part in await self._stored():
                if index not in self._seen:
                    await self._accept(index, part)
            if not self._ready:
                used, total = await self._capacity()
                if total and used >= total:
                    self._look_at_ms = 0
                    raise StorageFull(
                        "all %d places of the message storage are taken; delete messages" % total,
                        STORAGE_FULL,
                    )
        while self._indexes and len(self._ready) < MAX_WAITING:
            index = self._indexes.pop(0)
            try:
                part = await self._part_at(index)
            except SmsRefused:
                continue  # deleted meanwhile
            if part is not None:
                await self._accept(index, part)

    async def _accept(self, index, part):
        if isinstance(part, tpdu.Part) and part.is_outgoing:
            return
        if len(self._ready) >= MAX_WAITING:
            self._look_at_ms = 0  # it stays where it is until there is room
            return
        if self.keeps and index not in self._seen:
            self._seen.append(index)
        self._sort_in(part, index)
        for dropped in self._parts.take_dropped():
            if not self.keeps:
                await self._delete(dropped)


def _is_any(line):
    return True


def group(lines, prefix):
    """`[(header text, [body lines])]` of the lines of an answer."""
    found: "list" = []
    for line in lines:
        head, text = syntax.split_prefix(line)
        if head == prefix:
            found.append((text, []))
        elif found:
            found[-1][1].append(line)
    return found


def _text_part(header, body):
    values = text_mode.read_header(header)
    coding = values.alphabet
    is_ucs2 = coding is not None and tpdu.alphabet_of(coding) == tpdu.UCS2
    text = text_mode.decode("\n".join(body), is_ucs2 or _looks_like_ucs2(body))
    number = text_mode.decode_number(values.number)
    alphabet = tpdu.SEPTETS if coding is None else tpdu.alphabet_of(coding)
    return tpdu.Part(number, values.at, alphabet, text, None, None, 1, 1, values.is_outgoing)


def _looks_like_ucs2(body):
    """Without AT+CSDH=1 nothing says so: Latin text in UCS2 has a zero before each letter."""
    text = body[0] if len(body) == 1 else ""
    return len(text) >= 8 and text[:2] in ("00", "04", "03") and text[4:6] == text[:2]
