"""Every limit of a TCP stream against a number of its own, in virtual time."""

import asyncio

import pytest

from nce_modem import BG95, Modem, errors
from nce_sim.clock import run_virtual
from test_streams import EMPTY, ERROR, PEER, READ, STATE, Tcp, held, state

FULL = "\r\nSEND FAIL\r\n"
TAKEN = "\r\nSEND OK\r\n"
ARRIVED = '\r\n+QIURC: "recv",0\r\n'
CLOSED = '\r\n+QIURC: "closed",0\r\n'


class Timed(Tcp):
    """Notes when each command came, in milliseconds since the stream was opened."""

    def __init__(self):
        super().__init__()
        self.asked = []
        self.begun_ms = 0

    def on_command(self, line):
        self.asked.append((now_ms() - self.begun_ms, line))
        super().on_command(line)

    def times(self, start):
        return [at_ms for at_ms, line in self.asked if line.startswith(start)]


def now_ms():
    return round(asyncio.get_running_loop().time() * 1000)


def on_stream(scene, **changes):
    """Run `scene(script, stream, modem)` in virtual time, a day at the most."""

    async def within(_clock):
        script = Timed()
        modem = Modem(script, family=BG95.changed(**changes))
        await modem.link.open(script)
        try:
            stream, _ = await modem.open_connection(*PEER)
            script.asked.clear()
            script.begun_ms = now_ms()
            await asyncio.wait_for(scene(script, stream, modem), 86_400)
        finally:
            await modem.close()

    run_virtual(within)


def is_near(found, expected, slack_ms=60):
    """The virtual clock and the line add a few milliseconds to each wait."""
    return len(found) == len(expected) and all(
        0 <= at_ms - due_ms <= slack_ms for at_ms, due_ms in zip(found, expected, strict=True)
    )


def test_a_full_buffer_is_tried_with_growing_pauses_and_given_up_after_five_minutes():
    async def scene(script, stream, _modem):
        script.send_result = FULL
        stream.write(b"x")
        await asyncio.sleep(10)
        assert is_near(
            script.times("AT+QISEND"), (0, 100, 300, 800, 1800, 3800, 5800, 7800, 9800), 250
        )
        # A success begins again: the shortest pause, and five minutes.
        script.send_result = TAKEN
        await stream.drain()
        script.asked.clear()
        script.send_result = FULL
        begun_ms, script.begun_ms = now_ms(), now_ms()
        stream.write(b"y")
        with pytest.raises(errors.SendFailed, match=r"no byte .* for 300 s"):
            await stream.drain()
        assert 300_000 <= now_ms() - begun_ms <= 302_100
        assert is_near(script.times("AT+QISEND")[:4], (0, 100, 300, 800), 150)

    on_stream(scene)


def test_closing_gives_what_is_unsent_a_minute_from_the_first_call():
    async def scene(script, stream, _modem):
        script.send_result = FULL
        stream.write(b"bye")
        stream.close()
        await asyncio.sleep(30)
        stream.close()
        with pytest.raises(errors.SendFailed, match="3 bytes unsent"):
            await stream.wait_closed()
        assert 60_000 <= now_ms() - script.begun_ms <= 60_100
        assert len(script.times(READ)) <= 1  # nobody will read any more

    on_stream(scene)


def test_a_modem_that_does_not_answer_the_close_holds_nobody_up():
    async def scene(script, stream, modem):
        script.answers["AT+QICLOSE=0"] = ""
        stream.close()
        await stream.wait_closed()
        assert now_ms() - script.begun_ms <= 30_000
        assert not modem.sockets

    on_stream(scene)


def test_an_idle_stream_is_looked_at_less_and_less_often_up_to_a_minute():
    async def scene(script, stream, _modem):
        await asyncio.sleep(200)
        looks = (10_000, 30_000, 70_000, 130_000, 190_000)
        assert is_near(script.times(READ), (0, *looks), 300)
        assert is_near(script.times(STATE), looks, 300)  # each time, and never in between
        # What comes makes it lively again.
        script.asked.clear()
        script.begun_ms = now_ms()
        script.answers[READ] = [held("x"), EMPTY]
        script.say(ARRIVED)
        assert await stream.readexactly(1) == b"x"
        await asyncio.sleep(35)
        assert is_near(script.times(STATE), (10_000, 30_000), 300)

    on_stream(scene)


def test_a_modem_without_events_is_looked_at_as_often_as_before():
    async def scene(script, _stream, _modem):
        await asyncio.sleep(52)
        assert is_near(script.times(READ), range(0, 60_000, 10_000), 300)

    on_stream(scene, tells_arrivals=False)


def test_a_refused_read_is_tried_once_more_after_half_a_second():
    async def scene(script, stream, _modem):
        await asyncio.sleep(1)
        for _ in range(2):  # once in a row is forgiven each time
            script.asked.clear()
            script.begun_ms = now_ms()
            script.answers[READ] = [ERROR, held("x"), EMPTY]
            script.say(ARRIVED)
            assert await stream.readexactly(1) == b"x"
            assert is_near(script.times(READ)[:2], (0, 500))
            await asyncio.sleep(1)
        script.answers[READ] = ERROR
        script.say(ARRIVED)
        with pytest.raises(errors.SocketDead, match="refused to be read"):
            await stream.read(1)

    on_stream(scene)


def test_4096_bytes_are_read_ahead_and_room_is_used_at_once():
    async def scene(script, stream, _modem):
        await asyncio.sleep(1)
        script.answers[READ] = held("z" * 1024)
        script.say(ARRIVED)
        await asyncio.sleep(1)
        assert script.count(READ) == 1 + 4
        assert await stream.read(1) == b"z"
        await asyncio.sleep(1)
        assert script.count(READ) == 1 + 5
        # A reader that wanted more and gave up leaves no wish behind.
        script.answers[READ] = [held("z" * 1024), held("z" * 1024), EMPTY]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stream.readexactly(20_000), 1)
        asked = script.count(READ)
        script.answers[READ] = held("z" * 1024)
        script.say(ARRIVED)
        await asyncio.sleep(1)
        assert script.count(READ) == asked

    on_stream(scene)


def test_a_line_has_65536_bytes_at_the_most():
    async def scene(script, stream, _modem):
        whole = "x" * 1023 + "\n"
        script.answers[READ] = [held("x" * 1024)] * 63 + [held(whole), EMPTY]
        script.say(ARRIVED)
        assert len(await stream.readline()) == 65_536
        script.answers[READ] = [held("x" * 1024)] * 64 + [EMPTY]
        script.say(ARRIVED)
        with pytest.raises(ValueError, match="65536"):
            await asyncio.wait_for(stream.readline(), 3600)

    on_stream(scene)


def test_a_refused_send_makes_it_look_at_once_whether_the_peer_has_gone():
    async def scene(script, stream, modem):
        await asyncio.sleep(1)
        script.answers[STATE] = state(4)
        script.answers["AT+QISEND=0,3"] = ERROR
        begun_ms = now_ms()
        stream.write(b"abc")
        assert await stream.read() == b""
        assert now_ms() - begun_ms <= 500
        with pytest.raises(errors.SocketDead):
            await stream.drain()
        with pytest.raises(errors.SocketDead):
            stream.write(b"more")
        stream.close()
        with pytest.raises(errors.SocketDead):
            await stream.wait_closed()
        assert now_ms() - begun_ms <= 1000
        assert script.count("AT+QISEND") == 1
        assert not modem.sockets

    on_stream(scene)


def test_the_first_thing_that_broke_it_is_told():
    async def scene(script, stream, _modem):
        await asyncio.sleep(1)
        script.say('\r\n+QIURC: "pdpdeact",1\r\n\r\nRDY\r\n')
        with pytest.raises(errors.PdpLost):
            await stream.read(1)
        with pytest.raises(errors.PdpLost):
            await stream.drain()

    on_stream(scene)


def test_a_fault_of_a_familys_part_ends_the_wait_of_a_reader():
    async def scene(script, stream, modem):
        async def receive(_link, _stream):
            raise KeyError("of the part")

        await asyncio.sleep(1)
        stream._hooks.receive = receive
        script.say(ARRIVED)
        with pytest.raises(errors.ModemError, match="the stream failed: KeyError"):
            await asyncio.wait_for(stream.read(1), 60)
        await stream.wait_closed()
        assert not modem.sockets

    on_stream(scene)


def test_the_end_is_not_there_before_the_last_byte_was_taken():
    async def scene(script, stream, _modem):
        await asyncio.sleep(1)
        script.answers[READ] = [held("last"), EMPTY]
        script.say(ARRIVED + CLOSED)
        assert await stream.readexactly(2) == b"la"
        await asyncio.sleep(1)
        assert not stream.at_eof()
        assert await stream.read(9) == b"st"
        assert stream.at_eof()
        await asyncio.sleep(100)
        assert script.count(READ) == 1 + 2  # after the end it is left alone

    on_stream(scene)
