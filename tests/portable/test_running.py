"""What keeps firmware going: back-off, settings that are checked at start, the log ring."""

import asyncio

import config
import settings_check
from back_off import LEAST_LIFE_MS, MOST_FAILING_MS, BackOff, Wear
from console import Console
from log_ring import LogRing
from memory_stores import Flash, FullFlash, PowerCutError
from nce_modem.errors import ModemSilent
from running import Runner
from vitals import battery_of

SMALL = 1024


class Changed:
    """The settings of `config`, with others in their place."""

    def __init__(self, **changes):
        for name in settings_check.NAMES:
            setattr(self, name, getattr(config, name))
        for name, value in changes.items():
            setattr(self, name, value)


# A wrong value, and what the mistake has to name.
WRONG = (
    ("APN", 'iot"', "labels of letters"),
    ("APN", None, "labels of letters"),
    ("FAMILY", "bg59", '"ask" or one of bg95'),
    ("FAMILY", 95, '"ask" or one of bg95'),
    ("RATS", ("LTE-N",), "LTE-M, NB-IoT"),
    ("RATS", "LTE-M", "a tuple of LTE-M"),
    ("BANDS", (0,), "1 to 256"),
    ("BANDS", 20, "a tuple of whole numbers"),
    ("PINS", {"tx": 4}, "None, or such as"),
    ("PINS", 4, "None, or such as"),
    (
        "BLUEPRINT",
        "caop",
        "coap, udp, energy_saver, gps, sms, low_power, controller, memfault, ota",
    ),
    ("TRANSPORT", "tcp", "coaps, coap, udp"),
    ("TEMPLATE", "blueprints/missing.json", "the path of a template"),
    ("TEMPLATE", "blueprints.missing", "the name of a compiled codec"),
    ("TEMPLATE", "gps_track", "the name of a compiled codec"),
    ("TEMPLATE", 7, "the path of a template"),
    ("TOPIC", "a b", "letters, digits, _ and /"),
    ("TOPIC", "", "1 to 253"),
    ("TOPIC", 5, "1 to 253"),
    ("INTERVAL_S", 9, "10 to 604800"),
    ("INTERVAL_S", 604_801, "10 to 604800"),
    ("INTERVAL_S", True, "whole seconds"),
    ("INTERVAL_S", 60.5, "whole seconds"),
    ("POSITIONS", "gps", "one of modem, track"),
    ("LISTEN_PORT", 0, "1 to 65535"),
    ("LISTEN_PORT", "3000", "1 to 65535"),
    ("SMS_NUMBER", "", "1 to 20 digits"),
    ("SMS_NUMBER", 4915112345678, "1 to 20 digits"),
    ("SMS_NUMBER", '+49"', "1 to 20 digits"),
    ("SMS_NUMBER", "+" + 21 * "4", "1 to 20 digits"),
    ("SMS_FROM", "1234", "a tuple of the senders"),
    ("SMS_FROM", ("1234", 1234), "a tuple of the senders"),
    ("SMS_FROM", ("",), "a tuple of the senders"),
    ("MENDER_HOST", "mender.example", "hosted.mender.io"),
    ("LWM2M_KEY", "7 chars", "8 to 256 characters"),
    ("LWM2M_KEY", 257 * "k", "8 to 256 characters"),
    ("LWM2M_KEY", b"abc", "4 to 128 bytes"),
    ("LWM2M_KEY", 12345678, "8 to 256 characters"),
    ("LWM2M_QUEUE_MODE", 1, "True or False"),
    ("PSM_UPDATE_S", 35_712_001, "2 to 35712000"),
    ("PSM_ACTIVE_S", 11_161, "0 to 11160"),
    ("PSM_ACTIVE_S", None, "0 to 11160"),
    ("EDRX_S", 2_622, "5 to 2621"),
    ("DEEP_SLEEP", 1, "True or False"),
    ("FOLDER", "data", "an absolute path"),
    ("OUTBOX_BYTES", 16_383, "16384"),
    ("LOG_BYTES", 1_023, "or 0 for no log"),
)

RIGHT = (
    {"BLUEPRINT": "low_power", "DEEP_SLEEP": True},
    {
        "PINS": {"uart": 1, "tx": 4, "rx": 5},
        "FAMILY": "SARA-R5",
        "RATS": ("LTE-M", "NB-IoT"),
        "BANDS": (8, 20),
    },
    {"INTERVAL_S": 10, "PSM_UPDATE_S": 35_712_000, "PSM_ACTIVE_S": 11_160, "EDRX_S": 2_621},
    {"INTERVAL_S": 604_800, "PSM_UPDATE_S": None, "EDRX_S": 5, "LOG_BYTES": 0},
    {"BLUEPRINT": "udp", "TOPIC": None, "TEMPLATE": None, "LISTEN_PORT": 3000},
    {"APN": "iot.example", "BLUEPRINT": "sms", "TOPIC": None, "SMS_NUMBER": "882285100"},
    {"BLUEPRINT": "sms", "TOPIC": None, "SMS_FROM": ("1234", "+491511", "1NCE")},
    {"BLUEPRINT": "energy_saver", "TEMPLATE": "blueprints.environment_codec"},
    {"BLUEPRINT": "energy_saver", "TRANSPORT": "udp", "TOPIC": None},
    {"BLUEPRINT": "gps", "TEMPLATE": "blueprints.gps_codec", "POSITIONS": "track"},
    {"BLUEPRINT": "controller", "LISTEN_PORT": 3000},
    {"BLUEPRINT": "memfault", "TRANSPORT": "coap"},
    {"BLUEPRINT": "ota", "MENDER_HOST": "eu.hosted.mender.io"},
    {"BLUEPRINT": "lwm2m", "LWM2M_KEY": "8 letters", "LWM2M_QUEUE_MODE": True},
    {"BLUEPRINT": "lwm2m", "LWM2M_KEY": 128 * b"k"},
    {"BLUEPRINT": "lwm2m", "TRANSPORT": "coap"},
    {"FOLDER": "/data", "TRANSPORT": "coap", "OUTBOX_BYTES": 16_384, "LOG_BYTES": 1_024},
)


def test_the_settings_that_are_shipped_are_right():
    settings, mistakes = settings_check.read(config)
    assert mistakes == []
    assert settings.APN == "iot.1nce.net"


def test_right_settings_have_no_mistakes():
    for changes in RIGHT:
        assert settings_check.read(Changed(**changes))[1] == [], changes


def test_each_wrong_setting_is_named_with_what_is_allowed():
    for name, value, allowed in WRONG:
        mistakes = settings_check.read(Changed(**{name: value}))[1]
        assert len(mistakes) == 1, (name, value, mistakes)
        # What may be a key is not shown.
        shown = "no key" if name == "LWM2M_KEY" else repr(value)
        assert mistakes[0].startswith("%s is %s: give " % (name, shown)), mistakes
        assert allowed in mistakes[0], mistakes


def test_all_mistakes_are_told_at_once():
    changes = {"APN": "", "INTERVAL_S": "hourly", "BLUEPRINT": 1, "INTERVALL_S": 60}
    mistakes = settings_check.read(Changed(**changes))[1]
    assert [mistake.split(" ")[0] for mistake in mistakes] == [
        "APN",
        "BLUEPRINT",
        "INTERVAL_S",
        "INTERVALL_S",
    ]
    assert "is no setting; they are APN, FAMILY" in mistakes[3]


def test_settings_that_do_not_go_together_are_told():
    assert "UDP carries none" in settings_check.read(Changed(BLUEPRINT="udp"))[1][0]
    assert "give coaps" in settings_check.read(Changed(BLUEPRINT="ota", TRANSPORT="coap"))[1][0]
    assert "give 3000" in settings_check.read(Changed(BLUEPRINT="controller"))[1][0]
    assert "SMS carries none" in settings_check.read(Changed(BLUEPRINT="sms"))[1][0]
    assert (
        "UDP carries none" in settings_check.read(Changed(BLUEPRINT="gps", TRANSPORT="udp"))[1][0]
    )
    assert "give the blueprint udp" in settings_check.read(Changed(TRANSPORT="udp"))[1][0]
    changed = Changed(BLUEPRINT="energy_saver", TEMPLATE="blueprints.gps_codec")
    assert "needs blueprints.status_codec or" in settings_check.read(changed)[1][0]
    for template in (None, "blueprints/status_template.json"):
        changed = Changed(BLUEPRINT="gps", TEMPLATE=template)
        assert "blueprints.gps_codec" in settings_check.read(changed)[1][0]


def test_the_pauses_double_from_a_minute_to_an_hour_and_begin_again():
    back_off = BackOff()
    pauses = [back_off.failed(0) // 1000 for _ in range(40)]
    assert pauses[:8] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert set(pauses[8:]) == {3600}
    assert back_off.succeeded() == 40
    assert back_off.failed(5_000) == 60_000
    assert back_off.due_ms == 65_000
    assert back_off.failed(5_000, 7_200_000) == 7_200_000  # the network asked for it


def test_a_fault_that_comes_again_restarts_the_board_and_not_before_an_hour_of_life():
    wear = Wear(1_000)
    late_ms = 1_000 + LEAST_LIFE_MS
    for error in (MemoryError(), KeyError("x"), ModemSilent("no answer")):
        assert wear.restart_reason(late_ms) == ""
        wear.failed("deliver", error, 2_000)
    assert wear.restart_reason(late_ms - 1) == ""
    assert wear.restart_reason(late_ms) == "ModemSilent came 3 times"
    wear.succeeded("deliver")
    assert wear.restart_reason(late_ms) == ""


def test_what_the_network_does_restarts_the_board_after_a_day_and_users_code_never():
    wear = Wear(0)
    for hour in range(24):
        wear.failed("deliver", OSError("no coverage"), 1 + hour * 3_600_000)
        wear.failed("measure", KeyError("the user's"), 1 + hour * 3_600_000)
        assert wear.restart_reason(hour * 3_600_000) == ""
    assert wear.restart_reason(MOST_FAILING_MS) == ""
    assert wear.restart_reason(1 + MOST_FAILING_MS) == "nothing was delivered for 24 h"
    wear.restarted(1 + MOST_FAILING_MS)  # it did not: a day is counted again
    assert wear.restart_reason(1 + 2 * MOST_FAILING_MS) == ""


def test_want_of_memory_restarts_the_board_also_where_it_is_the_users_code():
    wear = Wear(0)
    for _ in range(3):
        wear.failed("measure", MemoryError(), 1)
    assert wear.restart_reason(LEAST_LIFE_MS) == "MemoryError came 3 times"


def test_a_battery_is_what_the_modem_tells_of_it_and_nothing_else():
    for values, expected in (
        (["0", "80", "3800"], (80, 3_800)),
        (["0", "0"], (0, None)),
        (["3.749V"], (None, 3_749)),
        (["3.7V"], (None, 3_700)),
        (["0", "101", "30001"], (None, None)),
        (["0", "-1", "x"], (None, None)),
        (["0", "", ""], (None, None)),
        (["V"], (None, None)),
        (["0"], (None, None)),
        ([], (None, None)),
        (["0", 400 * "9"], (None, None)),
    ):
        assert tuple(battery_of(values)) == expected, values


def test_a_log_keeps_the_newest_lines_within_its_size():
    flash = Flash()
    log = LogRing(flash, SMALL)
    for number in range(500):
        log.add("line %d" % number)
        assert sum([len(flash.files[name]) for name in flash.files]) <= SMALL
    kept = log.lines()
    assert kept == ["line %d" % number for number in range(500 - len(kept), 500)]
    assert len(kept) > SMALL // 2 // len("line 499\n") - 2
    assert LogRing(flash, SMALL).lines() == kept


def test_a_line_is_one_line_of_printable_characters():
    log = LogRing(Flash(), SMALL)
    log.add("# one\r\ntwo \x1b[2J \u20ac" + 400 * "x")
    (line,) = log.lines()
    assert line == ("# one??two ?[2J ?" + 400 * "x")[:240]


def test_a_power_cut_at_any_write_costs_the_line_that_was_written():
    for part_of in (lambda data: b"", lambda data: data[:1], lambda data: data[:-1]):
        for cut_at in range(1, 60):
            flash = Flash(cut_at, part_of)
            written = []
            for number in range(120):  # lives of three lines
                try:
                    if number % 3 == 0:
                        log = LogRing(flash, SMALL)
                    log.add("line %d, and so on" % number)
                    written.append("line %d, and so on" % number)
                except PowerCutError:
                    log = LogRing(flash, SMALL)
                    kept = [line for line in log.lines() if line in written]
                    # The older half may have gone, and no line that is newer.
                    assert kept == written[len(written) - len(kept) :], (cut_at, number)
                    assert len(kept) >= min(len(written), 20), (cut_at, number)
                assert sum([len(flash.files[name]) for name in flash.files]) <= SMALL
            kept = LogRing(flash, SMALL).lines()
            assert kept[-20:] == written[-20:]
            assert len([line for line in kept if line not in written]) <= 1


def test_a_full_flash_costs_lines_and_the_log_goes_on():
    for is_torn in (False, True):
        for size in range(0, 1_200, 7):
            flash = FullFlash(size, is_torn)
            log = LogRing(flash, SMALL)
            failed = 0
            for number in range(60):
                try:
                    log.add("line %d" % number)
                except OSError:
                    failed += 1
            assert failed or size >= 473  # all of them fit
            flash.size = 10_000
            log.add("room")
            log.add("and more")
            assert log.lines()[-2:] == ["room", "and more"]
            assert LogRing(flash, SMALL).lines() == log.lines()


def test_a_log_that_takes_nothing_is_told_once_and_stops_nothing():
    said = []
    flash = FullFlash(0)
    console = Console(LogRing(flash, SMALL), said.append)
    for number in range(3):
        console.trouble("trouble %d" % number)
    flash.size = 1_000
    console.trouble("trouble 3")
    console.trouble("trouble 3")
    assert said[0][11:] == "trouble 0"
    assert said[1][11:].startswith("the log takes no line: ")
    assert len(said) == 6
    assert len(LogRing(flash, SMALL).lines()) == 1  # the same line is logged once


class Troubled:
    """Rounds that do what their script says: an error to raise, or None."""

    def __init__(self, measures, delivers):
        self._scripts = {"measure": list(measures), "deliver": list(delivers)}
        self.done = []

    async def _do(self, name):
        self.done.append(name)
        script = self._scripts[name]
        error = script.pop(0) if script else None
        if error is not None:
            raise error

    async def measure(self):
        await self._do("measure")

    async def deliver(self):
        await self._do("deliver")

    async def renew(self):
        self.done.append("renew")


def done_in(rounds, seconds, interval_s=600):
    """What the runner did, and said, in so many seconds."""
    said = []

    async def main():
        task = asyncio.create_task(Runner(rounds, interval_s, Console(None, said.append)).run())
        await asyncio.sleep(seconds)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    asyncio.run(main())
    return rounds.done, said


def test_an_error_of_the_line_is_tried_again_and_one_of_the_code_made_afresh_as_well():
    done, said = done_in(Troubled([], [OSError("no line"), KeyError("x")]), 500)
    assert done == ["measure", "deliver", "deliver", "renew", "deliver"]
    assert len([line for line in said if "not delivered: no line" in line]) == 1
    assert len([line for line in said if "not delivered: KeyError: " in line]) == 1
    assert said[-1].endswith("delivered again, after 2 failures")


def test_measuring_goes_on_while_delivery_waits():
    done, _said = done_in(Troubled([], [OSError("away")] * 100), 3_500)
    assert done.count("measure") == 6
    assert done.count("deliver") == 6  # at 0, 60, 180, 420, 900, 1860 s
    assert done.count("renew") == 1


def test_an_error_of_measuring_does_not_keep_from_delivering():
    done, said = done_in(Troubled([ValueError("no sensor"), MemoryError()], []), 700)
    assert done == ["measure", "deliver", "measure", "deliver"]
    assert "not measured: ValueError: no sensor" in said[1]


def test_the_runner_outlives_what_it_meets_itself():
    said = []

    def write(line):
        said.append(line)
        if "delivered" in line and len(said) < 4:
            raise MemoryError("even telling takes heap")

    async def main():
        rounds = Troubled([], [OSError("no line")])
        task = asyncio.create_task(Runner(rounds, 600, Console(None, write)).run())
        await asyncio.sleep(700)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        return rounds.done

    done = asyncio.run(main())
    assert done[-2:] == ["measure", "deliver"]
    assert [line for line in said if "the runner itself met MemoryError" in line]


def test_a_run_is_good_once_something_was_measured_and_delivered():
    rounds = Troubled([ValueError("no sensor")], [None, OSError("away")])
    good = []

    async def main():
        runner = Runner(rounds, 600, Console(None, lambda line: None))
        runner.on_good_run = lambda: good.append(len(rounds.done))
        task = asyncio.create_task(runner.run())
        await asyncio.sleep(1_300)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    asyncio.run(main())
    # Not after the first delivery, which had nothing of this run; the second one failed.
    assert rounds.done[:4] == ["measure", "deliver", "measure", "deliver"]
    assert good[0] == 5
