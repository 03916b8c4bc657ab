"""TCP of a device: through the air, the gateway and the NAT to servers of the internet."""

import asyncio

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.internet import Breakout
from nce_sim.network.tcp import (
    Acknowledged,
    Closed,
    Connected,
    NotOpen,
    PeerClosed,
    PortInUse,
    Refused,
    Reset,
    TcpState,
)
from nce_sim.network.tcp.events import NO_ANSWER, RESET_BY_PEER
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.tcp import ACK, SYN, Segment
from support.tcp_world import SERVER, Place, echo, virtually

ROUGH = LinkProfile("rough", (10, 300), loss=0.05, duplication=0.05, reordering=0.05)
OTHER = Address("203.0.113.9", 80)
FIRST_PUBLIC = Address("198.51.100.1", 20_000)


def test_a_server_on_the_internet_talks_with_a_device():
    async def story(place):
        seen = []

        async def handler(reader, writer):
            seen.append(writer.get_extra_info("peername"))
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        place.internet.serve(SERVER, handler)
        line = await place.dial()
        await line.send(b"hello\n")
        assert await line.receive() == b"HELLO\n"
        line.connection.close()
        await line.until(Closed)
        assert seen == [tuple(FIRST_PUBLIC)]
        assert line.end == Closed()
        assert line.connection.sent_bytes == line.connection.acknowledged_bytes == 6
        assert line.connection.total_received == line.connection.read_bytes == 6
        assert line.connection.free_bytes == 8_192

    virtually(story)


@pytest.mark.parametrize(
    "profile",
    [
        ROUGH,
        pytest.param(LinkProfile("tiny", (5, 9), mtu=300), marks=pytest.mark.slow),
    ],
)
def test_a_mebibyte_comes_back_as_it_went(profile):
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        text = place.world.random("text").randbytes(1 << 20)

        async def send():
            await line.send(text)
            line.connection.shut_down()

        sending = asyncio.create_task(send())
        assert await line.receive() == text
        await sending
        line.connection.close()
        await line.until(Closed)
        assert isinstance(line.end, Closed)
        assert max(record.fields["size"] for record in place.segments) <= profile.mtu
        assert {r.fields["fate"] for r in place.segments} <= {
            "sent", "lost", "duplicated", "reordered"
        }  # fmt: skip

    virtually(story, profile)


def test_the_same_seed_is_the_same_run():
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        await line.send(bytes(20_000))
        await line.receive(20_000)
        return place.world.timeline.hash()

    assert virtually(story, ROUGH) == virtually(story, ROUGH)


@pytest.mark.parametrize(
    ("address", "end"),
    [
        (Address(SERVER.host, 81), Refused(RESET_BY_PEER)),
        (Address("8.8.8.8", 53), Refused(RESET_BY_PEER)),  # a host of UDP alone
        (Address("10.60.0.53", 53), Refused(RESET_BY_PEER)),
        (Address("10.60.2.239", 4_445), Refused(RESET_BY_PEER)),  # 1NCE OS: UDP
        (OTHER, Refused(NO_ANSWER)),
        (Address("192.168.0.1", 80), Refused(NO_ANSWER)),
        (Address("10.160.0.2", 80), Refused(NO_ANSWER)),  # from SIM to SIM
    ],
)
def test_who_refuses_and_who_does_not_answer(address, end):
    async def story(place):
        place.world.add_sim()
        place.world.core.listen(Address("10.60.2.239", 4_445), print)
        place.internet.serve(SERVER, echo)
        line = await place.dial(address)
        assert line.events == [end]

    virtually(story)


def test_1nce_os_is_not_there_from_an_automatic_breakout():
    async def story(place):
        place.world.core.listen(Address("10.60.2.239", 4_445), print)
        place.internet.breakout = Breakout("Automatic", "Frankfurt")
        line = await place.dial(Address("10.60.2.239", 4_445))
        assert line.events == [Refused(NO_ANSWER)]
        assert set(place.drops) == {"1NCE OS is not reachable from this breakout"}

    virtually(story)


def test_every_segment_is_billed_with_its_headers():
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        await line.send(bytes(10_000))
        await line.receive(10_000)
        await asyncio.sleep(5)
        sizes = {"up": 0, "down": 0}
        for record in place.segments:
            segment, payload = record.fields["segment"], record.fields["payload"]
            size = 20 + 20 + (4 if segment.flags & SYN else 0) + len(payload)
            assert record.fields["size"] == size
            sizes[record.fields["direction"]] += size
        assert (place.session.meter.tx, place.session.meter.rx) == (sizes["up"], sizes["down"])
        assert sizes["up"] > 10_000 < sizes["down"]

    virtually(story)


def test_the_last_byte_of_the_volume_resets_the_connection():
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        place.world.account.exhaust(place.sim)
        await line.send(bytes(50_000))
        await line.until(Reset)
        assert isinstance(line.end, Reset)
        with pytest.raises(NotOpen):
            line.connection.send(b"x")
        with pytest.raises(NotOpen, match="no bearer"):
            place.session.tcp.connect(SERVER, print)

    virtually(story)


# -- the session ----------------------------------------------------------------------------------


def test_the_end_of_a_session_resets_its_connections():
    async def story(place):
        place.internet.serve(SERVER, echo)
        lines = [await place.dial() for _ in range(3)]
        place.session.close("the modem is off")
        assert [line.end for line in lines] == [None] * 3  # after the call, not during it
        await asyncio.sleep(0.001)
        assert [line.end for line in lines] == [Reset("the modem is off")] * 3
        assert place.session.tcp.connections() == []

    virtually(story)


def test_a_new_session_knows_nothing_of_the_old_connections():
    async def story(place):
        ends = []

        async def talk_on(reader, writer):
            try:
                while True:
                    writer.write(b"tick")
                    await writer.drain()
                    await asyncio.sleep(5)
            except ConnectionResetError as error:
                writer.close()
                ends.append(str(error))

        place.internet.serve(SERVER, talk_on)
        await place.dial()
        await asyncio.sleep(1)
        place.session.close()
        place.open()
        await asyncio.sleep(30)
        assert ends == [f"{FIRST_PUBLIC}: {RESET_BY_PEER}"]

    virtually(story)


def test_a_device_that_restarts_gets_through_from_the_same_port():
    async def story(place):
        place.internet.serve(SERVER, echo)
        first = await place.dial(local_port=5_000)
        place.session.close()
        place.open()
        again = await place.dial(local_port=5_000)  # RFC 9293, figure 9
        assert isinstance(first.end, Reset)
        assert again.events == [Connected()]
        await again.send(b"abc")
        assert await again.receive(3) == b"abc"

    virtually(story)


def test_a_coverage_hole_is_a_delay():
    async def story(place):
        place.internet.serve(SERVER, echo)
        cell = place.world.operator.cells[0]
        place.session.cell = cell
        line = await place.dial()
        cell.is_in_coverage = False
        await line.send(b"through the hole")
        await asyncio.sleep(120)
        cell.is_in_coverage = True
        assert await line.receive(16) == b"through the hole"
        assert "no_coverage" in {record.fields["fate"] for record in place.segments}

    virtually(story)


def test_a_device_in_power_saving_mode_gets_what_came_meanwhile_again():
    async def story(place):
        async def late(reader, writer):
            await asyncio.sleep(10)
            writer.write(b"late")
            writer.close()

        place.internet.serve(SERVER, late)
        line = await place.dial()
        place.session.sleep()
        await asyncio.sleep(60)
        assert line.connection.pending == 0
        place.session.wake()
        assert await line.receive(4) == b"late"

    virtually(story)


def test_a_twin_program_gets_no_segments():
    async def story(place):
        got = []
        place.world.core.set_twin(got.append)
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        place.session.close()
        twin = Address(place.session.host, line.connection.local.port)
        place.world.core.downlink.deliver(Datagram(SERVER, twin, b"", Segment(1, 2, ACK)))
        place.world.core.downlink.deliver(Datagram(SERVER, twin, b"udp"))
        assert [datagram.payload for datagram in got] == [b"udp"]
        assert place.drops == ["nobody is there"]

    virtually(story)


def test_a_gate_may_swallow_segments():
    class Gate:
        def __init__(self):
            self.seen = []

        def passes(self, segment):
            self.seen.append(segment)
            return len(self.seen) != 1

    async def story(place):
        gate = place.session.tcp.gate = Gate()
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        assert line.events == [Connected()]
        assert place.clock.now_ms() > 1_000  # the SYN went twice
        assert [datagram.segment.flags for datagram in gate.seen[:2]] == [SYN, SYN]
        assert len(place.segments) == len(gate.seen)  # one was swallowed, one came down

    virtually(story)


# -- the NAT --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("idle_s", "is_reset", "end"),
    [(599, False, None), (601, False, Reset(NO_ANSWER)), (601, True, Reset(RESET_BY_PEER))],
)
def test_the_nat_forgets_an_idle_connection(idle_s, is_reset, end):
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial()
        await line.send(b"one")
        await line.receive(3)
        await asyncio.sleep(idle_s)
        began_ms = place.clock.now_ms()
        await line.send(b"two")
        got = await line.receive(3)
        assert (line.end, got) == (end, b"" if end else b"two")
        assert ("no NAT binding" in place.drops) == (end is not None)
        if is_reset:
            assert place.clock.now_ms() - began_ms < 100
        # A new handshake makes a new binding.
        again = await place.dial()
        await again.send(b"new")
        assert await again.receive(3) == b"new"

    virtually(story, tcp_forgotten_is_reset=is_reset)


@pytest.mark.parametrize("is_reset", [False, True])
def test_a_server_meets_the_same_silence(is_reset):
    async def story(place):
        ends = []

        async def handler(reader, writer):
            await asyncio.sleep(700)
            writer.write(b"too late")
            try:
                await reader.read(1)
            except ConnectionResetError as error:
                writer.close()
                ends.append((str(error), place.clock.now_ms() // 1_000))

        place.internet.serve(SERVER, handler)
        line = await place.dial()
        await asyncio.sleep(2_000)
        assert line.end is None  # nobody tells the device
        [(reason, at_s)] = ends
        assert reason.endswith(RESET_BY_PEER if is_reset else NO_ANSWER)
        assert (at_s == 700) == is_reset

    virtually(story, tcp_forgotten_is_reset=is_reset)


def test_nobody_dials_a_device():
    async def story(place):
        calls = []
        place.session.tcp.listen(80, calls.append)
        stack = place.internet.tcp._stack(SERVER.host)
        events = []
        stack.connect(Address(FIRST_PUBLIC.host, 80), events.append)
        await asyncio.sleep(200)
        assert (events, calls) == ([Refused(NO_ANSWER)], [])
        assert set(place.drops) == {"no NAT binding"}

    virtually(story)


# -- servers --------------------------------------------------------------------------------------


def test_a_server_that_fails_resets_its_connection_and_is_told_of():
    async def story(place):
        told = []
        asyncio.get_running_loop().set_exception_handler(
            lambda loop, context: told.append(context)
        )

        async def handler(reader, writer):
            await reader.readline()
            raise KeyError("no such thing")

        place.internet.serve(SERVER, handler)
        line = await place.dial()
        await line.send(b"\n")
        await line.until(Reset)
        assert line.end == Reset(RESET_BY_PEER)
        [context] = told
        assert context["message"] == "the server at 203.0.113.7:80 failed"
        assert isinstance(context["exception"], KeyError)

    virtually(story)


def test_a_server_that_does_not_read_closes_the_window_and_drain_waits_for_a_reader():
    async def story(place):
        got, sent = bytearray(), []
        text = place.world.random("text").randbytes(400_000)

        async def handler(reader, writer):
            await asyncio.sleep(900)
            while data := await reader.read(1_000):
                got.extend(data)
            for at in range(0, len(text), 10_000):
                writer.write(text[at : at + 10_000])
                await writer.drain()
                sent.append(at)
            writer.close()

        place.internet.serve(SERVER, handler)
        line = await place.dial()
        sending = asyncio.create_task(line.send(text))
        await asyncio.sleep(800)
        # The reader's 128 KiB (twice asyncio's limit) and the two buffers are full.
        assert line.connection.sent_bytes < 170_000
        assert line.connection.free_bytes == 0
        await sending
        line.connection.shut_down()
        await asyncio.sleep(300)
        assert bytes(got) == text
        assert len(sent) * 10_000 < 120_000  # nobody reads at the device
        assert await line.receive() == text
        assert line.events.count(PeerClosed()) == 1

    virtually(story)


def test_a_server_that_reads_late_gets_everything_though_the_connection_is_over():
    async def story(place):
        got = []

        async def handler(reader, writer):
            writer.write_eof()
            writer.transport.pause_reading()
            await asyncio.sleep(60)
            writer.transport.resume_reading()
            got.append(await reader.read(-1))

        place.internet.serve(SERVER, handler)
        line = await place.dial()
        await line.send(bytes(5_000))
        line.connection.close()
        await line.until(Closed)
        assert (line.end, got) == (Closed(), [])
        await asyncio.sleep(60)
        assert got == [bytes(5_000)]

    virtually(story)


def test_a_server_that_stopped_refuses_newcomers_and_keeps_its_connections():
    async def story(place):
        stop = place.internet.serve(SERVER, echo)
        line = await place.dial()
        await asyncio.sleep(1)  # the server has the last segment of the handshake
        stop()
        stop()
        assert (await place.dial()).events == [Refused(RESET_BY_PEER)]
        await line.send(b"still")
        assert await line.receive(5) == b"still"
        place.internet.serve(SERVER, echo)
        assert (await place.dial()).events == [Connected()]

    virtually(story)


def test_a_server_needs_a_public_address_of_its_own():
    async def story(place):
        place.internet.serve(SERVER, echo)
        with pytest.raises(PortInUse, match=r"port 80 of 203\.0\.113\.7"):
            place.internet.serve(SERVER, echo)
        with pytest.raises(ValueError, match="private"):
            place.internet.serve(Address("10.1.2.3", 80), echo)
        place.internet.listen(SERVER, print)  # UDP is another protocol

    virtually(story)


# -- the stack's bounds ---------------------------------------------------------------------------


def test_time_wait_is_bounded_and_costs_no_time():
    async def story(place):
        place.internet.serve(SERVER, echo)
        for _ in range(70):
            line = await place.dial()
            line.connection.close()
            await line.until(Closed)
        states = [connection.state for connection in place.session.tcp.connections()]
        assert states == [TcpState.TIME_WAIT] * 64
        assert place.clock.now_ms() < 30_000
        await asyncio.sleep(1)
        assert place.clock.next_due_ms() is None
        await asyncio.sleep(300)
        assert place.session.tcp.connections() == []

    virtually(story)


def test_half_open_handshakes_are_bounded():
    async def story(place):
        place.internet.serve(SERVER, echo)
        stack = place.internet.tcp._stack(SERVER.host)
        for port in range(1_000):
            syn = Segment(port, flags=SYN, window=99)
            stack.receive(Datagram(Address("192.0.2.1", port), SERVER, b"", syn))
        assert len(stack.connections()) == 64
        await asyncio.sleep(200)
        assert stack.connections() == []
        assert (await place.dial()).events == [Connected()]

    virtually(story)


def test_a_pair_of_ports_is_free_again_after_its_end():
    async def story(place):
        place.internet.serve(SERVER, echo)
        line = await place.dial(local_port=5_000)
        with pytest.raises(PortInUse, match="5000"):
            place.session.tcp.connect(SERVER, print, 5_000)
        place.internet.serve(OTHER, echo)
        assert (await place.dial(OTHER, local_port=5_000)).events == [Connected()]
        line.connection.abort()
        assert (await place.dial(local_port=5_000)).events == [Connected()]

    virtually(story)


def test_a_new_handshake_may_replace_one_in_time_wait():
    async def story(place):
        async def end(reader, writer):
            writer.close()

        place.internet.serve(SERVER, end)
        line = await place.dial(local_port=5_000)
        await line.until(PeerClosed)
        line.connection.close()
        await line.until(Closed)
        await asyncio.sleep(1)
        stack = place.internet.tcp._stack(SERVER.host)
        [old] = stack.connections()
        assert old.state is TcpState.TIME_WAIT
        public = old.remote
        received = old._engine.receiver.next
        for number, is_new in ((received - 1, False), (received + 1_000, True)):
            syn = Segment(number % 2**32, flags=SYN, window=99)
            stack.receive(Datagram(public, SERVER, b"", syn))
            assert (stack.connections() != [old]) == is_new

    virtually(story)


def test_an_event_handler_that_fails_does_not_stop_the_protocol():
    place = Place(VirtualClock())
    taken = []

    def on_connection(connection):
        def fail(event):
            taken.append(connection)
            raise KeyError(event)

        return fail

    place.internet.tcp._stack(SERVER.host).listen(80, on_connection)
    events = []
    connection = place.session.tcp.connect(SERVER, events.append)
    place.world.advance(1_000)
    connection.send(b"x")
    with pytest.raises(KeyError):
        place.world.advance(1_000)
    place.world.advance(900)  # less than a time-out: the acknowledgement left all the same
    assert events == [Connected(), Acknowledged(1)]
    [server] = taken
    assert server.receive(9) == b"x"


def test_udp_datagrams_for_tcp_are_a_mistake_of_the_caller():
    place = Place(None)
    with pytest.raises(ValueError, match="UDP"):
        place.session.tcp.receive(Datagram(SERVER, SERVER, b""))
