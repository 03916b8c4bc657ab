"""The client's flight under way: packed into datagrams, sent again by timer (RFC 6347, 4.2.4).

flight.begin(1, ((0, 22, hello),), now_ms)
if not flight.timeout(now_ms): ...  # when flight.deadline_ms came: False, give up
"""

from nce.const import const

if 1 - 1:
    from nce.dtls.parameters import Parameters
    from nce.dtls.record import Records
    from nce.seams import Any, Sequence


_HANDSHAKE = const(22)  # RFC 5246, 6.2.1
_HEADER_LENGTH = const(13)


class Flight:
    """The messages to send until an answer comes, the time to send them again, and to give up.

    Datagrams of at most `max_datagram` bytes go to the list `outgoing`.
    """

    def __init__(
        self,
        parameters: "Parameters",
        records: "Records",
        max_datagram: int,
        outgoing: "list[bytes]",
    ) -> None:
        self._parameters = parameters
        self._records = records
        self._max_datagram = max_datagram
        self._outgoing = outgoing
        self._timeout_ms = parameters.initial_timeout_ms
        self._sent_at_ms = 0
        self._is_last = False
        self._messages: "tuple[tuple[int, int, bytes], ...]" = ()  # (epoch, type, plaintext)
        self.number = 0  # 1, 3 or 5
        self.transmissions = 0  # of this flight
        self.retransmissions = 0  # of all
        self.deadline_ms: "int | None" = None
        # What an unprotected message said about the present flight: an alert, or the arguments of
        # nce.dtls.advice.broken; and how many of its transmissions met the same. Anybody may have
        # sent it.
        self.hint: "Any" = None
        self.hints = 0
        self._hinted = 0
        # Two answers came, and at most one of them is the server's.
        self.is_contested = False

    def begin(
        self,
        number: int,
        messages: "tuple[tuple[int, int, bytes], ...]",
        now_ms: int,
        is_last: bool = False,
    ) -> None:
        """Send a new flight for the first time; the one before needs no answer any more."""
        # 4.2.4.1: the timer falls back once a flight came through at the first attempt.
        if self.transmissions <= 1:
            self._timeout_ms = self._parameters.initial_timeout_ms
        self.number = number
        self._is_last = is_last
        self.transmissions = self.hints = 0
        self.hint = None
        self.change(messages, now_ms)

    def change(self, messages: "tuple[tuple[int, int, bytes], ...]", now_ms: int) -> None:
        """Send the flight with other messages; this counts as one of its copies."""
        self._messages = messages
        self.transmissions += 1
        self._transmit(now_ms, None if self._is_last else now_ms + self._timeout_ms)

    def take_hint(self, hint: "Any") -> None:
        """Keep what an unprotected message said until no copy is left to send."""
        if self.hint != hint:
            self.hint = hint
            self.hints = self._hinted = 0
        if self._hinted != self.transmissions:
            self._hinted = self.transmissions
            self.hints += 1

    def end(self) -> None:
        """It was answered, or given up."""
        self._messages = ()
        self.deadline_ms = None

    def has_copy(self) -> bool:
        """True while another copy may be sent."""
        return self.transmissions < self._parameters.max_transmissions

    def timeout(self, now_ms: int) -> bool:
        """Send it once more and wait twice as long; False when no copy is left to send."""
        if not self.has_copy():
            return False
        self._timeout_ms = min(2 * self._timeout_ms, self._parameters.max_timeout_ms)
        self.retransmissions += 1
        self.change(self._messages, now_ms)
        return True

    def answer_repeat(self, now_ms: int) -> None:
        """The server's flight came again, so ours was lost: send it again (4.2.4).

        Not right after ours went out: the server's timer is often shorter than the way to it, and
        the network may have doubled its flight. Anybody may repeat what is in the clear, so this
        copy does not count among those of the timer. Only the last flight, which has no timer,
        counts it.
        """
        if (
            self.has_copy()
            and 2 * (now_ms - self._sent_at_ms) >= self._timeout_ms
            and self._records.sequences[1] < self._records.limit
        ):
            self.retransmissions += 1
            self.transmissions += self._is_last
            self._transmit(now_ms, self.deadline_ms)

    def _transmit(self, now_ms: int, deadline_ms: "int | None") -> None:
        self._sent_at_ms = now_ms
        self.deadline_ms = deadline_ms
        room = self._max_datagram - _HEADER_LENGTH
        datagram = b""
        for epoch, kind, plaintext in self._messages:
            pieces: "Sequence[bytes]" = (plaintext,)
            if kind == _HANDSHAKE and epoch == 0 and len(plaintext) > room:
                from nce.dtls.handshake import fragments

                pieces = fragments(plaintext, room)
            for piece in pieces:
                sealed = self._records.seal(epoch, kind, piece)
                if datagram and len(datagram) + len(sealed) > self._max_datagram:
                    self._outgoing.append(datagram)
                    datagram = b""
                datagram += sealed
        self._outgoing.append(datagram)
