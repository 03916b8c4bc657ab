"""One TCP connection without I/O and without a clock (RFC 9293, 3.10).

engine = Engine(initial_sequence, segment_size=1_460, settings=TcpSettings())
engine.connect()                                # or engine.listen(), for one handshake
engine.segments_to_send(now_ms)                 # -> [(segment, payload)]
engine.receive_segment(segment, payload, now_ms)    # -> [event]
engine.next_timeout(), engine.handle_timeout(now_ms)
engine.send(data), engine.receive(limit), engine.shut_down(), engine.close(now_ms), engine.abort()

After every call, what `segments_to_send` returns must leave, and `next_timeout` may have changed.
Resets are checked as RFC 9293, 3.10.7.4 has it from RFC 5961. Bytes on a SYN are not taken: the
peer sends them again.
"""

from __future__ import annotations

from nce_sim.network.tcp.events import (
    DATA_AFTER_CLOSE,
    NO_ANSWER,
    RESET_BY_PEER,
    UNREAD_AT_CLOSE,
    Acknowledged,
    Arrived,
    Closed,
    Connected,
    NotOpen,
    PeerClosed,
    Refused,
    Reset,
    TcpEvent,
)
from nce_sim.network.tcp.receiving import Receiver
from nce_sim.network.tcp.sending import DEFAULT_SEGMENT_SIZE, Sender
from nce_sim.network.tcp.sequence import unwrapped, wrapped
from nce_sim.network.tcp.states import Cause, TcpState, next_state
from nce_sim.settings import TcpSettings
from nce_sim.wire.tcp import ACK, FIN, RST, SYN, Segment

_OPENING = (TcpState.SYN_SENT, TcpState.SYN_RECEIVED)
_MAY_SEND = (*_OPENING, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)
_MAY_HEAR = (TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2)
_FIN_IS_OUT = (TcpState.FIN_WAIT_1, TcpState.CLOSING, TcpState.LAST_ACK)
_SILENT = (TcpState.CLOSED, TcpState.LISTEN)


def refusal(segment: Segment, payload: bytes) -> Segment | None:
    """The RST that answers a segment of no connection; None for an RST (RFC 9293, 3.10.7.1)."""
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        return Segment(segment.acknowledgement, flags=RST)
    end = wrapped(segment.sequence + segment.length(payload))
    return Segment(0, end, RST | ACK)


class Engine:
    """`segment_size` is the most that its link takes; it may change while the connection lives."""

    def __init__(self, initial_sequence: int, segment_size: int, settings: TcpSettings) -> None:
        self.state = TcpState.CLOSED
        self.segment_size = segment_size
        self.sender = Sender(initial_sequence, settings)
        self.receiver = Receiver(settings.receive_buffer)
        self._settings = settings
        self._peer_segment_size = DEFAULT_SEGMENT_SIZE
        self._window_told_by = (0, 0)  # SND.WL1 and SND.WL2
        self._events: list[TcpEvent] = []
        self._control: list[Segment] = []
        self._is_ack_due = False
        self._is_ending = False  # the user wants a FIN
        self._is_deaf = False  # the user receives no more
        self._deadline_ms: int | None = None  # the end of TIME-WAIT, or of FIN-WAIT-2

    # -- the user's calls ------------------------------------------------------------------

    def connect(self) -> None:
        """Begin a handshake."""
        self._move(Cause.ACTIVE_OPEN)

    def listen(self) -> None:
        """Wait for the handshake of one peer."""
        self._move(Cause.PASSIVE_OPEN)

    def send(self, data: bytes) -> int:
        """Take bytes to send, as many as there is room for; NotOpen when it is too late."""
        if self._is_ending or self.state not in _MAY_SEND:
            raise NotOpen(f"this end of the connection is closed ({self.state.value})")
        return self.sender.take(data)

    def receive(self, limit: int) -> bytes:
        """At most `limit` bytes of those that came in order."""
        data = self.receiver.read(limit)
        if self.state in _MAY_HEAR and self.receiver.wants_to_tell(self.segment_size):
            self._is_ack_due = True
        return data

    def shut_down(self) -> list[TcpEvent]:
        """A FIN behind the bytes taken."""
        if not self._is_ending:
            self._is_ending = True
            if self.state in (TcpState.LISTEN, TcpState.SYN_SENT):
                self._move(Cause.CLOSE)
                self._end(Closed())
            elif self.state in (TcpState.ESTABLISHED, TcpState.CLOSE_WAIT):
                self._send_fin()
        return self._happened()

    def close(self, now_ms: int) -> list[TcpEvent]:
        """The same, and what still comes, or was not read, resets the connection."""
        self._is_deaf = True
        if self.receiver.pending and self.state not in (*_SILENT, TcpState.TIME_WAIT):
            self._break(Reset(UNREAD_AT_CLOSE))
            return self._happened()
        if self.state is TcpState.FIN_WAIT_2:
            self._deadline_ms = now_ms + self._settings.fin_wait_2_ms
        return self.shut_down()

    def abort(self) -> None:
        """An RST, and no event."""
        if self.state is TcpState.TIME_WAIT:
            self._move(Cause.TIMEOUT)
            self._end(None)
        elif self.state not in _SILENT:
            self._break(None)
        self._events.clear()

    # -- the wire and the clock ------------------------------------------------------------

    def segments_to_send(self, now_ms: int) -> list[tuple[Segment, bytes]]:
        """The segments that leave now, with their payloads."""
        leaving = [(segment, b"") for segment in self._control]
        self._control.clear()
        if self.state in _SILENT:
            return leaving
        self.sender.segment_size = min(self._peer_segment_size, self.segment_size)
        for position, flags, payload in self.sender.pieces(now_ms):
            leaving.append((self._segment(position, flags), payload))
        if self._is_ack_due:
            leaving.append((self._segment(self.sender.next, 0), b""))
            self._is_ack_due = False
        return leaving

    def receive_segment(self, segment: Segment, payload: bytes, now_ms: int) -> list[TcpEvent]:
        """Take a segment of this connection."""
        if self.state is TcpState.LISTEN:
            self._in_listen(segment)
        elif self.state is TcpState.SYN_SENT:
            self._in_syn_sent(segment, payload, now_ms)
        elif self.state is not TcpState.CLOSED:
            self._in_sequence(segment, payload, now_ms)
        return self._happened()

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due, in ms; None when nothing is waited for."""
        due = [time for time in (self.sender.timer.due_ms, self._deadline_ms) if time is not None]
        return min(due, default=None)

    def handle_timeout(self, now_ms: int) -> list[TcpEvent]:
        """What is due by now."""
        if self._deadline_ms is not None and self._deadline_ms <= now_ms:
            was_told = self.state is TcpState.TIME_WAIT
            self._move(Cause.TIMEOUT)
            self._end(None if was_told else Closed())
        timer = self.sender.timer
        if timer.due_ms is not None and timer.due_ms <= now_ms:
            settings = self._settings
            is_open = self.sender.is_syn_acknowledged
            if timer.repeats >= (settings.most_repeats if is_open else settings.most_syn_repeats):
                self._break(Reset(NO_ANSWER) if is_open else Refused(NO_ANSWER))
            else:
                self.sender.time_out(now_ms)
        return self._happened()

    def is_reopened_by(self, segment: Segment) -> bool:
        """Whether a SYN may replace this connection, which is in TIME-WAIT (RFC 9293, 3.6.1)."""
        if self.state is not TcpState.TIME_WAIT or segment.flags & (SYN | ACK | RST) != SYN:
            return False
        return unwrapped(segment.sequence, self.receiver.next) > self.receiver.next

    # -- segments, by state ----------------------------------------------------------------

    def _in_listen(self, segment: Segment) -> None:
        if segment.flags & (SYN | ACK | RST) == SYN:
            self._take_syn(segment)
            self._move(Cause.SYN)

    def _in_syn_sent(self, segment: Segment, payload: bytes, now_ms: int) -> None:
        """RFC 9293, 3.10.7.3."""
        position = unwrapped(segment.acknowledgement, self.sender.next)
        has_ack = bool(segment.flags & ACK)
        if has_ack and position != self.sender.next:
            self._reset_with(segment.acknowledgement, segment)
        elif segment.flags & RST:
            if has_ack:
                self._end_broken(Refused(RESET_BY_PEER))
        elif segment.flags & SYN:
            self._take_syn(segment)
            if not has_ack:
                self._move(Cause.SYN)
                self.sender.send_again()
                return
            self._acknowledge(segment, position, now_ms)
            self._open(Cause.SYN_ACK)
            self._is_ack_due = True
            self._take_text(segment.sequence + 1, segment, payload, now_ms)

    def _in_sequence(self, segment: Segment, payload: bytes, now_ms: int) -> None:
        """RFC 9293, 3.10.7.4."""
        position = unwrapped(segment.sequence, self.receiver.next)
        if not self.receiver.is_acceptable(position, segment.length(payload)):
            if segment.flags & RST:
                return
            self._is_ack_due = True
            if self.state is TcpState.TIME_WAIT:
                self._deadline_ms = now_ms + self._settings.time_wait_ms
            # A closed window refuses the text alone, not its acknowledgement.
            if self.receiver.open_window or position != self.receiver.next:
                return
            payload, segment = b"", _without_text(segment)
        if segment.flags & RST:
            self._take_reset(position)
            return
        if segment.flags & SYN:
            self._is_ack_due = True  # a challenge: RFC 5961, 4
            return
        if not segment.flags & ACK:
            return
        acknowledged = unwrapped(segment.acknowledgement, self.sender.unacknowledged)
        if self.state is TcpState.SYN_RECEIVED:
            if acknowledged != self.sender.next:
                self._reset_with(segment.acknowledgement, segment)
                return
            self._acknowledge(segment, acknowledged, now_ms)
            self._open(Cause.ACK_OF_SYN)
        elif acknowledged > self.sender.next:
            self._is_ack_due = True
            return
        else:
            self._acknowledge(segment, acknowledged, now_ms)
        if self.state in _FIN_IS_OUT and self.sender.is_fin_acknowledged:
            self._fin_was_acknowledged(now_ms)
        self._take_text(position, segment, payload, now_ms)

    # -- parts of a segment ----------------------------------------------------------------

    def _take_syn(self, segment: Segment) -> None:
        self.receiver.begin(segment.sequence)
        self._peer_segment_size = max(1, segment.mss or DEFAULT_SEGMENT_SIZE)
        self.sender.set_window(segment.window)
        self._window_told_by = (segment.sequence, 0)

    def _take_reset(self, position: int) -> None:
        if position != self.receiver.next:
            self._is_ack_due = True  # a challenge: RFC 5961, 3
        elif self.state is TcpState.SYN_RECEIVED:
            self._end_broken(Refused(RESET_BY_PEER))
        else:
            is_over = self.state is TcpState.TIME_WAIT
            self._end_broken(None if is_over else Reset(RESET_BY_PEER))

    def _acknowledge(self, segment: Segment, position: int, now_ms: int) -> None:
        count = self.sender.acknowledge(position, now_ms)
        told_by = (unwrapped(segment.sequence, self.receiver.next), position)
        if position >= self.sender.unacknowledged and told_by >= self._window_told_by:
            self._window_told_by = told_by
            self.sender.set_window(segment.window)
        if count:
            self._events.append(Acknowledged(count))

    def _take_text(self, position: int, segment: Segment, payload: bytes, now_ms: int) -> None:
        is_last = bool(segment.flags & FIN)
        if self.state not in _MAY_HEAR or not (payload or is_last):
            return
        self._is_ack_due = True
        if self._is_deaf and position + len(payload) > self.receiver.next and payload:
            self._break(Reset(DATA_AFTER_CLOSE))
            return
        count = self.receiver.take(position, payload, is_last)
        if count:
            self._events.append(Arrived(count))
        if self.receiver.is_ended:
            self._events.append(PeerClosed())
            self._move(Cause.FIN)
            if self.state is TcpState.TIME_WAIT:
                self._wait(now_ms)

    # -- changes of state ------------------------------------------------------------------

    def _open(self, cause: Cause) -> None:
        self._move(cause)
        self._events.append(Connected())
        if self._is_ending:
            self._send_fin()

    def _send_fin(self) -> None:
        self.sender.end()
        self._move(Cause.CLOSE)

    def _fin_was_acknowledged(self, now_ms: int) -> None:
        self._move(Cause.ACK_OF_FIN)
        if self.state is TcpState.FIN_WAIT_2 and self._is_deaf:
            self._deadline_ms = now_ms + self._settings.fin_wait_2_ms
        elif self.state is TcpState.TIME_WAIT:
            self._wait(now_ms)
        elif self.state is TcpState.CLOSED:
            self._end(Closed())

    def _wait(self, now_ms: int) -> None:
        self._end(Closed())
        self._deadline_ms = now_ms + self._settings.time_wait_ms

    def _end(self, event: TcpEvent | None) -> None:
        """Nothing is waited for any more."""
        self.sender.timer.stop()
        self._deadline_ms = None
        if event is not None:
            self._events.append(event)

    def _end_broken(self, event: TcpEvent | None) -> None:
        self._move(Cause.RESET)
        self._end(event)

    def _break(self, event: TcpEvent | None) -> None:
        """End with an RST of ours, unless the peer knows nothing of this connection yet."""
        if self.state is not TcpState.SYN_SENT:
            self._control.append(self._segment(self.sender.next, RST))
        self._end_broken(event)

    def _reset_with(self, sequence: int, segment: Segment) -> None:
        if not segment.flags & RST:
            self._control.append(Segment(sequence, flags=RST))

    def _move(self, cause: Cause) -> None:
        self.state = next_state(self.state, cause)

    def _happened(self) -> list[TcpEvent]:
        events, self._events = self._events, []
        return events

    def _segment(self, position: int, flags: int) -> Segment:
        if self.state is TcpState.SYN_SENT:
            window = self._settings.receive_buffer
            return Segment(wrapped(position), 0, flags, window, self.segment_size)
        self._is_ack_due = False
        return Segment(
            wrapped(position),
            wrapped(self.receiver.next),
            flags | ACK,
            self.receiver.window(self.segment_size),
            self.segment_size if flags & SYN else None,
        )


def _without_text(segment: Segment) -> Segment:
    return Segment(segment.sequence, segment.acknowledgement, segment.flags & ~FIN, segment.window)
