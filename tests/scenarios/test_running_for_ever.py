"""Firmware that runs for ever: each trouble of the field, and every record that was kept arrives.

The whole stack in virtual time: `main.runner_of` as a board runs it, over a simulated BG95. A
record each ten minutes for some hours; the board's watchdog bites after 8 s without food.
"""

import asyncio
import itertools
import types

import pytest

import station
from log_ring import LogRing
from main import settings_of
from memory_stores import FullFlash
from nce.coap import codes
from nce_sim.endpoints.coap.request import Response
from nce_sim.endpoints.coap.resources import Resources
from support.field_device import (
    INTERVAL_S,
    LOG_BYTES,
    MINUTE_MS,
    SETTINGS,
    numbers_of,
    run_in_field,
)

HOURS = 3
WATCHDOG_MS = 8_000


def no_trouble(field):
    """A day like any other."""


def no_coverage_at_boot(field):
    field.cover(False)
    field.at(25, lambda: field.cover(True))


def a_hole_at_minute_30(field):
    field.at(30, lambda: field.cover(False))
    field.at(52, lambda: field.cover(True))


def a_modem_that_freezes(field):
    """It has a power key, which ends that."""
    for minute in (25, 65):
        field.at(minute, field.modem.faults.freeze)


def a_modem_that_freezes_without_a_power_key(field):
    """Its supply is the board's: a restart of that ends it."""
    without_a_power_key(field)
    field.at(25, field.modem.faults.freeze)
    whole = field.board.restart

    def restart():
        whole()
        field.modem.cut_power()
        field.modem.power_on()

    field.board.restart = restart


def without_a_power_key(field):
    field.board.power_key = None
    field.modem.press_power_key()
    field.at(0.02, field.modem.release_power_key)


def broken(field, fault):
    """`fault(number)` comes before the sensor's record of that number."""
    for name in ("read", "environment"):
        whole = getattr(field, name)

        async def read(*arguments, whole=whole):
            record = await whole(*arguments)
            replaced = fault(field.measured)
            if asyncio.iscoroutine(replaced):
                replaced = await replaced
            return record if replaced is None else replaced[0]

        setattr(field, name, read)


def an_exception_in_user_code(field):
    def fault(number):
        if number == 3:
            raise ZeroDivisionError("the sensor's pulse is 0 \x1b[2J\n")
        if number == 5:
            raise MemoryError
        if number == 6:
            raise TimeoutError

    broken(field, fault)


def rubbish_from_user_code(field):
    rubbish = {3: None, 5: 7, 6: [], 8: {"battery_level": "full"}, 9: {}, 10: b""}
    broken(field, lambda number: (rubbish[number],) if number in rubbish else None)


def a_sensor_that_hangs(field):
    def fault(number):
        return asyncio.Event().wait() if number == 3 else None

    broken(field, fault)


def a_sensor_that_blocks(field):
    """For less than the watchdog allows: the loop stands still."""
    broken(field, lambda number: field.clock.advance(5_500))


def a_record_that_does_not_fit(field):
    wrong = {"battery_level": 4242, "signal_strength": 0, "software_version": "0.1.0"}
    if field.blueprint == "energy_saver":
        wrong = {"temperature": 0, "humidity": 0, "brightness": 0, "maintenance_needed": 2}
    if field.blueprint == "sms":
        wrong = {"battery_level": 161 * "9"}
    broken(field, lambda number: (wrong,) if number == 3 else None)


def a_refused_record(field):
    """1NCE OS says 4.00 to one of them."""
    whole, asked = Resources.__call__, []

    def answer(resources, request, work):
        asked.append(request.path)
        if asked.count("/") == 3 and request.path == "/":
            return Response(codes.BAD_REQUEST, b"no")
        return whole(resources, request, work)

    field.monkeypatch.setattr(Resources, "__call__", answer)


def a_full_flash(field):
    """Neither record nor acknowledgement fits, for an hour; the cell is away for some of it."""
    field.flash = FullFlash(100_000)
    field.at(20, lambda: setattr(field.flash, "size", 0))
    field.at(35, lambda: field.cover(False))
    field.at(48, lambda: field.cover(True))
    field.at(90, lambda: setattr(field.flash, "size", 100_000))


def a_flash_that_is_read_only_from_the_start(field):
    field.flash = FullFlash(100_000)
    field.flash.is_worn = True


def a_log_that_takes_nothing(field):
    field.log = LogRing(FullFlash(0), LOG_BYTES)
    a_short_hole(field)


def board_functions_that_raise(field):
    """LED, button and restart: all of them are broken."""

    def raising(*_):
        raise OSError("no such pin")

    field.board.led = field.board.button = field.board.restart = raising
    a_short_hole(field)


def a_short_hole(field):
    field.at(30, lambda: field.cover(False))
    field.at(43, lambda: field.cover(True))


# The trouble, what the log has to tell of it ("" for nothing), the records that it costs.
TROUBLES = {
    no_trouble: ("", []),
    no_coverage_at_boot: ("not delivered: ", []),
    a_hole_at_minute_30: ("not delivered: ", []),
    a_modem_that_freezes: ("the modem restarted", []),
    a_modem_that_freezes_without_a_power_key: ("the board restarts: ModemSilent came", []),
    an_exception_in_user_code: ("ZeroDivisionError: the sensor's pulse is 0 ?[2J?", [3, 5, 6]),
    rubbish_from_user_code: ("not measured: ", [3, 5, 6, 8, 9, 10]),
    a_sensor_that_hangs: ("not measured: it took more than 900 s", [3]),
    a_sensor_that_blocks: ("", []),
    a_record_that_does_not_fit: ("not measured: ", [3]),
    a_refused_record: ("1NCE OS does not take record 2", [3]),
    a_full_flash: ("the flash takes no record", []),
    a_flash_that_is_read_only_from_the_start: ("the flash takes no record", []),
    a_log_that_takes_nothing: (None, []),
    board_functions_that_raise: ("", []),
}
# What a blueprint does not meet: it calls no code of the user's, or nobody refuses its records.
USERS_CODE = (
    an_exception_in_user_code,
    rubbish_from_user_code,
    a_sensor_that_hangs,
    a_sensor_that_blocks,
    a_record_that_does_not_fit,
)
NOT_THEIRS = {
    "gps": USERS_CODE,
    "udp": (a_refused_record,),
    "sms": (a_refused_record,),
    "low_power": (a_modem_that_freezes_without_a_power_key,),  # that wakes by its key alone
}
# By UDP nothing acknowledges a record: what leaves while the cell goes is lost.
MOST_LOST_BY_UDP = 2


# What a blueprint has code of its own for; the rest is the runner's and the station's.
WITH_EACH = (no_trouble, a_hole_at_minute_30, a_modem_that_freezes, a_full_flash)
QUICK = (
    *WITH_EACH,
    a_modem_that_freezes_without_a_power_key,
    an_exception_in_user_code,
    a_sensor_that_hangs,
    a_refused_record,
)


def cases():
    # LwM2M keeps no records: a Send has what is there now. See `test_lwm2m_blueprint`.
    for blueprint in [one for one in SETTINGS if one != "lwm2m"]:
        for trouble in TROUBLES:
            if trouble not in NOT_THEIRS.get(blueprint, ()):
                is_often = blueprint == "coap" or trouble in WITH_EACH
                seldom = pytest.mark.slow if is_often else pytest.mark.exhaustive
                marks = [] if blueprint == "coap" and trouble in QUICK else [seldom]
                name = f"{blueprint}-{trouble.__name__}"
                yield pytest.param(blueprint, trouble, marks=marks, id=name)


@pytest.mark.parametrize(("blueprint", "trouble"), list(cases()))
def test_it_goes_on_and_loses_nothing(blueprint, trouble, monkeypatch):
    field, arrived = run_in_field(trouble, monkeypatch, blueprint, hours=HOURS)
    print("\n".join(field.console_lines))
    said, lost = TROUBLES[trouble]
    rounds = HOURS * 3600 // INTERVAL_S
    numbers = numbers_of(field, arrived)
    measured = max(numbers) if blueprint == "gps" else field.measured
    assert measured >= rounds - 1  # a sensor that hangs costs a round
    expected = [number for number in range(1, measured + 1) if number not in lost]
    missing = [number for number in expected if number not in numbers]
    assert len(missing) <= (MOST_LOST_BY_UDP if blueprint == "udp" else 0), missing
    assert set(numbers) <= set(expected)
    # At least once: an acknowledgement that is lost costs a second copy.
    assert len(numbers) - len(set(numbers)) <= 2
    assert field.board.longest_ms <= WATCHDOG_MS
    logged = field.log.lines()
    assert said is None or said in "\n".join(logged)
    assert sum(len(line) + 1 for line in logged) <= LOG_BYTES
    for line in field.console_lines:
        assert len(line) <= 420
        assert all(" " <= character <= "~" for character in line), line


@pytest.mark.slow
def test_by_udp_the_records_go_too(monkeypatch):
    field, arrived = run_in_field(a_hole_at_minute_30, monkeypatch, "udp", hours=2)
    # The fourth left the modem as the cell went, and nothing acknowledges a datagram.
    numbers = numbers_of(field, arrived)
    assert numbers == [number for number in range(1, field.measured + 1) if number != 4]


def test_by_plain_coap_the_records_go_too(monkeypatch):
    field, arrived = run_in_field(no_trouble, monkeypatch, hours=1, TRANSPORT="coap")
    assert numbers_of(field, arrived) == list(range(1, field.measured + 1))
    assert not [line for line in field.console_lines if "DTLS" in line]


@pytest.mark.parametrize(
    "trouble", [no_trouble, pytest.param(a_hole_at_minute_30, marks=pytest.mark.slow)]
)
def test_with_low_power_the_modem_sleeps_and_the_records_go_too(trouble, monkeypatch):
    field, arrived = run_in_field(trouble, monkeypatch, "low_power", hours=1.5)
    print("\n".join(field.console_lines))
    assert sorted(set(numbers_of(field, arrived))) == list(range(1, field.measured + 1))
    slept = [line for line in field.console_lines if "the modem sleeps" in line]
    assert len(slept) == field.measured if trouble is no_trouble else len(slept) >= 3


def test_a_modem_without_power_saving_is_told_and_used_awake(monkeypatch):
    field, arrived = run_in_field(
        no_trouble, monkeypatch, "low_power", personality="ec25", hours=1
    )
    assert numbers_of(field, arrived) == list(range(1, 7))
    assert [line for line in field.log.lines() if "no power saving: " in line]


def test_a_program_that_stands_still_is_not_fed(monkeypatch):
    """A step that its cancellation does not end: the watchdog is what is left."""

    def stuck(field):
        async def until_100():
            while field.clock.now_ms() < 100 * MINUTE_MS:  # or this test would not end
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    pass

        broken(field, lambda number: until_100() if number == 2 else None)

    field, _arrived = run_in_field(stuck, monkeypatch)
    # It was to end after 15 minutes, and has two more; the runner was stuck until minute 100.
    assert field.board.longest_ms > 60 * MINUTE_MS


def test_a_sensor_that_blocks_for_too_long_is_left_to_the_watchdog(monkeypatch):
    def blocks(field):
        broken(field, lambda number: field.clock.advance(30_000) if number == 2 else None)

    field, arrived = run_in_field(blocks, monkeypatch, hours=1)
    assert field.board.longest_ms > WATCHDOG_MS
    assert numbers_of(field, arrived) == list(
        range(1, 7)
    )  # where there is no watchdog, it goes on


def too_little_heap(field):
    """For everything that DTLS takes, again and again, whatever is made afresh."""

    def deliver(station):
        raise MemoryError("memory allocation failed, allocating 4096 bytes")

    field.monkeypatch.setattr(station.Station, "deliver", deliver)


def test_what_fresh_objects_do_not_cure_restarts_the_board_once_an_hour(monkeypatch):
    field, _arrived = run_in_field(too_little_heap, monkeypatch, hours=6)
    print("\n".join(field.console_lines))
    minutes = [0] + [at_ms // MINUTE_MS for at_ms in field.board.restarts]
    assert 3 <= len(minutes) <= 6
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(minutes))
    assert [line for line in field.log.lines() if "the board restarts: MemoryError came" in line]
    assert field.measured == 6 * 3600 // INTERVAL_S


def test_a_board_that_cannot_restart_itself_is_told_of_and_goes_on(monkeypatch):
    def without(field):
        too_little_heap(field)
        field.board.restart = None

    field, _arrived = run_in_field(without, monkeypatch)
    assert [line for line in field.log.lines() if "this board cannot restart itself" in line]
    assert field.measured == HOURS * 3600 // INTERVAL_S


def test_a_wrong_configuration_is_told_whole_and_starts_nothing(capsys):
    with pytest.raises(SystemExit) as ended:
        settings_of(types.SimpleNamespace(INTERVAL_S=5, BLUEPRINT="caop"))
    assert ended.value.code == 2
    assert capsys.readouterr().out.splitlines() == [
        "config.py: BLUEPRINT is 'caop': give one of coap, udp, energy_saver, gps, sms, "
        "low_power, controller, memfault, ota, lwm2m",
        "config.py: INTERVAL_S is 5: give whole seconds from 10 to 604800 (a week)",
    ]
