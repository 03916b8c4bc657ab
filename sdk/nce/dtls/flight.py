"""The client's flight under way: packed into datagrams, sent again by timer (RFC 6347, 4.2.4).

flight.begin(1, ((0, 22, hello),), now_ms)
if not flight.timeout(now_ms): ...  # when flight.deadline_ms came: False, give up
"""

from nce.const import const

_HANDSHAKE = const(22)  # RFC 5246, 6.2.1
_HEADER_LENGTH = const(13)


class Flight:
    """What to send until it is answered, when to send it again, when to give up.

    Datagrams of at most `max_datagram` bytes go to the list `outgoing`.
    """

    def __init__(self, parameters, records, max_datagram, outgoing):
        self._parameters = parameters
        self._records = records
        self._max_datagram = max_datagram
        self._outgoing = outgoing
        self._timeout_ms = parameters.initial_timeout_ms
        self._sent_at_ms = 0
        self._is_last = False
        self._messages: "tuple" = ()  # (epoch, type, plaintext)
        self.number = 0  # 1, 3 or 5
        self.transmissions = 0  # of this flight
        self.retransmissions = 0  # of all
        self.deadline_ms = None

    def begin(self, number, messages, now_ms, is_last=False):
        """A new flight is sent for the first time; nothing has to answer the last one."""
        # 4.2.4.1: the timer falls back once a flight came through at the first attempt.
        if self.transmissions <= 1:
            self._timeout_ms = self._parameters.initial_timeout_ms
        self.number = number
        self._messages = messages
        self._is_last = is_last
        self.transmissions = 0
        self._transmit(now_ms)

    def end(self):
        """It was answered, or given up."""
        self._messages = ()
        self.deadline_ms = None

    def timeout(self, now_ms):
        """Send it once more and wait twice as long; False when no copy is left to send."""
        if self.transmissions >= self._parameters.max_transmissions:
            return False
        self._timeout_ms = min(2 * self._timeout_ms, self._parameters.max_timeout_ms)
        self.retransmissions += 1
        self._transmit(now_ms)
        return True

    def answer_repeat(self, now_ms):
        """The server's flight came again: ours was lost, and goes out again (4.2.4).

        Not when ours is hardly out: the server's timer is often shorter than the way to it, and a
        copy made by the network says nothing.
        """
        if (
            self.transmissions < self._parameters.max_transmissions
            and 2 * (now_ms - self._sent_at_ms) >= self._timeout_ms
            and self._records.sequences[1] < self._records.limit
        ):
            self.retransmissions += 1
            self._transmit(now_ms)

    def _transmit(self, now_ms):
        self.transmissions += 1
        self._sent_at_ms = now_ms
        self.deadline_ms = None if self._is_last else now_ms + self._timeout_ms
        room = self._max_datagram - _HEADER_LENGTH
        datagram = b""
        for epoch, kind, plaintext in self._messages:
            pieces = (plaintext,)
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
