"""Firmware that runs for ever: each trouble of the field, and every record that was kept arrives.

The whole stack in virtual time: `main.runner_of` as a board runs it, over a simulated BG95. A
record each ten minutes for three hours; the board's watchdog bites after 8 s without food.
"""

import asyncio
import json
import types

import pytest

import config
import readings
import settings_check
from console import Console
from log_ring import LogRing
from main import runner_of, settings_of
from memory_stores import Flash, FullFlash, Kept
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

TEMPLATE = "firmware/blueprints/status_template.json"
MINUTE_MS = 60_000
INTERVAL_S = 600
HOURS = 3
ROUNDS = HOURS * 3600 // INTERVAL_S
WATCHDOG_MS = 8_000


class WatchedBoard(PipeBoard):
    """A board with a watchdog: the longest time that it was not fed."""

    def __init__(self, modem, clock):
        super().__init__(modem)
        self._clock = clock
        self._fed_ms = clock.now_ms()
        self.longest_ms = 0

    def feed_watchdog(self):
        now_ms = self._clock.now_ms()
        self.longest_ms = max(self.longest_ms, now_ms - self._fed_ms)
        self._fed_ms = now_ms


class Field:
    """A device in the field, for a trouble to meet."""

    def __init__(self, clock, blueprint, personality="bg95"):
        self.clock = clock
        self.world = World(1, clock)
        self.backend = Backend(self.world)
        template = json.loads((SOURCE_ROOT / TEMPLATE).read_text())
        way = "UDP" if blueprint == "udp" else "COAP"
        self.backend.add_template("status", template, (way,))
        self.sim = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim, personality)
        self.board = WatchedBoard(self.modem, clock)
        self.flash = Flash()
        self.log = LogRing(Flash(), 8_192)
        self.console_lines = []
        self.stores = {}
        self.measured = 0

    def at(self, minute, action):
        self.clock.call_later(minute * MINUTE_MS, action)

    def cover(self, is_covered):
        self.world.operator.cells[0].is_in_coverage = is_covered

    async def read(self, modem):
        """The sensor: a number that tells the records apart."""
        self.measured += 1
        return {"battery_level": self.measured, "signal_strength": 0, "software_version": "0.1.0"}


def run(trouble, monkeypatch, blueprint="coap", hours=HOURS, personality="bg95", **changes):
    """`(field, numbers of the records that arrived)` after `hours`."""

    async def main(clock):
        field = Field(clock, blueprint, personality)
        with field.backend as backend:
            trouble(field)
            monkeypatch.setattr(readings, "read", field.read)
            values = {name: getattr(config, name) for name in settings_check.NAMES}
            values.update(BLUEPRINT=blueprint, INTERVAL_S=INTERVAL_S, **changes)
            values["TOPIC"] = None if blueprint == "udp" else "status"
            settings, mistakes = settings_check.read(types.SimpleNamespace(**values))
            assert not mistakes
            runner = runner_of(
                field.board,
                settings,
                Console(field.log, field.console_lines.append),
                random_bytes=field.world.random("firmware").randbytes,
                folder_of=lambda path: field.flash,
                store_of=lambda path: field.stores.setdefault(path, Kept()),
            )
            task = asyncio.create_task(runner.run())
            done, _ = await asyncio.wait({task}, timeout=hours * 3600 - 1)
            assert not done, task.exception()
            field.board.feed_watchdog()
            task.cancel()
            await asyncio.wait({task})
            history = backend.inspector.history(field.sim.iccid, page_size=None)
            return field, [item.value["battery_level"] for item in reversed(history)]

    return run_virtual(main)


def no_trouble(field):
    """A day like any other."""


def no_coverage_at_boot(field):
    field.cover(False)
    field.at(45, lambda: field.cover(True))


def a_hole_at_minute_30(field):
    field.at(30, lambda: field.cover(False))
    field.at(75, lambda: field.cover(True))


def a_modem_that_freezes(field):
    """It has a power key, which ends that."""
    faults = field.modem.faults
    faults.at_command("+QISEND", faults.freeze, count=6, when="received")


def a_modem_that_freezes_without_a_power_key(field):
    field.board.power_key = None
    field.modem.press_power_key()
    field.at(0.02, field.modem.release_power_key)
    field.at(25, field.modem.faults.freeze)
    field.at(80, field.modem.faults.thaw)


def an_exception_in_user_code(field):
    whole = field.read

    async def read(modem):
        record = await whole(modem)
        if field.measured == 3:
            raise ZeroDivisionError("the sensor's pulse is 0 \x1b[2J\n")
        if field.measured == 5:
            raise MemoryError
        return record

    field.read = read


def a_sensor_that_hangs(field):
    whole = field.read

    async def read(modem):
        record = await whole(modem)
        if field.measured == 3:
            await asyncio.Event().wait()
        return record

    field.read = read


def a_record_that_does_not_fit(field):
    whole = field.read

    async def read(modem):
        record = await whole(modem)
        return dict(record, battery_level=4242) if field.measured == 3 else record

    field.read = read


def a_full_flash(field):
    """Neither record nor acknowledgement fits, for an hour; the cell is away for some of it."""
    field.flash = FullFlash(100_000)
    field.at(20, lambda: setattr(field.flash, "size", 0))
    field.at(35, lambda: field.cover(False))
    field.at(70, lambda: field.cover(True))
    field.at(90, lambda: setattr(field.flash, "size", 100_000))


def a_flash_that_is_read_only_from_the_start(field):
    field.flash = FullFlash(100_000)
    field.flash.is_worn = True


# The trouble, what the log has to tell of it, and the records that it costs.
TROUBLES = {
    no_trouble: (None, []),
    no_coverage_at_boot: ("not delivered: ", []),
    a_hole_at_minute_30: ("not delivered: ", []),
    a_modem_that_freezes: ("the modem restarted", []),
    a_modem_that_freezes_without_a_power_key: ("not delivered: ", []),
    an_exception_in_user_code: ("ZeroDivisionError: the sensor's pulse is 0 ?[2J?", [3, 5]),
    a_sensor_that_hangs: ("not measured: it took more than 900 s", [3]),
    a_record_that_does_not_fit: ("battery_level: 4242 is no integer in 0..255", [3]),
    a_full_flash: ("the flash takes no record", []),
    a_flash_that_is_read_only_from_the_start: ("the flash takes no record", []),
}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_it_goes_on_and_loses_nothing(trouble, monkeypatch):
    field, arrived = run(trouble, monkeypatch)
    said, lost = TROUBLES[trouble]
    print("\n".join(field.console_lines))
    assert field.measured >= ROUNDS - 1  # a sensor that hangs costs a round
    expected = [number for number in range(1, field.measured + 1) if number not in lost]
    assert sorted(set(arrived)) == expected
    # At least once: an acknowledgement that is lost costs a second copy.
    assert len(arrived) - len(expected) <= 2
    assert field.board.longest_ms <= WATCHDOG_MS
    logged = "\n".join(field.log.lines())
    assert said is None or said in logged
    assert all(" " <= character <= "~" for line in field.console_lines for character in line)


def test_by_udp_the_records_go_too(monkeypatch):
    field, arrived = run(a_hole_at_minute_30, monkeypatch, "udp", hours=2)
    # The fourth left the modem as the cell went, and nothing acknowledges a datagram.
    assert arrived == [number for number in range(1, field.measured + 1) if number != 4]


def test_by_plain_coap_the_records_go_too(monkeypatch):
    field, arrived = run(a_hole_at_minute_30, monkeypatch, hours=2, TRANSPORT="coap")
    assert arrived == list(range(1, field.measured + 1))
    assert not [line for line in field.console_lines if "DTLS" in line]


@pytest.mark.parametrize("trouble", [no_trouble, a_hole_at_minute_30])
def test_with_low_power_the_modem_sleeps_and_the_records_go_too(trouble, monkeypatch):
    field, arrived = run(trouble, monkeypatch, "low_power", hours=2, PSM_ACTIVE_S=4)
    print("\n".join(field.console_lines))
    assert sorted(set(arrived)) == list(range(1, field.measured + 1))
    slept = [line for line in field.console_lines if "the modem sleeps" in line]
    assert len(slept) == field.measured if trouble is no_trouble else len(slept) >= 4


def test_a_modem_without_power_saving_is_told_and_used_awake(monkeypatch):
    field, arrived = run(no_trouble, monkeypatch, "low_power", personality="ec25", hours=1)
    assert arrived == list(range(1, 7))
    assert [line for line in field.log.lines() if "no power saving: " in line]


def test_a_program_that_stands_still_is_not_fed(monkeypatch):
    """A step that its cancellation does not end: the watchdog is what is left."""

    def stuck(field):
        whole = field.read

        async def read(modem):
            while field.measured == 2:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    pass
                if field.clock.now_ms() > 100 * MINUTE_MS:
                    break  # or this test would not end
            return await whole(modem)

        field.read = read

    field, _arrived = run(stuck, monkeypatch)
    # It was to end after 15 minutes, and has two more; the runner was stuck until minute 100.
    assert field.board.longest_ms > 60 * MINUTE_MS


def test_a_wrong_configuration_is_told_whole_and_starts_nothing(capsys):
    with pytest.raises(SystemExit) as ended:
        settings_of(types.SimpleNamespace(INTERVAL_S=5, BLUEPRINT="caop"))
    assert ended.value.code == 2
    assert capsys.readouterr().out.splitlines() == [
        "config.py: BLUEPRINT is 'caop': give one of coap, udp, energy_saver, gps, sms, low_power",
        "config.py: INTERVAL_S is 5: give whole seconds from 10 to 604800 (a week)",
    ]
