"""One suite for every family, by the same driver: simulated each, or one that is real.

    pytest tests/scenarios/test_driver_every_family.py
    pytest tests/scenarios/test_driver_every_family.py --nce-target=serial:/dev/ttyUSB0

On a real modem run those tests that need no knobs of the simulator (marked `parity`), against
1NCE's UDP endpoint, which answers nothing; with `--nce-echo=HOST:PORT` answers are asked for as
well. docs/hardware.md says what a tester does.
"""

import asyncio

import pytest

from nce_modem import errors, progress
from nce_modem.families.family import ALWAYS_AWAKE
from nce_modem.power_saving import PowerSaving
from nce_modem.sms import Sms
from nce_sim.network.core import Address
from nce_sim.sms.short_message import Direction
from support.driver_bench import ECHO, FAMILIES, SEND_COMMANDS

LOSS = 0.2
ANSWER_MS = 20_000
STREAM_S = 60


def datagram(number):
    """Awkward for a line reader: final results, prompts, zeros; never what ends a data mode."""
    return (b"%d \r\nOK\r\n> @\x00" % number + bytes(range(number % 200)) + b".").replace(
        b"+++", b"***"
    )


async def exchange(bench, modem, count):
    """How many of `count` datagrams were answered; every answer is that of its question."""
    port = await modem.open_datagram(bench.echo.host, bench.echo.port)
    answered = 0
    for number in range(count):
        data = datagram(number)
        await port.send(data)
        reply = await port.receive(5000 if bench.has_echo else 0)
        assert reply in (None, data)
        answered += reply is not None
    await port.close()
    return answered


async def send_on_and_on(port, data):
    for _ in range(5):
        await port.send(data)
        await asyncio.sleep(1)


async def recovered(bench, modem, tries=5):
    """A port that works again after whatever it was."""
    for _ in range(tries):
        try:
            await modem.attach()
            return await modem.open_datagram(bench.echo.host, bench.echo.port)
        except errors.ModemError as error:
            await asyncio.sleep(max(1, getattr(error, "retry_after_ms", 0) / 1000))
    raise AssertionError(f"not back after {tries} tries")


@pytest.mark.parity
def test_modem_is_found_and_attaches_as_a_roamer(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        assert modem.family.profile.name == FAMILIES.get(
            on_modem.family, modem.family.profile.name
        )
        assert modem.address.startswith("10.")
        # Nothing to be done any more, so no step is taken twice.
        before = modem.generation
        await modem.attach()
        assert modem.generation == before
        stats = [event.stat for event in bench.told if isinstance(event, progress.Registered)]
        assert not stats or stats[0] in (1, 5)

    on_modem(scene)


@pytest.mark.parity
def test_names_and_addresses_open_sockets(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        address = await modem.resolve("udp.os.1nce.com")
        assert len(address.split(".")) == 4
        for host in ("udp.os.1nce.com", address):
            port = await modem.open_datagram(host, 4445)
            await port.send(b"hello")
            await port.close()

    on_modem(scene)


@pytest.mark.parity
def test_datagrams_pass(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        if bench.knobs is None:
            answered = await exchange(bench, modem, 25)
            assert answered > 15 or not bench.has_echo
            return
        bench.loss = LOSS
        assert await exchange(bench, modem, 100) > 60
        assert bench.arrived == [datagram(number) for number in range(100)]

    on_modem(scene)


def test_no_datagram_waits_out_a_limit(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        for _ in range(5):
            start_ms = modem.now_ms()
            await port.send(b"hello")
            assert modem.now_ms() - start_ms < 1000
            assert await port.receive(ANSWER_MS) == b"hello"
            # The first SLM tells of nothing, and each look blocks the line for a second.
            assert modem.now_ms() - start_ms < 4000

    on_modem(scene)


@pytest.mark.parity
@pytest.mark.parametrize(
    "data",
    [
        *(b"+++", b"a+++b", b"ends in a +", b"\0+\x08++", b"\r\n+++,\x01\xff+", b"OK", b">"),
        b"+CMTI: 1",
    ],
)
def test_what_looks_like_the_lines_own_language_passes(on_modem, data):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.send(data)
        # The first SLM hands on printable text as lines of its own, without a count.
        is_ambiguous = "first SLM" in modem.family.profile.name and data in (b"OK", b"+CMTI: 1")
        if bench.has_echo and not is_ambiguous:
            assert await port.receive(ANSWER_MS) == data

    on_modem(scene)


@pytest.mark.slow
def test_a_thousand_datagrams_pass(on_modem, figure):
    async def scene(bench, modem):
        await modem.attach()
        bench.loss = LOSS
        answered = await exchange(bench, modem, 1000)
        assert bench.arrived == [datagram(number) for number in range(1000)]
        assert answered > 700
        figure(f"{on_modem.family}: 1000 sent, 1000 arrived, {answered} answers")

    on_modem(scene, seed=7)


@pytest.mark.parity
def test_the_largest_datagram_passes_and_a_larger_one_is_refused(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        with pytest.raises(errors.DatagramTooLarge):
            await port.send(bytes(port.max_datagram + 1))
        largest = bytes(number * 7 % 251 for number in range(port.max_datagram))
        await port.send(largest)
        if bench.has_echo:
            assert await port.receive(ANSWER_MS) == largest

    on_modem(scene)


@pytest.mark.parity
def test_two_sockets_keep_their_datagrams_apart(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        if modem.family.profile.max_sockets == 1:
            pytest.skip("this family has one socket")
        ports = [await modem.open_datagram(bench.echo.host, bench.echo.port) for _ in range(2)]
        for turn in range(5):
            for number, port in enumerate(ports):
                await port.send(b"%d/%d" % (number, turn))
            if bench.has_echo:
                for number, port in enumerate(ports):
                    assert await port.receive(ANSWER_MS) == b"%d/%d" % (number, turn)

    on_modem(scene)


@pytest.mark.parity
def test_an_unconnected_socket_where_the_family_has_one(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        if "unconnected" not in modem.family.profile.capabilities:
            with pytest.raises(errors.UsageError):
                await modem.open_unconnected(5000)
            return
        host = await modem.resolve(bench.echo.host)
        socket = await modem.open_unconnected(5000)
        await socket.send_to(b"to whom it may concern", (host, bench.echo.port))
        if bench.has_echo:
            data, sender = await socket.receive_from(ANSWER_MS)
            assert data == b"to whom it may concern"
            assert sender == (host, bench.echo.port)

    on_modem(scene)


@pytest.mark.slow  # in the simulator other tests of streams are there, too
@pytest.mark.parity
def test_a_stream_brings_every_byte_back_and_ends(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        if bench.knobs is not None:
            bench.echo = Address("203.0.113.7", 7)
            bench.world.core.internet.add_echo(bench.echo)
        if not bench.has_echo:
            pytest.skip("no echo service is known; give one with --nce-echo=HOST:PORT")
        data = b"".join(datagram(number) for number in range(199, 160, -1))[:4096]
        assert len(data) == 4096
        reader, writer = await modem.open_connection(bench.echo.host, bench.echo.port)
        writer.write(data)
        await writer.drain()
        assert await asyncio.wait_for(reader.readexactly(len(data)), STREAM_S) == data
        writer.close()
        await writer.wait_closed()

    on_modem(scene)


@pytest.mark.parity
def test_a_closed_port_says_so(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.close()
        await port.close()
        with pytest.raises(errors.UsageError):
            await port.send(b"too late")

    on_modem(scene)


@pytest.mark.parity
def test_power_saving_is_asked_for_and_read(on_modem):
    async def scene(bench, modem):
        if ALWAYS_AWAKE in modem.family.profile.capabilities:
            pytest.skip("this family has no PSM, and says so: test_sms_families")
        saving = PowerSaving(modem)
        await saving.request_psm(periodic_tau_s=3600, active_time_s=10)
        await modem.attach()
        granted = await saving.read_granted()
        assert granted is None or granted.active_time_s is not None
        await saving.request_no_psm()

    on_modem(scene)


def test_a_sleep_between_two_datagrams(on_modem):
    async def scene(bench, modem):
        if ALWAYS_AWAKE in modem.family.profile.capabilities:
            pytest.skip("this family does not sleep")
        saving = PowerSaving(modem)
        await saving.request_psm(periodic_tau_s=86_400, active_time_s=10)
        await modem.attach()
        for number in range(3):
            port = await recovered(bench, modem)
            await port.send(b"%d" % number)
            assert await port.receive(ANSWER_MS) == b"%d" % number
            await port.close()
            # The UART of a GM02S stays awake, so that nothing tells its sleep.
            assert await saving.sleep(60_000) or on_modem.family == "gm02s"
            await asyncio.sleep(1800)
            await saving.wake()

    on_modem(scene)


def test_the_network_takes_the_bearer_away(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        for number in range(3):
            port = await recovered(bench, modem)
            await port.send(b"before %d" % number)
            assert await port.receive(ANSWER_MS) == b"before %d" % number
            bench.knobs.faults.drop_pdp()
            await asyncio.sleep(1)
            with pytest.raises(errors.ModemError):
                await send_on_and_on(port, b"lost")
            await port.close()
        port = await recovered(bench, modem)
        await port.send(b"after")
        assert await port.receive(ANSWER_MS) == b"after"

    on_modem(scene)


@pytest.mark.parametrize("point", ["received", "before_final", "after_final"])
def test_a_restart_in_the_middle_of_a_command(on_modem, point):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        generation = modem.generation
        command = SEND_COMMANDS[on_modem.family]
        bench.knobs.faults.at_command(command, bench.knobs.faults.reset, when=point)
        with pytest.raises(errors.ModemError):
            await send_on_and_on(port, b"in the middle")
        await port.close()
        assert bench.left(b"in the middle") == (point != "received")
        port = await recovered(bench, modem)
        await port.send(b"after")
        assert await port.receive(ANSWER_MS) == b"after"
        assert modem.generation > generation

    on_modem(scene)


@pytest.mark.parity
def test_a_short_message_leaves_and_the_storage_is_read(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        sms = Sms(modem)
        if hasattr(modem.family, "sms_path"):
            # Nordic's modems have no storage, and say so.
            for ask in (sms.capacity, sms.list):
                with pytest.raises(errors.UsageError, match="keeps no short messages"):
                    await ask()
        else:
            used, total = await sms.capacity()
            assert 0 <= used <= total
            await sms.list()
        if bench.sms_number is not None:
            assert len(await sms.send(bench.sms_number, "hello [1]")) == 1

    on_modem(scene)


def test_short_messages_pass_both_ways_between_datagrams(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        sms = Sms(modem)
        assert await sms.receive(10) is None
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        for number in range(5):
            await port.send(b"%d" % number)
            bench.world.operator.sms.send_mt(bench.sim, f"down {number}")
            assert len(await sms.send("+882285100", f"up {number}")) == 1
            assert await port.receive(ANSWER_MS) == b"%d" % number
            assert (await sms.receive(600_000)).text == f"down {number}"
        sent = bench.world.operator.sms.messages(bench.sim)
        assert len([message for message in sent if message.direction is Direction.MO]) == 5

    on_modem(scene)
