"""The client's flight under way, and its timer (RFC 6347, 4.2.4).

flight.begin(1, records, now_ms)
for epoch, kind, plaintext in flight.records: ...  # seal and send, now and at each `repeat`
if flight.is_exhausted: ...                        # when flight.deadline_ms came
flight.back_off(); flight.repeat(now_ms)
"""


class Flight:
    """What to send until it is answered, when to send it again, when to give up."""

    def __init__(self, parameters):
        self._parameters = parameters
        self._timeout_ms = parameters.initial_timeout_ms
        self._sent_at_ms = 0
        self.number = 0  # 1, 3 or 5
        self.records: "tuple" = ()  # (epoch, type, plaintext)
        self.transmissions = 0
        self.deadline_ms = None

    def begin(self, number, records, now_ms):
        """A new flight is sent for the first time."""
        # 4.2.4.1: the timer falls back once a flight came through at the first attempt.
        if self.transmissions <= 1:
            self._timeout_ms = self._parameters.initial_timeout_ms
        self.number = number
        self.records = records
        self.transmissions = 0
        self.repeat(now_ms)

    def repeat(self, now_ms):
        """The flight is sent once more."""
        self.transmissions += 1
        self._sent_at_ms = now_ms
        self.deadline_ms = now_ms + self._timeout_ms

    def back_off(self):
        """The timer ran out: the next wait is twice as long."""
        self._timeout_ms = min(2 * self._timeout_ms, self._parameters.max_timeout_ms)

    def end(self):
        """It was answered, or given up."""
        self.records = ()
        self.deadline_ms = None

    @property
    def is_exhausted(self):
        """True when no copy is left to send."""
        return self.transmissions >= self._parameters.max_transmissions

    def should_answer_repeat(self, now_ms):
        """True when the server's flight, come again, is a reason to send ours again.

        4.2.4: it says that ours was lost. Not when ours is hardly out: the server's timer is
        often shorter than the way to it, and a copy made by the network says nothing.
        """
        return not self.is_exhausted and 2 * (now_ms - self._sent_at_ms) >= self._timeout_ms
