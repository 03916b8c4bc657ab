"""Long messages: cut into parts, and put together again (TS 23.040, 9.2.3.24.1 and 9.2.3.24.8).

alphabet, units = plan("text")
for header, piece in split(alphabet, units, reference=7): ...
whole = Reassembly().add(part, index=3)     # a Message once every part is there
"""

from collections import namedtuple

from nce_modem.sms import gsm7, ucs2
from nce_modem.sms.errors import SmsTooLong
from nce_modem.sms.tpdu import (
    CONCATENATED_8,
    CONCATENATED_16,
    MAX_SEPTETS,
    MAX_USER_DATA,
    OCTETS,
    SEPTETS,
    UCS2,
    Part,
)

MAX_PARTS = 255
# Bounds of messages that miss a part: their number, their bytes in total, and the parts of one. A
# message of more parts is treated as an attack on the memory (255 parts are 40 kB).
MAX_UNFINISHED = 4
MAX_UNFINISHED_BYTES = 8192
MAX_UNFINISHED_PARTS = 50

# A whole message: `text` or `data` is None; `indexes` are its places in the storage; `missing`
# counts parts that are not there (only `Sms.list` shows such a message).
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Held, Key, NamedTuple, NetworkTime, Unfinished

    class Message(NamedTuple):
        number: str
        at: NetworkTime | None
        text: str | None
        data: bytes | None
        indexes: tuple[int, ...]
        missing: int
        is_outgoing: bool

else:
    Message = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Message", ("number", "at", "text", "data", "indexes", "missing", "is_outgoing")
    )


def plan(content: "str | bytes | bytearray") -> "tuple[int, bytes]":
    """`(alphabet, units)`: bytes as octets, text as septets when the alphabet has it all."""
    if isinstance(content, (bytes, bytearray)):
        return OCTETS, bytes(content)
    septets = gsm7.encode(content)
    if septets is None:
        return UCS2, ucs2.encode(content)
    return SEPTETS, septets


def split(alphabet: int, units: bytes, reference: int) -> "list[tuple[bytes, bytes]]":
    """`[(user data header, units)]`; one without a header when everything fits in one message.

    A `reference` above 255 takes the 16-bit element. Raises `SmsTooLong`.
    """
    if len(units) <= (MAX_SEPTETS if alphabet == SEPTETS else MAX_USER_DATA):
        return [(b"", units)]
    is_wide = reference > 0xFF
    size = MAX_USER_DATA - (7 if is_wide else 6)
    if alphabet == SEPTETS:
        size = size * 8 // 7  # the filling takes the rest
    pieces = []
    start = 0
    while start < len(units):
        end = start + size
        if end < len(units):
            end -= _overhang(alphabet, units, start, end)
        pieces.append(units[start:end])
        start = end
        if len(pieces) > MAX_PARTS:
            raise SmsTooLong(
                "%d units take more than 255 messages of %d; send less" % (len(units), size)
            )
    if is_wide:
        element = bytes((6, CONCATENATED_16, 4, reference >> 8, reference & 0xFF))
    else:
        element = bytes((5, CONCATENATED_8, 3, reference))
    return [
        (element + bytes((len(pieces), number + 1)), piece) for number, piece in enumerate(pieces)
    ]


def _overhang(alphabet: int, units: bytes, start: int, end: int) -> int:
    """How far a cut at `end` moves back: never within an escape, a unit or a surrogate pair."""
    if alphabet == SEPTETS:
        # A trailing escape belongs to the next septet.
        return 1 if units[end - 1] == gsm7.ESCAPE else 0
    if alphabet == UCS2:
        odd = (end - start) % 2
        return odd + (2 if 0xD8 <= units[end - odd - 2] < 0xDC else 0)
    return 0


def whole(parts: "list[Held]") -> "Message":
    """The `Message` of `[(Part, index)]`, in whatever order, complete or not."""
    ordered = sorted(parts, key=_place)
    first = ordered[0][0]
    text = data = None
    if first.text is not None:
        text = "".join([part.text for part, _ in ordered])  # type: ignore[misc]
    else:
        data = b"".join([part.data for part, _ in ordered])  # type: ignore[misc]
    return Message(
        first.number,
        first.at,
        text,
        data,
        tuple([index for _, index in ordered if index is not None]),
        first.parts - len(ordered),
        first.is_outgoing,
    )


def _place(entry: "Held") -> int:
    return entry[0].part


def _key(part: "Part") -> "Key":
    return part.number, part.reference, part.parts, part.alphabet, part.is_outgoing


class Reassembly:
    """Holds parts until their message is complete, within bounds; drops the oldest message first.

    limit: unfinished messages. size: bytes of all that they hold. parts: of one message, one of
    more is not held. lifetime_ms: from the first part that came, None for ever. `dropped` counts
    the dropped messages; `take_dropped` gives their parts that are in the storage.
    """

    def __init__(
        self,
        limit: int = MAX_UNFINISHED,
        size: int = MAX_UNFINISHED_BYTES,
        parts: int = MAX_UNFINISHED_PARTS,
        lifetime_ms: "int | None" = None,
    ) -> None:
        self._limit = limit
        self._size = size
        self._parts = parts
        self._lifetime_ms = lifetime_ms
        self._unfinished: "list[Unfinished]" = []  # oldest first
        self._dropped: "list[Held]" = []
        self.dropped = 0  # dropped messages

    def add(self, part: "Part", index: "int | None" = None, now_ms: int = 0) -> "Message | None":
        """The `Message` that `part` completes, or None. A part that came twice counts once."""
        messages = self.add_all([(part, index)], now_ms)
        return messages[0] if messages else None

    def add_all(self, entries: "list[Held]", now_ms: int = 0) -> "list[Message]":
        """Every `Message` that `[(part, index)]` complete; the bounds apply to the other parts."""
        messages = []
        self.expire(now_ms)
        for part, index in entries:
            held = self._hold(part, index, now_ms)
            if len(held) == part.parts:
                messages.append(whole(held))
                self._unfinished = [entry for entry in self._unfinished if entry[1] is not held]
        for entry in [entry for entry in self._unfinished if entry[0][2] > self._parts]:
            self._drop(entry)
        while len(self._unfinished) > self._limit or self._held_bytes() > self._size:
            self.drop_oldest()
        return messages

    def _hold(self, part: "Part", index: "int | None", now_ms: int) -> "list[Held]":
        """The parts of a message that are there, with this one."""
        if part.parts == 1:
            return [(part, index)]
        key = _key(part)
        for entry in self._unfinished:
            if entry[0] == key:
                break
        else:
            entry = (key, [], now_ms)
            self._unfinished.append(entry)
        held = entry[1]
        for place, (other, other_index) in enumerate(held):
            if other.part == part.part:
                if other_index is None:
                    held[place] = (other, index)
                elif index is not None and index != other_index:
                    self._dropped.append((part, index))  # nothing else would delete it
                return held
        held.append((part, index))
        return held

    def _held_bytes(self) -> int:
        total = 0
        for _, held, _ in self._unfinished:
            for part, _ in held:
                total += len(part.data if part.text is None else part.text.encode())  # type: ignore[arg-type]
        return total

    def _drop(self, entry: "Unfinished") -> None:
        self._unfinished.remove(entry)
        self._dropped.extend([held for held in entry[1] if held[1] is not None])
        self.dropped += 1

    def drop_oldest(self) -> bool:
        """Drop the oldest unfinished message; False when there is none."""
        if self._unfinished:
            self._drop(self._unfinished[0])
            return True
        return False

    def expire(self, now_ms: int) -> None:
        """Drop messages that are older than the lifetime."""
        while self._lifetime_ms is not None and self._unfinished:
            if now_ms - self._unfinished[0][2] < self._lifetime_ms:
                return
            self.drop_oldest()

    def forget_place(self, index: int) -> None:
        """A place of the storage was freed: a later message there is a different one."""
        for _, held, _ in self._unfinished:
            for place, (part, other_index) in enumerate(held):
                if other_index == index:
                    held[place] = (part, None)

    def fills(self, used: "int | None", total: int) -> bool:
        """Whether a storage is nearly full: one place is kept free of several messages.

        A single one may be about to be whole: it may take them all. used: places that are taken,
        None for what the unfinished messages take.
        """
        if used is None:
            used = sum([place is not None for _, held, _ in self._unfinished for _, place in held])
        return total > 0 and used >= total - (len(self._unfinished) > 1)

    def take_dropped(self) -> "list[Held]":
        """`[(part, index)]` in the storage that were dropped since the last call."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def rest(self) -> "list[Message]":
        """The unfinished messages as they are, oldest first; they are forgotten."""
        messages = [whole(held) for _, held, _ in self._unfinished]
        self._unfinished = []
        return messages
