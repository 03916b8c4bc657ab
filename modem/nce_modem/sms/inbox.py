"""Incoming short messages: announced by the modem, put together, handed out, deleted."""

import asyncio

from nce_modem.at import syntax
from nce_modem.sms import concatenation, tpdu
from nce_modem.sms.errors import STORAGE_FULL, SmsRefused, StorageFull
from nce_modem.sms.storage import MAX_WAITING, Storage
from nce_modem.waiting import wait_event

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Held, Message, Modem, Part, Ready, Report, Urc


LOOK_AGAIN_MS = 60_000  # at the storage, against lost unsolicited results
PLACES = ("+CMTI", "+CDSI")  # a storage and a place in it
OWN_URCS = ("+CMTI", "+CMT", "+CDSI", "+CDS", "#XSMS", "+CMS ERROR")


class Inbox(Storage):
    """Hands out each message once; `Sms` explains the options."""

    def __init__(
        self, modem: "Modem", storage: "str | None", keeps: bool, is_text: bool, unfinished_h: int
    ) -> None:
        Storage.__init__(self, modem, storage, is_text)
        self.keeps = keeps
        self._heard = asyncio.Event()
        self._indexes: "list[int]" = []  # announced places in the storage
        self._ready: "list[Ready]" = []
        self._seen: "list[int]" = []  # places read before, which `keeps` leaves there
        self._parts = concatenation.Reassembly(lifetime_ms=unfinished_h * 3_600_000)
        self._total = 0  # places of the storage, once it is known
        self._look_at_ms = 0
        modem.link.offer_urcs_to(self._take)

    async def _prepare(self) -> None:
        generation = self._generation
        await Storage._prepare(self)
        if generation != self._generation:
            self._look_at_ms = 0  # messages may have come meanwhile

    async def _delete(self, index: int) -> None:
        if index in self._seen:
            self._seen.remove(index)
        self._parts.forget_place(index)
        await Storage._delete(self, index)

    def _take(self, urc: "Urc") -> bool:
        """Take the results of short messages; run by the reader, so it asks the modem nothing."""
        if urc.prefix not in OWN_URCS:
            return False
        if urc.prefix == "+CMS ERROR":
            self._generation = None  # the modem dropped its client: register again
        elif self._path is not None:
            self._sort_in(self._path.take(urc), None)
        elif urc.payload is not None:
            body = [syntax.to_text(urc.payload).strip()]
            self._sort_in(self._read(urc.text, body), None)
        else:
            values = syntax.fields(urc.text)
            is_place = urc.prefix in PLACES and len(values) > 1
            index = syntax.number(values[1]) if is_place else None
            if index is not None and len(self._indexes) < MAX_WAITING:
                self._indexes.append(index)
            else:
                self._look_at_ms = 0  # too many to remember: the storage has them
        self._heard.set()
        return True

    @property
    def waiting(self) -> int:
        """Messages that were read and not handed out."""
        return len(self._ready)

    def read_pdu(self, text: str) -> "Part | Report | None":
        """The `Part` or `Report` of a PDU in hexadecimal; None, counted, when unreadable."""
        return self._read("", [text])

    def _sort_in(self, part: "Message | Part | Report | None", index: "int | None") -> None:
        """Queue each complete `(Message or Report, its places in the storage)`."""
        indexes: "tuple[int, ...]" = () if index is None else (index,)
        if isinstance(part, tpdu.Part):
            part = self._parts.add(part, index, self.modem.now_ms())
            if part is not None:
                indexes = part.indexes
        if part is None:
            return
        if len(self._ready) >= MAX_WAITING:
            self._ready.pop(0)
            self.lost += 1
        self._ready.append((part, indexes))

    async def receive(self, timeout_ms: int) -> "Message | Report | None":
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

    async def _hand_out(self) -> "Message | Report":
        message, indexes = self._ready[0]
        if not self.keeps:
            for index in indexes:
                await self._delete(index)
        self._ready.pop(0)
        return message

    async def _collect(self) -> None:
        """Read the announced places; at intervals the whole storage."""
        now_ms = self.modem.now_ms()
        self._parts.expire(now_ms)
        if self._path is not None:
            self.lost += self._parts.dropped
            self._parts.dropped = 0
            self._parts.take_dropped()
            await self._path.make_room()
            if now_ms >= self._look_at_ms:
                self._look_at_ms = now_ms + LOOK_AGAIN_MS
                if not await self._path.is_registered():
                    await self._path.register()
            return
        await self._delete_dropped()
        if now_ms >= self._look_at_ms:
            self._look_at_ms = now_ms + LOOK_AGAIN_MS
            await self._look()
        while self._indexes and len(self._ready) < MAX_WAITING:
            index = self._indexes.pop(0)
            try:
                part = await self._part_at(index)
            except SmsRefused:
                continue  # deleted meanwhile
            if part is not None:
                await self._accept(index, part)

    async def _look(self) -> None:
        """Read the whole storage, and make room in it when it is nearly full."""
        self._indexes = []
        parts: "list[Held]" = []
        for index, part in await self._stored():
            if index in self._seen:
                continue
            if isinstance(part, tpdu.Part) and part.parts > 1 and not part.is_outgoing:
                parts.append((part, index))
                if self.keeps:
                    self._seen.append(index)
            else:
                await self._accept(index, part)
        # Together: a message that is complete here is not dropped for one that is not.
        for message in self._parts.add_all(parts, self.modem.now_ms()):
            self._ready.append((message, message.indexes))
        await self._delete_dropped()
        if not self._ready:
            used, self._total = await self._capacity()
            if self._parts.fills(used, self._total):
                used -= await self._make_room()
            if self._total and used >= self._total:
                self._look_at_ms = 0
                raise StorageFull(
                    "all %d places of the message storage are taken; delete messages"
                    % self._total,
                    STORAGE_FULL,
                )

    async def _accept(self, index: int, part: "Part | Report") -> None:
        if isinstance(part, tpdu.Part) and part.is_outgoing:
            return
        if len(self._ready) >= MAX_WAITING:
            self._look_at_ms = 0  # it stays in the storage until there is room
            return
        if self.keeps and index not in self._seen:
            self._seen.append(index)
        self._sort_in(part, index)
        # Unfinished messages alone may fill the storage: the modem would announce nothing more.
        if self._parts.fills(None, self._total):
            self._parts.drop_oldest()
        await self._delete_dropped()

    async def _delete_dropped(self) -> int:
        """Free the places of dropped messages, unless the owner keeps everything."""
        self.lost += self._parts.dropped
        self._parts.dropped = 0
        dropped = self._parts.take_dropped()
        if self.keeps:
            return 0
        count = 0
        for part, index in dropped:
            try:
                is_there = await self._part_at(index) == part  # type: ignore[arg-type]
            except SmsRefused:
                is_there = False
            # Another program may have freed the place, and a new message may have taken it.
            if is_there:
                await self._delete(index)  # type: ignore[arg-type]
                count += 1
        return count

    async def _make_room(self) -> int:
        """Free places that incomplete and unreadable messages take; returns how many.

        Unreadable messages go first, then the oldest one that misses parts.
        """
        if self.keeps:
            return 0
        unreadable, self._unreadable = self._unreadable, []
        for index in unreadable:
            await self._delete(index)
        freed = len(unreadable)
        while not freed and self._parts.drop_oldest():
            freed = await self._delete_dropped()
        return freed
