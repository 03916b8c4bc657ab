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
)

MAX_PARTS = 255
MAX_UNFINISHED = 4  # messages held back for want of a part

# A whole message: `text` or `data` is None; `indexes` are its places in the storage; `missing`
# counts parts that are not there (only `Sms.list` shows such a message).
Message = namedtuple(
    "Message", ("number", "at", "text", "data", "indexes", "missing", "is_outgoing")
)


def plan(content):
    """`(alphabet, units)`: bytes as octets, text as septets when the alphabet has it all."""
    if isinstance(content, (bytes, bytearray)):
        return OCTETS, bytes(content)
    septets = gsm7.encode(content)
    if septets is None:
        return UCS2, ucs2.encode(content)
    return SEPTETS, septets


def split(alphabet, units, reference):
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


def _overhang(alphabet, units, start, end):
    """How far a cut at `end` moves back: never within an escape, a unit or a surrogate pair."""
    if alphabet == SEPTETS:
        # A trailing escape belongs to what follows.
        return 1 if units[end - 1] == gsm7.ESCAPE else 0
    if alphabet == UCS2:
        odd = (end - start) % 2
        return odd + (2 if 0xD8 <= units[end - odd - 2] < 0xDC else 0)
    return 0


def whole(parts):
    """The `Message` of `[(Part, index)]`, in whatever order, complete or not."""
    ordered = sorted(parts, key=_place)
    first = ordered[0][0]
    text = data = None
    if first.text is not None:
        text = "".join([part.text for part, _ in ordered])
    else:
        data = b"".join([part.data for part, _ in ordered])
    return Message(
        first.number,
        first.at,
        text,
        data,
        tuple([index for _, index in ordered if index is not None]),
        first.parts - len(ordered),
        first.is_outgoing,
    )


def _place(entry):
    return entry[0].part


def _key(part):
    return part.number, part.reference, part.parts, part.alphabet, part.is_outgoing


class Reassembly:
    """Holds parts until their message is whole; at most `limit` messages, the oldest gives way."""

    def __init__(self, limit=MAX_UNFINISHED):
        self._limit = limit
        self._unfinished = []  # [(key, [(part, index)])], oldest first
        self._dropped = []  # their places in the storage
        self.dropped = 0  # messages that gave way

    def add(self, part, index=None):
        """The `Message` that `part` completes, or None. A part that came twice counts once."""
        if part.parts == 1:
            return whole([(part, index)])
        key = _key(part)
        for entry in self._unfinished:
            if entry[0] == key:
                break
        else:
            if len(self._unfinished) >= self._limit:
                _, parts = self._unfinished.pop(0)
                self._dropped.extend([place for _, place in parts if place is not None])
                self.dropped += 1
            entry = (key, [])
            self._unfinished.append(entry)
        held = entry[1]
        if not any(other.part == part.part for other, _ in held):
            held.append((part, index))
        if len(held) < part.parts:
            return None
        self._unfinished.remove(entry)
        return whole(held)

    def take_dropped(self):
        """The places of the parts that gave way since the last call."""
        indexes, self._dropped = self._dropped, []
        return indexes

    def rest(self):
        """The unfinished messages as they are, oldest first; they are forgotten."""
        messages = [whole(held) for _, held in self._unfinished]
        self._unfinished = []
        return messages
