"""One suite for every family, by the same driver: simulated each, or one that is real.

    pytest tests/scenarios/test_driver_every_family.py
    pytest tests/scenarios/test_driver_every_family.py --nce-target=serial:/dev/ttyUSB0

On a real modem run those tests that need no knobs of the simulator, against 1NCE's UDP endpoint,
which answers nothing; with `--nce-echo=HOST:PORT` answers are asked for as well.
"""

import asyncio

import pytest
from driver_bench import FAMILIES, SEND_COMMANDS, play, play_real

from nce_modem import errors, progress
from nce_modem.power_saving import PowerSaving

LOSS = 0.2


def pytest_generate_tests(metafunc):
    if "run" in metafunc.fixturenames:
        is_real = metafunc.config.getoption("--nce-target") != "sim"
        metafunc.parametrize("run", ["real"] if is_real else sorted(FAMILIES), indirect=True)


class Run:
    """Runs a scene on the modem of the day; `family` is None on a real one."""

    def __init__(self, family, serial_board, echo):
        self.family, self._serial_board, self._echo = family, serial_board, echo

    def __call__(self, scene, **options):
        if self.family is not None:
            return play(scene, self.family, is_chopped=True, **options)
        return play_real(scene, self._serial_board(), self._echo)

    @property
    def has_echo(self):
        return self.family is not None or self._echo is not None

    def needs_knobs(self):
        if self.family is None:
            pytest.skip("needs the simulator's knobs")


@pytest.fixture
def run(request, serial_board):
    family = None if serial_board is not None else request.param
    return Run(family, serial_board, request.config.getoption("--nce-echo"))


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
        reply = await port.receive(5000)
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


def test_modem_is_found_and_attaches_as_a_roamer(run):
    async def scene(bench, modem):
        await modem.attach()
        assert run.family is None or modem.family.name == FAMILIES[run.family]
        assert modem.address.startswith("10.")
        # Nothing to be done any more, so no step is taken twice.
        before = modem.generation
        await modem.attach()
        assert modem.generation == before
        stats = [event.stat for event in bench.told if isinstance(event, progress.Registered)]
        assert not stats or stats[0] in (1, 5)

    run(scene)


def test_names_and_addresses_open_sockets(run):
    async def scene(bench, modem):
        await modem.attach()
        address = await modem.resolve("udp.os.1nce.com")
        assert len(address.split(".")) == 4
        for host in ("udp.os.1nce.com", address):
            port = await modem.open_datagram(host, 4445)
            await port.send(b"hello")
            await port.close()

    run(scene)


def test_datagrams_pass(run):
    async def scene(bench, modem):
        await modem.attach()
        if run.family is not None:
            bench.loss = LOSS
        answered = await exchange(bench, modem, 100)
        if bench.knobs is not None:
            assert bench.arrived == [datagram(number) for number in range(100)]
        assert answered > 60 or not run.has_echo

    run(scene)


@pytest.mark.exhaustive
def test_a_thousand_datagrams_pass(run):
    run.needs_knobs()

    async def scene(bench, modem):
        await modem.attach()
        bench.loss = LOSS
        answered = await exchange(bench, modem, 1000)
        assert bench.arrived == [datagram(number) for number in range(1000)]
        assert answered > 700
        print(f"\n{run.family}: 1000 sent, 1000 arrived, {answered} answers")

    run(scene, seed=7)


def test_too_large_a_datagram_is_refused_and_harms_nobody(run):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        with pytest.raises(errors.DatagramTooLarge):
            await port.send(bytes(port.max_datagram + 1))
        await port.send(b"a smaller one")

    run(scene)


def test_a_closed_port_says_so(run):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.close()
        await port.close()
        with pytest.raises(errors.UsageError):
            await port.send(b"too late")

    run(scene)


def test_power_saving_is_asked_for_and_read(run):
    async def scene(bench, modem):
        saving = PowerSaving(modem)
        await saving.request_psm(periodic_tau_s=3600, active_time_s=10)
        await modem.attach()
        granted = await saving.read_granted()
        assert granted is None or granted.active_time_s is not None
        await saving.request_no_psm()

    run(scene)


def test_a_sleep_between_two_datagrams(run):
    run.needs_knobs()

    async def scene(bench, modem):
        saving = PowerSaving(modem)
        await saving.request_psm(periodic_tau_s=86_400, active_time_s=10)
        await modem.attach()
        for number in range(3):
            port = await recovered(bench, modem)
            await port.send(b"%d" % number)
            assert await port.receive(20_000) == b"%d" % number
            await port.close()
            # The UART of a GM02S stays awake, so that nothing tells its sleep.
            assert await saving.sleep(60_000) or run.family == "gm02s"
            await asyncio.sleep(1800)
            await saving.wake()

    run(scene)


def test_the_network_takes_the_bearer_away(run):
    run.needs_knobs()

    async def scene(bench, modem):
        await modem.attach()
        for number in range(3):
            port = await recovered(bench, modem)
            await port.send(b"before %d" % number)
            assert await port.receive(20_000) == b"before %d" % number
            bench.knobs.faults.drop_pdp()
            await asyncio.sleep(1)
            with pytest.raises(errors.ModemError):
                await send_on_and_on(port, b"lost")
            await port.close()
        port = await recovered(bench, modem)
        await port.send(b"after")
        assert await port.receive(20_000) == b"after"

    run(scene)


@pytest.mark.parametrize("point", ["received", "before_final", "after_final"])
def test_a_restart_in_the_middle_of_a_command(run, point):
    run.needs_knobs()

    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        generation = modem.generation
        command = SEND_COMMANDS[run.family]
        bench.knobs.faults.at_command(command, bench.knobs.faults.reset, when=point)
        with pytest.raises(errors.ModemError):
            await send_on_and_on(port, b"in the middle")
        await port.close()
        assert bench.left(b"in the middle") == (point != "received")
        port = await recovered(bench, modem)
        await port.send(b"after")
        assert await port.receive(20_000) == b"after"
        assert modem.generation > generation

    run(scene)
