"""Two TCP engines over a wire that loses, doubles, reorders and damages, with users that read and
write by pieces of any size: every byte is right, or the connection ends with Reset.
"""

import contextlib
import random

import pytest

from nce_sim.network.tcp.engine import Engine
from nce_sim.network.tcp.events import Closed, NotOpen, Refused, Reset
from nce_sim.network.tcp.states import TcpState
from nce_sim.settings import TcpSettings
from nce_sim.wire.tcp import ACK, FIN, RST, SYN, Segment, decode, encode
from support.tcp_pair import Pair, Wire

ROUGH = Wire(loss=0.15, doubling=0.1, latency_ms=(10, 900), damage=0.02)


def exchange(pair, sizes, *, on_turn=lambda turn: None, turns=400_000):
    """Both users send their text and half close; returns when nothing happens any more."""
    for side, size in zip(pair.sides, sizes, strict=True):
        side.text = pair.random.randbytes(size)
    pair.connect()
    for turn in range(turns):
        on_turn(turn)
        for side in pair.sides:
            if pair.random.random() < 0.7:
                pair.use(side, chunk=pair.random.choice((3, 700, 9_000)))
        pair.flush()
        if not pair.step() and not any(side.has_work for side in pair.sides):
            return
    raise AssertionError(f"no end: {[side.engine.state for side in pair.sides]}")


def judge(pair):
    """Never a wrong byte, and never an end that is short; returns whether all arrived."""
    for side, other in zip(pair.sides, reversed(pair.sides), strict=True):
        assert bytes(side.got) == other.text[: len(side.got)]
        if side.has_seen_the_end:
            assert len(side.got) == len(other.text)
        if isinstance(side.end, Closed):
            assert side.has_seen_the_end
            # In order on this side: the peer has all of it, whatever became of it afterwards.
            assert side.engine.sender.acknowledged == len(side.text)
    return all(
        bytes(s.got) == o.text for s, o in zip(pair.sides, reversed(pair.sides), strict=True)
    )


def near_the_wrap(rng):
    return tuple((2**32 - rng.randrange(20_000)) % 2**32 for _ in range(2))


@pytest.mark.parametrize("seed", range(40))
def test_every_byte_is_right_over_a_rough_wire(seed):
    rng = random.Random(seed)
    pair = Pair(
        seed, ROUGH, firsts=near_the_wrap(rng), sizes=(rng.choice((100, 536, 1_460)), 1_460)
    )
    exchange(pair, (rng.randrange(30_000), rng.randrange(30_000)))
    assert judge(pair)
    assert [type(side.end) for side in pair.sides] == [Closed, Closed]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
def test_a_mebibyte_each_way_is_right(seed):
    pair = Pair(seed, Wire(loss=0.05, doubling=0.05, latency_ms=(10, 100)), firsts=(2**32 - 9, 5))
    exchange(pair, (1 << 20, 1 << 20))
    assert judge(pair)
    assert [type(side.end) for side in pair.sides] == [Closed, Closed]


@pytest.mark.parametrize("seed", range(60))
def test_a_reset_in_the_middle_is_told_to_both(seed):
    rng = random.Random(seed)
    pair = Pair(seed, ROUGH, firsts=near_the_wrap(rng))
    moment, victim = rng.randrange(3, 200), rng.randrange(2)
    was_broken = []

    def break_it(turn):
        side = pair.sides[victim]
        if turn == moment and side.end is None:
            was_broken.append(side.engine.state)
            side.engine.abort()
            side.events.append(Reset("ours"))

    exchange(pair, (40_000, 40_000), on_turn=break_it)
    judge(pair)
    if was_broken:
        # A peer that waits for nothing hears of it as soon as it sends.
        other = pair.sides[1 - victim]
        assert isinstance(other.end, (Reset, Refused)) or other.engine.next_timeout() is None


@pytest.mark.parametrize("seed", range(20))
def test_a_wire_that_is_cut_ends_in_a_reset_and_never_in_an_end(seed):
    pair = Pair(seed, Wire(loss=0.05, latency_ms=(10, 300)), firsts=(2**32 - 5_000, 7))
    moment = random.Random(seed).randrange(10, 150)

    def cut(turn):
        if turn == moment:
            pair.wire.loss = 1.0

    exchange(pair, (60_000, 60_000), on_turn=cut)
    judge(pair)
    assert pair.now_ms < 20 * 60_000
    assert [type(side.end) for side in pair.sides] == [Reset, Reset]


def test_the_buffers_stay_within_their_bounds():
    settings = TcpSettings(send_buffer=4_000, receive_buffer=3_000)
    pair = Pair(5, ROUGH, settings=settings)
    most = [0, 0]

    def look(turn):
        for side in pair.sides:
            most[0] = max(most[0], 4_000 - side.engine.sender.free)
            most[1] = max(most[1], side.engine.receiver.pending)

    exchange(pair, (50_000, 50_000), on_turn=look)
    assert judge(pair)
    assert most[0] == 4_000
    assert 2_000 < most[1] <= 3_000


def test_no_segment_goes_beyond_the_peers_window_or_size():
    settings = TcpSettings(send_buffer=20_000, receive_buffer=2_500)
    pair = Pair(9, Wire(latency_ms=(50, 50)), settings=settings, sizes=(1_400, 900))
    exchange(pair, (60_000, 60_000))
    assert judge(pair)
    assert {len(payload) for _, _, _, payload in pair.log} <= set(range(901))
    edges = {0: 0, 1: 0}
    for _, number, segment, payload in pair.log:
        end = segment.sequence + len(payload)
        assert end <= edges[number] + 1 or not payload  # a probe is one byte beyond it
        edges[1 - number] = max(edges[1 - number], segment.acknowledgement + segment.window)


A, B = ("10.160.0.1", 1), ("203.0.113.7", 2)


def random_step(rng, engine, now_ms):
    """A call of the user, a time-out, or a segment that may fit."""
    calls = {
        "shut_down": engine.shut_down,
        "close": lambda: engine.close(now_ms),
        "receive": lambda: engine.receive(rng.randrange(2_000)) and None,
        "time": lambda: engine.handle_timeout(now_ms),
    }
    if rng.random() < 0.1:
        return calls[rng.choice(list(calls))]() or []
    if rng.random() < 0.2:
        with contextlib.suppress(NotOpen):
            engine.send(rng.randbytes(rng.randrange(2_000)))
        return []
    near = rng.choice((0, 0, 0, 0, 1, -1, 500, 5_000))
    sender = engine.sender
    segment = Segment(
        (engine.receiver.next + near) % 2**32,
        rng.choice((sender.next, sender.next, sender.unacknowledged, sender.next + 1)) % 2**32,
        rng.choice((ACK, ACK, ACK, ACK, ACK | FIN, ACK | FIN, SYN, SYN | ACK, RST, 0, 63)),
        rng.choice((0, 1, 700, 65_535)),
        rng.choice((None, None, 0, 1, 1_460)),
    )
    return engine.receive_segment(segment, rng.randbytes(rng.choice((0, 0, 1, 900))), now_ms)


@pytest.mark.parametrize("start", ["connect", "listen"])
def test_segments_and_calls_at_random_never_break_an_engine(start):
    seen = set()
    for seed in range(100):
        rng = random.Random(seed)
        settings = TcpSettings(receive_buffer=3_000, send_buffer=3_000)
        engine = Engine(rng.getrandbits(32), 1_460, settings)
        getattr(engine, start)()
        now_ms, ends = 0, 0
        for _ in range(120):
            now_ms += rng.choice((0, 10, 2_000, 90_000))
            events = random_step(rng, engine, now_ms)
            assert not (ends and events)  # nothing follows the end
            ends += sum(isinstance(event, (Closed, Reset, Refused)) for event in events)
            seen.add(engine.state)
            assert engine.receiver.pending <= 3_000
            assert 0 <= engine.sender.free <= 3_000
            for segment, payload in engine.segments_to_send(now_ms):
                assert decode(encode(segment, A, B, payload), A[0], B[0])[2:] == (segment, payload)
            due_ms = engine.next_timeout()
            assert due_ms is None or engine.state is not TcpState.CLOSED
        assert ends <= 1
    missing = {TcpState.LISTEN, TcpState.SYN_SENT}
    assert seen >= set(TcpState) - missing
