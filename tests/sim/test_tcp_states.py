"""The state diagram and the figures of RFC 9293, and the rules around them."""

import itertools

import pytest

from nce_sim.network.tcp.engine import Engine, refusal
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
)
from nce_sim.network.tcp.receiving import MOST_PIECES, Receiver
from nce_sim.network.tcp.sequence import unwrapped, wrapped
from nce_sim.network.tcp.states import TRANSITIONS, Cause, TcpState
from nce_sim.network.tcp.timer import RetransmissionTimer
from nce_sim.settings import TcpSettings
from nce_sim.wire.tcp import ACK, FIN, PSH, RST, SYN, Segment
from support.tcp_pair import Pair, Wire, kinds

S = TcpState

# The arrows of RFC 9293, 3.3.2, Figure 5, except that of the text: passive OPEN to SYN-SENT by
# SEND, which no stack offers, and CLOSE in SYN-RECEIVED, which waits (3.10.4).
FIGURE_5 = """
CLOSED         passive OPEN              LISTEN
CLOSED         active OPEN               SYN-SENT
LISTEN         SYN                       SYN-RECEIVED
LISTEN         CLOSE                     CLOSED
SYN-SENT       CLOSE                     CLOSED
SYN-SENT       SYN                       SYN-RECEIVED
SYN-SENT       SYN and ACK of our SYN    ESTABLISHED
SYN-RECEIVED   ACK of our SYN            ESTABLISHED
ESTABLISHED    CLOSE                     FIN-WAIT-1
ESTABLISHED    FIN                       CLOSE-WAIT
FIN-WAIT-1     ACK of our FIN            FIN-WAIT-2
FIN-WAIT-1     FIN                       CLOSING
FIN-WAIT-2     FIN                       TIME-WAIT
CLOSING        ACK of our FIN            TIME-WAIT
CLOSE-WAIT     CLOSE                     LAST-ACK
LAST-ACK       ACK of our FIN            CLOSED
TIME-WAIT      time-out                  CLOSED
"""
# A peer that never ends is given up: no arrow of the RFC's.
OURS = {(S.FIN_WAIT_2, Cause.TIMEOUT): S.CLOSED}


def test_the_table_is_the_diagram():
    by_name = {state.value: state for state in S} | {cause.value: cause for cause in Cause}
    rows = [line.split("  ") for line in FIGURE_5.strip().splitlines()]
    rows = [[part.strip() for part in row if part] for row in rows]
    expected = {(by_name[a], by_name[b]): by_name[c] for a, b, c in rows}
    table = {key: to for key, to in TRANSITIONS.items() if key[1] is not Cause.RESET}
    assert table == expected | OURS
    resets = {key[0]: to for key, to in TRANSITIONS.items() if key[1] is Cause.RESET}
    assert resets == {state: S.CLOSED for state in S if state not in (S.CLOSED, S.LISTEN)}


# -- the figures: who, SEQ, ACK, flags, bytes ----------------------------------------------------


def lines(pair):
    """The log as the figures write it."""
    return [
        ("AB"[number], segment.sequence, segment.acknowledgement, segment.flags, len(payload))
        for _, number, segment, payload in pair.log
    ]


def states(pair):
    return [side.engine.state for side in pair.sides]


def test_figure_6_basic_three_way_handshake():
    pair = Pair()
    pair.connect()
    pair.run(lambda: states(pair)[0] is S.ESTABLISHED)
    assert states(pair) == [S.ESTABLISHED, S.SYN_RECEIVED]
    pair.sides[0].engine.send(b"DATA")
    pair.flush()
    pair.run()
    assert lines(pair) == [
        ("A", 100, 0, SYN, 0),
        ("B", 300, 101, SYN | ACK, 0),
        ("A", 101, 301, ACK, 0),
        ("A", 101, 301, PSH | ACK, 4),
        ("B", 301, 105, ACK, 0),
    ]
    assert pair.sides[1].events == [Connected(), Arrived(4)]
    assert pair.sides[0].events == [Connected(), Acknowledged(4)]


def test_figure_7_simultaneous_open():
    pair = Pair()
    pair.sides[1].engine = Engine(300, 1_460, TcpSettings())
    pair.sides[1].engine.connect()
    pair.connect()
    pair.step()
    assert states(pair) == [S.SYN_RECEIVED, S.SYN_RECEIVED]
    pair.run()
    assert states(pair) == [S.ESTABLISHED, S.ESTABLISHED]
    assert lines(pair) == [
        ("A", 100, 0, SYN, 0),
        ("B", 300, 0, SYN, 0),
        ("A", 100, 301, SYN | ACK, 0),
        ("B", 300, 101, SYN | ACK, 0),
        ("A", 101, 301, ACK, 0),
        ("B", 301, 101, ACK, 0),
    ]
    assert [kinds(side.events) for side in pair.sides] == [["Connected"], ["Connected"]]


def test_figure_8_recovery_from_an_old_duplicate_syn():
    client, server = (Engine(first, 1_460, TcpSettings()) for first in (100, 300))
    client.connect()
    server.listen()
    client.segments_to_send(0)
    server.receive_segment(Segment(90, flags=SYN, window=99), b"", 0)  # the old one
    [(answer, _)] = server.segments_to_send(0)
    assert (answer.sequence, answer.acknowledgement, answer.flags) == (300, 91, SYN | ACK)
    client.receive_segment(answer, b"", 0)
    [(reset, _)] = client.segments_to_send(0)
    assert (reset.sequence, reset.flags, client.state) == (91, RST, S.SYN_SENT)
    assert server.receive_segment(reset, b"", 0) == [Refused(RESET_BY_PEER)]
    assert server.state is S.CLOSED  # the listener is the stack's, and still there


def half_open():
    """B is established with SND.NXT 300 and RCV.NXT 100, as in figure 9; A crashed."""
    server = Engine(299, 1_460, TcpSettings())
    server.listen()
    server.receive_segment(Segment(99, flags=SYN, window=999), b"", 0)
    server.segments_to_send(0)
    server.receive_segment(Segment(100, 300, ACK, 999), b"", 0)
    assert server.state is S.ESTABLISHED
    return server


def test_figure_9_half_open_connection_discovery():
    server = half_open()
    client = Engine(400, 1_460, TcpSettings())
    client.connect()
    [(syn, _)] = client.segments_to_send(0)
    assert server.receive_segment(syn, b"", 0) == []
    [(answer, _)] = server.segments_to_send(0)
    assert (answer.sequence, answer.acknowledgement, answer.flags) == (300, 100, ACK)
    client.receive_segment(answer, b"", 0)
    [(reset, _)] = client.segments_to_send(0)
    assert (reset.sequence, reset.flags) == (100, RST)
    assert server.receive_segment(reset, b"", 0) == [Reset(RESET_BY_PEER)]
    assert (client.state, server.state) == (S.SYN_SENT, S.CLOSED)


def test_figure_10_active_side_causes_discovery():
    server = half_open()
    server.send(bytes(10))
    [(segment, payload)] = server.segments_to_send(0)
    assert (segment.sequence, segment.acknowledgement, len(payload)) == (300, 100, 10)
    reset = refusal(segment, payload)
    assert (reset.sequence, reset.flags) == (100, RST)
    assert server.receive_segment(reset, b"", 0) == [Reset(RESET_BY_PEER)]


def test_figure_11_an_old_syn_between_two_passive_sockets():
    server = Engine(300, 1_460, TcpSettings())
    server.listen()
    server.receive_segment(Segment(7, flags=SYN, window=99), b"", 0)
    [(answer, _)] = server.segments_to_send(0)
    reset = refusal(answer, b"")
    assert (reset.sequence, reset.flags) == (8, RST)
    server.receive_segment(reset, b"", 0)
    assert server.state is S.CLOSED


def established(**options):
    pair = Pair(firsts=(99, 299), **options)
    pair.establish()
    for side in pair.sides:
        side.events.clear()
    return pair


def close(pair, number):
    side = pair.sides[number]
    side.events += side.engine.close(pair.now_ms)
    pair.flush()


def test_figure_12_normal_close():
    pair = established()
    close(pair, 0)
    assert states(pair) == [S.FIN_WAIT_1, S.ESTABLISHED]
    pair.step()
    pair.step()
    assert states(pair) == [S.FIN_WAIT_2, S.CLOSE_WAIT]
    close(pair, 1)
    assert states(pair)[1] is S.LAST_ACK
    pair.step()
    assert states(pair)[0] is S.TIME_WAIT
    pair.step()
    assert states(pair) == [S.TIME_WAIT, S.CLOSED]
    pair.run()
    assert states(pair) == [S.CLOSED, S.CLOSED]
    assert pair.now_ms >= 240_000
    assert lines(pair) == [
        ("A", 100, 300, FIN | ACK, 0),
        ("B", 300, 101, ACK, 0),
        ("B", 300, 101, FIN | ACK, 0),
        ("A", 101, 301, ACK, 0),
    ]
    assert pair.sides[0].events == [PeerClosed(), Closed()]
    assert pair.sides[1].events == [PeerClosed(), Closed()]


def test_figure_13_simultaneous_close():
    pair = established()
    for side in pair.sides:
        side.events += side.engine.close(pair.now_ms)
    pair.flush()
    pair.step()
    assert states(pair) == [S.CLOSING, S.CLOSING]
    pair.step()
    assert states(pair) == [S.TIME_WAIT, S.TIME_WAIT]
    pair.run()
    assert lines(pair) == [
        ("A", 100, 300, FIN | ACK, 0),
        ("B", 300, 100, FIN | ACK, 0),
        ("A", 101, 301, ACK, 0),
        ("B", 301, 101, ACK, 0),
    ]
    assert [side.events for side in pair.sides] == [[PeerClosed(), Closed()]] * 2


def test_a_fin_that_acknowledges_ours_goes_to_time_wait_at_once():
    pair = established()
    close(pair, 0)
    pair.sides[1].events += pair.sides[1].engine.receive_segment(
        Segment(100, 300, FIN | ACK, 9), b"", 0
    )
    pair.sides[1].engine.close(0)  # before its ACK left: FIN and ACK are one segment
    [(segment, _)] = pair.sides[1].engine.segments_to_send(0)
    assert (segment.flags, segment.acknowledgement) == (FIN | ACK, 101)
    assert pair.sides[0].engine.receive_segment(segment, b"", 0) == [PeerClosed(), Closed()]
    assert states(pair)[0] is S.TIME_WAIT


# -- half close, and what comes after a close ----------------------------------------------------


def test_after_a_half_close_the_other_direction_goes_on():
    pair = established()
    pair.sides[0].engine.shut_down()
    pair.flush()
    pair.run(lambda: states(pair) == [S.FIN_WAIT_2, S.CLOSE_WAIT])
    with pytest.raises(NotOpen, match="FIN-WAIT-2"):
        pair.sides[0].engine.send(b"late")
    pair.run()  # half closed for ever: nobody waits
    assert states(pair) == [S.FIN_WAIT_2, S.CLOSE_WAIT]
    pair.sides[1].engine.send(b"answer")
    pair.flush()
    close(pair, 1)
    pair.run(lambda: states(pair) == [S.TIME_WAIT, S.CLOSED])
    assert pair.sides[0].engine.receive(99) == b"answer"


def test_a_peer_that_never_ends_is_given_up_after_a_close():
    pair = established()
    close(pair, 0)
    pair.run()
    assert states(pair) == [S.CLOSED, S.CLOSE_WAIT]
    assert pair.sides[0].events == [Closed()]
    assert pair.now_ms == pytest.approx(60_000, abs=500)


@pytest.mark.parametrize("is_late", [False, True])
def test_bytes_that_nobody_will_read_reset_the_connection(is_late):
    pair = established()
    if is_late:
        close(pair, 0)
    pair.sides[1].engine.send(b"lost")
    pair.flush()
    if not is_late:
        pair.run()
        close(pair, 0)
    pair.run()
    reason = DATA_AFTER_CLOSE if is_late else UNREAD_AT_CLOSE
    assert pair.sides[0].events[-1] == Reset(reason)
    assert pair.sides[1].events[-1] == Reset(RESET_BY_PEER)


def test_an_abort_is_silent_here_and_a_reset_there():
    pair = established()
    pair.sides[0].engine.abort()
    pair.flush()
    pair.run()
    assert (pair.sides[0].events, pair.sides[1].events) == ([], [Reset(RESET_BY_PEER)])


def test_a_close_before_the_answer_forgets_the_handshake():
    pair = Pair()
    pair.connect()
    pair.sides[0].events += pair.sides[0].engine.close(0)
    pair.run()
    assert pair.sides[0].events == [Closed()]
    assert states(pair) == [S.CLOSED, S.CLOSED]


# -- strangers: RFC 9293, 3.10.7.4, from RFC 5961 ------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "answers", "is_reset"),
    [
        (Segment(100, 0, RST, 0), False, True),
        (Segment(101, 0, RST, 0), True, False),  # in the window: a challenge
        (Segment(99, 0, RST, 0), False, False),
        (Segment(100 + 8_192, 0, RST, 0), False, False),
        (Segment(100, 300, SYN | ACK, 0), True, False),
        (Segment(99, 0, SYN, 0), True, False),
        (Segment(100, 301, ACK, 0), True, False),  # of what was never sent
        (Segment(100, 300, 0, 0), False, False),
    ],
)
def test_a_stranger_must_know_the_exact_number(segment, answers, is_reset):
    server = half_open()
    events = server.receive_segment(segment, b"", 0)
    assert events == ([Reset(RESET_BY_PEER)] if is_reset else [])
    sent = server.segments_to_send(0)
    assert [(s.sequence, s.acknowledgement, s.flags) for s, _ in sent] == (
        [(300, 100, ACK)] if answers else []
    )


@pytest.mark.parametrize(
    ("segment", "payload", "reset"),
    [
        (Segment(5, flags=SYN), b"", Segment(0, 6, RST | ACK)),
        (Segment(2**32 - 1, flags=FIN), b"abc", Segment(0, 3, RST | ACK)),
        (Segment(5, 77, ACK), b"abc", Segment(77, 0, RST)),
        (Segment(5, 77, RST | ACK), b"", None),
    ],
)
def test_a_segment_of_no_connection_is_refused(segment, payload, reset):
    assert refusal(segment, payload) == reset


def test_a_refused_and_an_unanswered_handshake():
    client = Engine(100, 1_460, TcpSettings())
    client.connect()
    client.segments_to_send(0)
    assert client.receive_segment(Segment(0, 55, RST | ACK), b"", 0) == []  # not of our SYN
    assert client.receive_segment(Segment(0, 101, RST), b"", 0) == []  # no ACK at all
    assert client.receive_segment(Segment(0, 101, RST | ACK), b"", 0) == [Refused(RESET_BY_PEER)]
    pair = Pair(wire=Wire(loss=1.0))
    pair.connect()
    pair.run()
    assert pair.sides[0].events == [Refused(NO_ANSWER)]
    assert [at_ms // 1000 for at_ms, *_ in pair.log] == [0, 1, 3, 7, 15, 31, 63]
    assert pair.now_ms == 123_000


# -- the timer: RFC 6298 ------------------------------------------------------------------------


def test_the_timer_follows_rfc_6298():
    timer = RetransmissionTimer(TcpSettings(least_rto_ms=1))
    timer.measure(800)  # 2.2: SRTT 800, RTTVAR 400
    assert timer.rto_ms == 800 + 4 * 400
    timer.measure(1_600)  # 2.3: RTTVAR 3/4 * 400 + 1/4 * 800 = 500, SRTT 7/8 * 800 + 200 = 900
    assert timer.rto_ms == 900 + 4 * 500
    timer.start(10)
    timer.start(99)  # it runs: 5.1
    assert timer.due_ms == 10 + 2_900
    timer.back_off(2_910)
    assert (timer.rto_ms, timer.due_ms, timer.repeats) == (5_800, 8_710, 1)


@pytest.mark.parametrize(("round_trip_ms", "rto_ms"), [(1, 1_000), (90_000, 60_000)])
def test_the_timer_has_a_floor_and_a_ceiling(round_trip_ms, rto_ms):
    timer = RetransmissionTimer(TcpSettings())
    timer.measure(round_trip_ms)
    assert timer.rto_ms == rto_ms
    for _ in range(9):
        timer.back_off(0)
    assert timer.rto_ms == 60_000


def test_after_a_lost_syn_the_first_timeout_is_three_seconds():
    pair = Pair(wire=Wire(loss=1.0))
    pair.connect()
    pair.step()  # the first SYN is lost
    pair.wire.loss = 0.0
    pair.run(lambda: states(pair)[0] is S.ESTABLISHED)
    assert pair.sides[0].engine.sender.timer.rto_ms == 3_000  # RFC 6298, 5.7


def test_a_segment_that_went_twice_measures_nothing():
    pair = established()
    timer = pair.sides[0].engine.sender.timer
    before_ms = timer.rto_ms
    pair.wire.loss = 1.0
    pair.sides[0].engine.send(b"x")
    pair.flush()
    pair.wire.loss = 0.0
    pair.run()
    assert timer.rto_ms == 2 * before_ms  # backed off, and no round trip since (Karn)
    pair.sides[0].engine.send(b"y")
    pair.flush()
    pair.run()
    assert timer.rto_ms == before_ms


def test_a_peer_that_falls_silent_is_given_up():
    pair = established()
    pair.wire.loss = 1.0
    pair.sides[0].engine.send(b"x")
    pair.flush()
    pair.run()
    assert pair.sides[0].events == [Reset(NO_ANSWER)]
    waits = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
    repeats = [at_ms for at_ms, _, segment, _ in pair.log if not segment.flags & RST]
    assert [later - at for at, later in itertools.pairwise(repeats)] == [
        1_000 * wait for wait in waits
    ]
    assert pair.log[-1][2].flags & RST
    assert pair.sides[1].events == []


# -- windows -------------------------------------------------------------------------------------


def test_a_closed_window_is_probed_until_it_opens():
    pair = established(settings=TcpSettings(receive_buffer=3_000))
    sender, reader = pair.sides[0].engine, pair.sides[1].engine
    text = bytes(range(256)) * 20
    sender.send(text)
    pair.flush()
    pair.run(lambda: pair.now_ms > 3_600_000)  # an hour: it lives, since the peer answers
    assert pair.sides[0].end is None
    probes = [p for _, number, _, p in pair.log if number == 0][-20:]
    assert {len(payload) for payload in probes} == {1}
    assert reader.receiver.pending == 3_000
    pair.wire.loss = 1.0
    got = reader.receive(9_999)
    pair.flush()  # the news of the open window is lost
    pair.wire.loss = 0.0
    pair.run(lambda: sender.sender.acknowledged == len(text))
    assert got + reader.receive(9_999) == text


def test_a_probe_that_nobody_answers_ends_in_a_reset():
    pair = established(settings=TcpSettings(receive_buffer=3_000))
    pair.sides[0].engine.send(bytes(5_000))
    pair.flush()
    pair.run(lambda: pair.now_ms > 30_000)
    pair.wire.loss = 1.0
    pair.run()
    assert pair.sides[0].end == Reset(NO_ANSWER)


def test_the_windows_growth_is_told_in_steps_that_are_worth_it():
    pair = established(settings=TcpSettings(receive_buffer=2_920))
    reader = pair.sides[1].engine
    pair.sides[0].engine.send(bytes(4_000))
    pair.flush()
    pair.run(lambda: reader.receiver.pending == 2_920)
    pair.log.clear()
    for _ in range(1_459):
        reader.receive(1)
    pair.flush()
    assert pair.log == []
    reader.receive(1)
    pair.flush()
    assert [segment.window for _, _, segment, _ in pair.log] == [1_460]


def test_a_fin_goes_out_though_the_window_is_closed():
    pair = established(settings=TcpSettings(receive_buffer=1_000, send_buffer=1_000))
    pair.sides[0].engine.send(bytes(1_000))
    pair.flush()
    pair.run()
    pair.sides[0].engine.shut_down()
    pair.flush()
    pair.run(lambda: pair.now_ms > 900_000)
    assert pair.sides[0].end is None
    assert len(pair.sides[1].engine.receive(9_999)) == 1_000
    pair.flush()
    pair.run(lambda: pair.sides[1].has_seen_the_end)


# -- sizes and numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "largest"), [((1_460, 1_460), 1_460), ((536, 1_460), 536), ((1_460, 100), 100)]
)
def test_a_segment_fits_both_links(sizes, largest):
    pair = established(sizes=sizes)
    for side in pair.sides:
        side.engine.send(bytes(4_000))
    pair.flush()
    pair.run()
    assert max(len(payload) for _, _, _, payload in pair.log) == largest


def test_a_peer_that_names_no_size_gets_536():
    server = half_open()
    server.send(bytes(2_000))
    # Its window is 999: the rest of that, 463, would be silly (RFC 9293, 3.8.6.2.1).
    assert [len(payload) for _, payload in server.segments_to_send(0)] == [536]


@pytest.mark.parametrize(
    ("number", "near", "position"),
    [
        (5, 2**32 - 100, 2**32 + 5),
        (2**32 - 5, 2**32 + 3, 2**32 - 5),
        (2**32 - 5, 3, -5),
        (7, 3 * 2**32 + 1, 3 * 2**32 + 7),
        (2**31 - 1, 0, 2**31 - 1),
    ],
)
def test_a_number_is_the_position_nearest(number, near, position):
    assert unwrapped(number, near) == position
    assert wrapped(position) == number


def test_numbers_wrap_in_the_middle_of_a_text():
    pair = Pair(firsts=(2**32 - 1_000, 2**32 - 2))
    pair.establish()
    text = bytes(range(256)) * 16
    pair.sides[0].engine.send(text)
    pair.flush()
    pair.run()
    numbers = [segment.sequence for _, number, segment, payload in pair.log if payload]
    assert numbers == [2**32 - 999, 461, 1_921]
    assert pair.sides[1].engine.receive(9_999) == text


# -- early bytes ---------------------------------------------------------------------------------


def receiver(capacity=100):
    fresh = Receiver(capacity)
    fresh.begin(9)
    return fresh


def test_early_bytes_wait_for_those_before_them():
    at = receiver()
    assert at.take(13, b"def", is_last=True) == 0
    assert at.take(12, b"cde", is_last=False) == 0
    assert at.take(10, b"ab", is_last=False) == 6
    assert (at.read(99), at.is_ended, at.next) == (b"abcdef", True, 17)


def test_bytes_beyond_the_window_are_dropped():
    at = receiver(4)
    assert at.take(12, b"cdef", is_last=True) == 0
    assert at.take(8, b"??ab", is_last=False) == 4
    assert (at.read(99), at.is_ended) == (b"abcd", False)


def test_the_early_pieces_are_bounded():
    at = receiver(8_192)
    for number in range(2 * MOST_PIECES):
        at.take(12 + 2 * number, b"x", is_last=False)
    assert len(at._early) == MOST_PIECES
    filler = b"ab" + b"?" * 300
    assert at.take(10, filler, is_last=False) == 302


@pytest.mark.parametrize(
    ("window_left", "position", "length", "is_right"),
    [
        (0, 110, 0, True),
        (0, 111, 0, False),
        (0, 110, 1, False),
        (50, 110, 0, True),
        (50, 160, 0, False),
        (50, 109, 1, False),
        (50, 109, 2, True),
        (50, 159, 9, True),
        (50, 160, 9, False),
    ],
)
def test_the_four_cases_of_an_acceptable_segment(window_left, position, length, is_right):
    at = Receiver(100 + window_left)
    at.begin(9)
    at.take(10, bytes(100), is_last=False)
    assert at.open_window == window_left
    assert at.is_acceptable(position, length) == is_right
