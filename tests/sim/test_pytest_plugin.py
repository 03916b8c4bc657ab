"""The plugin's fixtures, in test runs of their own: virtual time, limits, what a failure shows."""

import textwrap

import pytest

from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.pytest_plugin import scene

pytest_plugins = ["pytester"]

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}
HEAD = f"""
import asyncio

import pytest

from nce_sim import Limits, World

TEMPLATE = {TEMPLATE}


@pytest.fixture
def world_templates():
    return {{"tank": TEMPLATE}}

"""


@pytest.fixture
def play(pytester):
    """Runs tests written as text in a pytest of their own; its result."""
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers -p no:asyncio\n"
    )

    def run(text, *options):
        pytester.makepyfile(HEAD + textwrap.dedent(text))
        return pytester.runpytest("-p", "no:cacheprovider", *options)

    return run


def shown(result):
    return "\n".join(result.outlines)


def test_a_device_reports_in_five_lines(play):
    play("""
        async def test_a_level_arrives(device, backend, sim_card):
            await device.send({"level": 42})
            assert backend.inspector.history(sim_card.iccid)[0].value == {"level": 42}
    """).assert_outcomes(passed=1)


def test_plain_tests_and_async_tests_share_the_clock_of_their_world(play):
    play("""
        def test_plain(world, modem):
            modem.power_on()
            world.advance(10_000)
            assert modem.power.name == "ON"
            assert world.clock.now_ms() == 10_000

        class TestAsync:
            async def test_method(self, world):
                await asyncio.sleep(70 * 3600)
                assert world.clock.now_ms() == 70 * 3_600_000
                assert asyncio.get_running_loop().time() == 70 * 3600
    """).assert_outcomes(passed=2)


def test_the_same_seed_gives_the_same_timeline(play):
    play("""
        HASHES = set()

        @pytest.mark.parametrize("world_seed", [7, 7, 8])
        async def test_hash(device, world, world_seed):
            await device.send({"level": 42})
            HASHES.add((world_seed, world.timeline.hash()))

        def test_there_are_two():
            assert sorted(seed for seed, _ in HASHES) == [7, 8]
    """).assert_outcomes(passed=4)


def test_async_fixtures_of_such_a_test_run_on_its_loop(play):
    result = play("""
        ENDED = []

        @pytest.fixture
        async def delivery(device):
            yield await device.send({"level": 1})
            await device.send({"level": 2})
            ENDED.append("delivery")

        @pytest.fixture
        async def hour(world):
            await asyncio.sleep(3600)
            return world.clock.now_ms()

        class TestIt:
            @pytest.fixture
            async def mine(self):
                self.loop = asyncio.get_running_loop()
                return self

            async def test_it(self, delivery, hour, mine):
                assert delivery.proof == "acknowledged"
                assert hour > 3_600_000
                assert mine is self and self.loop is asyncio.get_running_loop()

            def test_plain_too(self, hour, world):
                assert world.clock.now_ms() == hour == 3_600_000

        def test_the_end_of_the_fixture_ran():
            assert ENDED == ["delivery"]

        @pytest.fixture
        async def twice(world):
            yield 1
            yield 2

        async def test_twice(twice):
            pass
    """)
    result.assert_outcomes(passed=4, errors=1)
    assert "the fixture twice yields more than once" in shown(result)


def test_async_tests_that_ask_for_no_world_are_left_alone(play):
    result = play("""
        async def test_of_somebody_else():
            pass

        @pytest.fixture
        def world():
            return "another world"

        async def test_of_another_world(world):
            pass
    """)
    result.assert_outcomes(failed=2)
    assert "async def functions are not natively supported" in shown(result)


def test_a_wait_that_nothing_ends_is_an_error_that_names_the_line(play):
    result = play("""
        async def never(event):
            await event.wait()

        async def test_waits(device):
            await never(asyncio.Event())

        async def test_is_not_disturbed(world):
            await asyncio.sleep(1)

        @pytest.fixture
        async def stuck(world):
            await never(asyncio.Event())

        async def test_fixture(stuck):
            pass
    """)
    result.assert_outcomes(passed=1, failed=1, errors=1)
    text = shown(result)
    assert "NothingScheduled: virtual time cannot proceed" in text
    result.stdout.re_match_lines(
        [r".*test_a_wait\w+\.py:\d+ test_waits > \S+:\d+ never > .* wait"]
    )
    assert "base_events.py" not in text.replace("tasks.py", "")


def test_a_loop_that_does_not_move_the_clock_is_told(play):
    result = play("""
        def test_in_a_loop_of_its_own(device):
            asyncio.run(device.send({"level": 42}))

        def test_a_world_by_hand_too():
            from nce_sim import PipeBoard

            board = PipeBoard(World(1).add_modem(None))
            asyncio.run(board.open_uart())
    """)
    result.assert_outcomes(failed=2)
    assert shown(result).count("WrongLoop: this world's time is virtual") >= 2


LIMITS = {
    "virtual time": ("Limits(virtual_s=60)", "await asyncio.sleep(10)", "60 s of virtual time"),
    "real time": ("Limits(real_s=0.2)", "await asyncio.sleep(0)", "limit of 0.2 s"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_run_without_end_is_stopped_by_a_limit(play, limit):
    limits, wait, told = LIMITS[limit]
    result = play(f"""
        @pytest.fixture
        def world_limits():
            return {limits}

        async def test_goes_on_and_on(world):
            while True:
                {wait}

        async def test_cannot_be_stopped(world):
            while True:
                try:
                    {wait}
                except asyncio.CancelledError:
                    pass
    """)
    result.assert_outcomes(failed=2, errors=1)
    assert "TookTooLong" in shown(result)
    assert told in shown(result)
    assert "test_goes_on_and_on" in shown(result)


def test_what_a_test_leaves_running_ends_with_it(play):
    play("""
        ENDED = []

        async def serve():
            try:
                await asyncio.sleep(1e6)
            finally:
                ENDED.append("serve")

        async def test_leaves_a_task(world):
            world.keep = asyncio.create_task(serve())
            await asyncio.sleep(1)

        def test_it_ended():
            assert ENDED == ["serve"]
    """).assert_outcomes(passed=2)


def test_a_fault_on_a_command_that_never_comes_is_a_warning(play):
    text = """
        def test_it(world, modem):
            modem.faults.at_command("+QISEND", modem.faults.freeze, count=50, when="prompt")
    """
    result = play(text)
    assert "FaultNeverMet" in shown(result)
    assert "never came: 50 more +QISEND, prompt" in shown(result)
    result.assert_outcomes(passed=1, errors=1)  # where warnings are errors, as here
    play(text, "-W", "default").assert_outcomes(passed=1, warnings=1)


def test_each_part_can_be_overridden(play):
    play("""
        from nce_sim import BackendSettings, CellSettings, Settings

        @pytest.fixture
        def world_settings():
            return Settings(cell=CellSettings(rat="NB-IoT"))

        @pytest.fixture
        def backend_settings():
            return BackendSettings(udp_port=4446)

        @pytest.fixture
        def device_options():
            return {"transport": "coap", "topic": "other"}

        @pytest.fixture
        def world(world):
            world.was_here = True
            return world

        async def test_all(device, modem, world, backend):
            await device.send({"level": 3})
            assert world.was_here and world.operator.cells[0].rat == "NB-IoT"
            assert backend.settings.udp_port == 4446 and backend.counters.handshakes == 0
            assert world.timeline.records(kind="uplink")[0].fields["topic"] == "other"

        @pytest.mark.parametrize("modem_family", ["gm02s", "sara-r5"])
        async def test_family(board, modem, modem_family):
            assert modem.personality.name == modem_family

        @pytest.mark.parametrize("modem_family", ["bg9"])
        async def test_unknown(board):
            pass
    """).assert_outcomes(passed=3, errors=1)


# Simulated modem -> the driver's family.
FAMILIES = {
    "a7672": "A76XX",
    "bg77": "BG77",
    "bg95": "BG95",
    "bg96": "BG96",
    "ec21": "EC21",
    "ec25": "EC25",
    "eg91": "EG91",
    "eg95": "EG95",
    "gm02s": "GM02S",
    "nrf91-slm1": "NRF91",
    "nrf91-slm2": "NRF91",
    "nrf91-sm": "NRF91",
    "sara-r4": "SARA_R410",
    "sara-r422": "SARA_R422",
    "sara-r5": "SARA_R5",
    "sim7000": "SIM7000",
    "sim7070": "SIM7070",
    "sim7080": "SIM7080",
    "sim7600": "SIM7600",
}
FAILING = f"""
    from pathlib import Path

    import nce_modem
    from nce import Device

    @pytest.mark.parametrize("modem_family", {sorted(FAMILIES)})
    async def test_fails(board, sim_card, backend, modem_family):
        family = getattr(nce_modem, {FAMILIES}[modem_family])
        await Device(nce_modem.Modem(board, family=family), topic="tank").send(b"42")
        key = backend.authenticator.psk(sim_card.iccid)
        secrets = (sim_card.iccid, sim_card.imsi, key.decode(), key.hex())
        Path(modem_family).write_text(" ".join(secrets))
        assert False
"""


@pytest.fixture
def failures(play, pytester):
    """Runs them; family -> the sections of its report, and its secrets."""

    def run():
        pytester.makepyfile(HEAD + textwrap.dedent(FAILING))
        reports = pytester.inline_run("-p", "no:cacheprovider").getfailures()
        assert len(reports) == len(FAMILIES)
        secrets = [(pytester.path / family).read_text().split() for family in sorted(FAMILIES)]
        return list(zip([dict(report.sections) for report in reports], secrets, strict=True))

    return run


def test_every_simulated_family_is_looked_at():
    assert sorted(FAMILIES) == sorted(PERSONALITIES)


def test_a_failure_shows_the_ends_of_timeline_and_transcript(failures):
    for sections, _ in failures():
        lines = sections["nce AT transcript of modem 1"].splitlines()
        ((title, records),) = [item for item in sections.items() if item[0][:12] == "nce timeline"]
        assert title.startswith("nce timeline, the last 40 of ")
        assert (len(records.splitlines()), len(lines)) == (40, 60)
        assert all(len(line) <= 200 for line in (*records.splitlines(), *lines))
        assert any(" > AT" in line for line in lines)
        assert any(line.endswith(" < OK") for line in lines)


def test_no_line_that_a_failure_may_show_holds_a_secret(failures, monkeypatch):
    for name in ("TIMELINE_LINES", "TRANSCRIPT_LINES", "LINE_SIZE"):
        monkeypatch.setattr(scene, name, 10_000)
    for sections, secrets in failures():
        shown = "\n".join(sections.values())
        assert "898822*********" in shown
        assert "89882****" in shown
        for secret in secrets:
            assert secret.lower() not in shown.lower()


# -- a real modem ------------------------------------------------------------------------------

PARITY = """
    @pytest.mark.parity
    def test_unit():
        pass

    @pytest.mark.parity
    async def test_on_the_board(board, echo_address):
        assert board.target.kind == "serial"
        assert (board.port, board.baudrate) == ("/dev/ttyNONE", 115_200)
        assert board.world is board.backend is board.modem is None
        assert (echo_address.host, echo_address.port) == ("192.0.2.7", 7)
        await asyncio.sleep(0.01)

    @pytest.mark.parity
    async def test_in_the_world(device, world):
        pass

    @pytest.mark.parity
    async def test_sms(board, sms_number):
        pass

    def test_not_marked(world):
        pass

    @pytest.fixture
    def world_limits():
        return Limits(real_s=0.2)

    @pytest.mark.parity
    async def test_too_long(board):
        await asyncio.sleep(60)
"""


def test_on_a_real_modem_parity_tests_run_and_what_it_cannot_do_is_skipped(play):
    target = ("--nce-target=serial:/dev/ttyNONE", "--nce-echo=192.0.2.7:7", "-rs")
    result = play(PARITY, *target)
    result.assert_outcomes(passed=2, skipped=2, failed=1, deselected=1)
    text = shown(result)
    assert "nce-iot: a real modem at a serial port" in text
    assert "(/dev/ttyNONE)" in text
    assert "which --nce-target=serial:/dev/ttyNONE does not have" in text
    assert "give one with --nce-sms=NUMBER" in text
    assert "the limit of 0.2 s is exceeded" in text


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--nce-target=usb:1", "use sim, pty, micropython, qemu, pico, serial:PORT or"),
        ("--nce-target=serial:", "use sim, pty, micropython, qemu, pico, serial:PORT or"),
        ("--nce-echo=192.0.2.7", "use HOST:PORT"),
        ("--nce-echo=192.0.2.7:0", "use HOST:PORT"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(play, option, told):
    result = play("def test_it(): pass", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()
