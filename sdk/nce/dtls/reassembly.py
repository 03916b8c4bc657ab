"""Handshake messages from fragments in any order, doubled or overlapping (RFC 6347, 4.2.3).

    inbox.add(kind, length, message_seq, offset, body)
    message = inbox.peek()  # (type, body), the next in order, once it is whole
    inbox.advance()         # it was taken, and the one after it is next

Bounded: messages of up to 1 KiB (a PSK server's are under 300 bytes), up to 4 at a time.
"""

from nce.const import const

if 1 - 1:
    from nce.seams import Any


_MAX_MESSAGE = const(1024)
_MAX_AHEAD = const(4)


class Inbox:
    """The messages of the server's flights."""

    def __init__(self) -> None:
        self.next_seq = 0
        # message_seq -> [type, body, map of the bytes that are there, or None when all are]
        self._messages: "dict[int, list[Any]]" = {}

    def restart(self, next_seq: int) -> None:
        """Drop everything and expect `next_seq`."""
        self.next_seq = next_seq
        self._messages = {}

    def add(self, kind: int, length: int, seq: int, offset: int, body: bytes) -> bool:
        """Take a fragment. False when it is old, too far ahead or too big."""
        if not self.next_seq <= seq < self.next_seq + _MAX_AHEAD or length > _MAX_MESSAGE:
            return False
        if len(body) == length:
            self._messages[seq] = [kind, body, None]
            return True
        known: "Any" = self._messages.get(seq)
        if known is None or known[0] != kind or len(known[1]) != length:
            # Where two contradict, the newest one counts: a damaged fragment must not outlive the
            # retransmission of the whole message.
            known = [kind, bytearray(length), bytearray(length)]
            self._messages[seq] = known
        if known[2] is not None:
            end = offset + len(body)
            known[1][offset:end] = body
            known[2][offset:end] = b"\x01" * len(body)
        return True

    def peek(self) -> "tuple[int, bytes] | None":
        """(type, body) of the next message in order, or None while it is not whole."""
        known = self._messages.get(self.next_seq)
        if known is None or (known[2] is not None and b"\x00" in known[2]):
            return None
        return known[0], bytes(known[1])

    def advance(self) -> None:
        """Go on to the next message: the one that `peek` gave was taken."""
        self.drop()
        self.next_seq += 1

    def drop(self) -> None:
        """Forget the message that `peek` gave: it made no sense, a retransmission may bring it."""
        self._messages.pop(self.next_seq, None)
