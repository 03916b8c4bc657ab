"""Positions out of the makers' own answers, and the arithmetic of decimal text behind them.

Runs on boards' MicroPython as well, whose floats have 24 bits: no position ever is one.
"""

import asyncio

from gps_fix import record_of
from nce_modem import UsageError
from nce_modem.at.command import Command
from nce_modem.at.events import Answer, Urc
from nce_modem.decimal_text import checked, from_minutes, scaled
from nce_modem.errors import CommandFailed, CommandTimeout
from nce_modem.families.nordic_gnss import SerialModem, Slm
from nce_modem.families.quectel_gnss import Quectel
from nce_modem.families.sequans_gnss import Gm02sp
from nce_modem.families.simcom_gnss import A76xx, Sim7000, Sim7080, Sim7600
from nce_modem.families.ublox_gnss import Ublox
from nce_modem.gnss import Fix, locate, utc_of

# Minutes and hemisphere, limit, degrees; worked out by `bc` with twenty places, then rounded.
DEGREES = (
    ("3150.7223", "N", 90, "31.8453717"),  # 31.84537166..
    ("11711.9293", "E", 180, "117.1988217"),  # 117.19882166..
    ("3113.330650", "N", 90, "31.222177500"),
    ("12121.262554", "E", 180, "121.354375900"),
    ("3433.035574", "S", 90, "-34.550592900"),
    ("05829.585934", "W", 180, "-58.493098900"),
    ("0114.5506", "S", 90, "-1.2425100"),
    # A third and two thirds of the last place: down, and up.
    ("0000.0001", "N", 90, "0.0000017"),  # 0.00000166..
    ("0000.0002", "N", 90, "0.0000033"),  # 0.00000333..
    ("0000.0003", "W", 180, "-0.0000050"),
    ("0000.0000", "S", 90, "0.0000000"),
    # Carries through all digits.
    ("8959.99999", "N", 90, "89.99999983"),
    ("0959.9999", "E", 180, "9.9999983"),
    ("0000.999999", "N", 90, "0.016666650"),
    ("0059.999999", "N", 90, "0.999999983"),
    ("9000.0000", "S", 90, "-90.0000000"),
    ("18000.0000", "E", 180, "180.0000000"),
    ("4807", "N", 90, "48.117"),
    # Not on the earth, or no number at all.
    ("9000.0001", "N", 90, None),
    ("18000.0001", "W", 180, None),
    ("3160.0000", "N", 90, None),
    ("3150.7223", "X", 90, None),
    ("3150.7223", "", 90, None),
    ("-3150.7223", "N", 90, None),
    ("", "N", 90, None),
    (".5", "N", 90, None),
    ("NaN", "N", 90, None),
    ("31 50.7", "N", 90, None),
    ("3150.72.23", "N", 90, None),
    ("1" * 40, "N", 90, None),
)

# A number, times a fraction, to so many places: a half goes away from zero.
SCALED = (
    ("1", 463, 900, 3, "0.514"),  # a knot
    ("0.88", 463, 900, 3, "0.453"),  # 0.45271..
    ("36.0", 5, 18, 3, "10.000"),
    ("0.0", 5, 18, 3, "0.000"),
    ("-0.0001", 1, 1, 3, "0.000"),
    ("0.0005", 1, 1, 3, "0.001"),
    ("-0.0005", 1, 1, 3, "-0.001"),
    ("0.00049999999999999999", 1, 1, 3, "0.000"),
    ("2.5", 1, 1, 0, "3"),
    ("9.9995", 1, 1, 3, "10.000"),
    ("123456789012345678.5", 2, 1, 0, "246913578024691357"),
    ("1e3", 1, 1, 0, None),
    ("inf", 1, 1, 0, None),
)


def test_minutes_become_degrees_without_a_float():
    for text, hemisphere, limit, expected in DEGREES:
        assert from_minutes(text, hemisphere, limit) == expected, (text, hemisphere)


def test_numbers_are_scaled_without_a_float():
    for text, numerator, denominator, places, expected in SCALED:
        assert scaled(text, numerator, denominator, places) == expected, text


def test_degrees_stay_as_the_modem_wrote_them():
    for text in ("56.92137111", "-9.142685", "0.00000001", "90", "-90.000000", "12.0"):
        assert checked(text, 90) == text
    assert checked("+12.5", 90) == "12.5"
    assert checked("-0.000", 90) == "0.000"
    for text in (
        "90.00000000001",
        "91",
        "-90.1",
        "nan",
        "1e1",
        "0x10",
        "",
        "-",
        ".",
        "1.2.3",
        "٣",
    ):
        assert checked(text, 90) is None, text


def test_times_are_put_together_when_they_are_times():
    assert utc_of("20260101", "235960.999") == "2026-01-01 23:59:60.999"
    assert utc_of("20260101", "000000") == "2026-01-01 00:00:00"
    for date, clock in (
        ("20261301", "000000"), ("20260100", "000000"), ("20260101", "240000"), ("", "000000"),
        ("20260101", "006000"), ("2026010", "1000000"), ("20260101", "0000x0"),
    ):  # fmt: skip
        assert utc_of(date, clock) is None, (date, clock)


class Told:
    """A family and its link in one, that know one answer: lines, URCs or the code of a refusal."""

    is_silent = False

    def __init__(self, said):
        self.said = said
        self.asked = []

    def command(self, text, **options):
        return Command(text, **options)

    async def ask(self, link, text, **options):
        self.asked.append(text)
        if isinstance(self.said, int):
            raise CommandFailed(text, "+CME ERROR: %d" % self.said, self.said)
        return Answer(Command(text), True, "OK", [self.said], [])

    async def ask_fields(self, link, text, **options):
        from nce_modem.at import syntax

        answer = await self.ask(link, text)
        return [syntax.fields(syntax.split_prefix(line)[1]) for line in answer.lines]

    async def run_until(self, command, match, timeout_ms):
        self.asked.append(command.text)
        for line in self.said.split("\n"):
            prefix, _, text = line.partition(": ")
            value = match(Urc(prefix, text, None))
            if value is not None and value is not False:
                return value
        raise CommandTimeout("no result")  # as the link does: it is over


def look(receiver, said):
    told = Told(said)
    return asyncio.run(receiver(told, told).look())


def wait(receiver, said):
    told = Told(said)
    return asyncio.run(receiver(told, told).wait(60_000))


# What modems said, where somebody wrote it down: the receiver, its answer, the fix.
LOOKED = (
    # LTEm1 driver, BG96.
    (
        Quectel,
        "+QGPSLOC: 113355.0,44.74770,-85.56527,1.2,192.0,2,277.11,0.0,0.0,250420,10",
        Fix(
            "44.74770", "-85.56527", "192.0", "0.000", "277.18", "2020-04-25 11:33:55.0", 10,
            "1.2", None,
        ),
    ),
    # A log from Rio de Janeiro, BG96.
    (
        Quectel,
        "+QGPSLOC: 202008.0,-22.98486,-43.35916,2.5,4.0,2,0.00,3.6,1.9,290119,09",
        Fix(
            "-22.98486", "-43.35916", "4.0", "1.000", "0.00", "2019-01-29 20:20:08.0", 9, "2.5",
            None,
        ),
    ),
    # SIM7000, a shield's log.
    (
        Sim7000,
        "+CGNSINF: 1,1,20220112234948.000,47.211150,-1.566408,31.500,0.00,224.1,1,,1.9,2.1,1.0,,"
        "13,4,,,,42,,",
        Fix(
            "47.211150", "-1.566408", "31.500", "0.000", "224.1", "2022-01-12 23:49:48.000", 4,
            "1.9", None,
        ),
    ),
    # SIM7080, in the shape of its 18 fields.
    (
        Sim7080,
        "+CGNSINF: 1,1,20221212120221.000,46.762485,18.630459,329.218,2.20,285.8,1,,2.1,2.3,0.9,,"
        "7,,12.1,9.0",
        Fix(
            "46.762485", "18.630459", "329.218", "0.611", "285.8", "2022-12-12 12:02:21.000", 7,
            "2.1", "12.1",
        ),
    ),
    # A76XX AT manual V1.09.
    (
        A76xx,
        "+CGNSSINFO: 2,09,05,00,3113.330650,N,12121.262554,E,131117,091918.0,32.9,1.0,255.0,1.1,"
        "0.8,0.7",
        Fix(
            "31.222177500", "121.354375900", "32.9", "0.514", "255.0", "2017-11-13 09:19:18.0",
            14, "0.8", None,
        ),
    ),
    # A7670, newer firmware: decimal degrees, and one kind of satellites more.
    (
        A76xx,
        "+CGNSSINFO: 3,13,,07,00,42.4344826,N,59.5115700,W,210624,065131.01,58.0,0.047,,2.47,1.70,"
        "1.80,06",
        Fix(
            "42.4344826", "-59.5115700", "58.0", "0.024", None, "2024-06-21 06:51:31.01", 20,
            "1.70", None,
        ),
    ),
    # SIM7600, a log from Buenos Aires.
    (
        Sim7600,
        "+CGPSINFO: 3433.035574,S,05829.585934,W,310520,210511.0,6.6,0.0,0.0",
        Fix(
            "-34.550592900", "-58.493098900", "6.6", "0.000", "0.0", "2020-05-31 21:05:11.0",
            None, None, None,
        ),
    ),
)  # fmt: skip

WAITED = (
    # Nordic's documentation of Serial Modem and of SLM.
    (
        SerialModem,
        "#XGNSS: 1,1\n"
        '#XGNSSPOS: 35.457576,139.625090,121.473785,22.199919,0.442868,0.000000,'
        '"2021-06-02 06:25:48"\n'
        "#XGNSS: 1,4",
        Fix(
            "35.457576", "139.625090", "121.473785", "0.442868", "0.000000",
            "2021-06-02 06:25:48", None, None, "22.199919",
        ),
    ),
    (
        Slm,
        "#XGPS: 1,1\n"
        "#XGPS: $GPGGA,092220.000,2234.2803,N,11353.2519,E,1,4,2.00,25.2,M,-2.9,M,,*68\n"
        '#XGPS: 35.457417,-139.625211,162.850952,15.621976,1.418092,69.148659,'
        '"2021-06-02 05:21:31"',
        Fix(
            "35.457417", "-139.625211", "162.850952", "1.418092", "69.148659",
            "2021-06-02 05:21:31", None, None, "15.621976",
        ),
    ),
    # The example in public u-blox drivers.
    (
        Ublox,
        "+UULOC: 25/09/2013,10:13:29.000,45.7140971,13.7409172,266,17,0,0,18,1,6,3,9",
        Fix(
            "45.7140971", "13.7409172", "266", "0", "0", "2013-09-25 10:13:29.000", 6, None, "17"
        ),
    ),
    # GM02SP, in the shape of a log that had no fix.
    (
        Gm02sp,
        '+LPGNSSFIXREADY: 0,"2025-06-24T15:55:20.000000",66563,"17.250000","-3.000001",'
        '"0.500000","35.000000","-3.000000","4.000000","0.000000","AAAA"',
        Fix(
            "-3.000001", "0.500000", "35.000000", "5.000", "127", "2025-06-24 15:55:20.000000",
            None, None, "17.250000",
        ),
    ),
)  # fmt: skip


def test_what_modems_say_when_they_are_asked_is_read():
    for receiver, line, expected in LOOKED:
        assert look(receiver, line) == expected, line


def test_what_modems_say_unasked_is_read():
    for receiver, lines, expected in WAITED:
        assert wait(receiver, lines) == expected, lines


# No fix, in the makers' ways and in broken ones.
NOTHING = (
    (Quectel, 516),
    (Quectel, "+QGPSLOC: 113355.0,,,1.2,192.0,2,277.11,0.0,0.0,250420,10"),
    (Quectel, "+QGPSLOC: 113355.0,91.00000,-85.56527,1.2,192.0,2,277.11,0.0,0.0,250420,10"),
    (Quectel, "+QGPSLOC: 113355.0,NaN,nan,1.2,192.0,2,277.11,0.0,0.0,250420,10"),
    (Quectel, "+QGPSLOC: 113355.0,44.7477"),
    (Quectel, "+QGPSLOC:"),
    (Quectel, ""),
    (Sim7000, "+CGNSINF: 1,0,19800106000706.000,,,,0.00,0.0,0,,,,,,3,0,,,,,"),
    (Sim7000, "+CGNSINF: 0,,,,,,,,,,,,,,,,,,,,"),
    (
        Sim7000,
        "+CGNSINF: 1,1,20220112234948.000,47.2,-181.0,31.5,0.0,2.1,1,,1.9,2.1,1.0,,13,4,,,,",
    ),
    (Sim7000, "+CGNSINF: 1,1"),
    (A76xx, "+CGNSSINFO: ,,,,,,,,"),
    (A76xx, "+CGNSSINFO: N"),
    (A76xx, "+CGNSSINFO: N,N,N,N,N,N,N,N,N,N,N,N"),
    (
        A76xx,
        "+CGNSSINFO: 2,09,05,00,3199.9,N,12121.2,E,131117,091918.0,32.9,1.0,255.0,1.1,0.8,0.7",
    ),
    (Sim7600, "+CGPSINFO: ,,,,,,,,"),
    (Sim7600, "+CGPSINFO: 3433.035574,S,05829.585934"),
    (SerialModem, "#XGNSS: 1,1\n#XGNSS: 1,3"),
    (Slm, "#XGPS: 1,1\n#XGPS: 1,3"),
    (Ublox, "+UULOC: 01/01/2026,00:00:00.000,0.0000000,0.0000000,0,20000000,0,0,0,1,0,3,0"),
    (Ublox, "+UULOC: 25/09/2013,10:13:29.000,45.7140971,13.7409172,266,17"),
    (Ublox, "+UULOC: ,,,,,,,,,,,,"),
    (
        Gm02sp,
        '+LPGNSSFIXREADY: 0,"2025-06-24T15:55:20.000000",66563,"20000000.000000","0.000000",'
        '"0.000000","0.000000","0.000000","0.000000","0.000000","AAAA"',
    ),
    (Gm02sp, "+LPGNSSFIXSTOP: LTE_CONCURRENCY"),
    (Gm02sp, "+LPGNSSFIXREADY: 0"),
    (Gm02sp, "+LPGNSSFIXREADY: ,,,,,,,,,,,"),
)
POLLED = (Quectel, Sim7000, Sim7080, A76xx, Sim7600)


def test_an_answer_without_a_position_is_no_fix_and_no_exception():
    for receiver, said in NOTHING:
        found = look(receiver, said) if receiver in POLLED else wait(receiver, said)
        assert found is None, (receiver, said)


def test_broken_fields_beside_a_good_position_are_left_out():
    found = look(Quectel, "+QGPSLOC: 1x3355.0,44.7,-85.5,a,b,c,400.11,d,e,250420,f")
    assert found == Fix("44.7", "-85.5", None, None, None, None, None, None, None)
    said = '#XGNSSPOS: 35.4,139.6,nan,inf,-,400,"yesterday"'
    assert wait(SerialModem, said) == Fix("35.4", "139.6", *[None] * 7)


def test_a_refusal_that_is_no_lack_of_a_fix_is_told():
    try:
        look(Quectel, 505)
    except CommandFailed as error:
        assert error.code == 505
    else:
        raise AssertionError("nothing was raised")


def test_a_time_that_is_no_time_to_wait_is_refused_before_anything_is_sent():
    for timeout_s in (0, -1, 3601):
        try:
            asyncio.run(locate(None, timeout_s))
        except UsageError as error:
            assert "timeout_s" in str(error)
        else:
            raise AssertionError("nothing was raised")


def test_a_fix_becomes_a_record_of_the_template_with_its_decimals_untouched():
    fix = Fix(
        "-3.000001", "0.5", "35.25", "5.000", "359.6", "2026-11-23 18:30:00.5", 7, "1.3", None
    )
    assert record_of(fix) == {
        "time_ms": 1795458600_500,
        "position.latitude": "-3.000001",
        "position.longitude": "0.5",
        "position.accuracy_m": 7,  # 5 m for each of the HDOP
        "position.altitude_m": "35.25",
        "speed_mps": "5.000",
        "bearing_deg": 0,
        "satellites.used": 7,
        "satellites.in_view": 7,
    }


def test_what_a_modem_does_not_tell_is_nothing_in_the_record():
    bare = record_of(Fix("1", "2", None, None, None, "2026-11-23 18:30:00", None, None, None))
    assert bare["position.accuracy_m"] == 255
    assert (bare["bearing_deg"], bare["speed_mps"], bare["satellites.used"]) == (0, "0", 0)
    far = record_of(Fix("1", "2", None, None, None, "2026-11-23 18:30:00", 400, None, "300.4"))
    assert (far["position.accuracy_m"], far["satellites.used"]) == (255, 255)
    try:
        record_of(Fix("1", "2", None, None, None, None, None, None, None))
    except ValueError as error:
        assert "no time" in str(error)
    else:
        raise AssertionError("nothing was raised")


def test_a_bg95_gets_its_priority_back_whatever_it_tells_beside_it():
    given = 'AT+QGPSCFG="priority",0'
    for said, ending in (
        ('+QGPSCFG: "priority",1', ["AT+QGPSEND", 'AT+QGPSCFG="priority",1']),
        # Logs of BG77 and of a Raspberry's BG95: what the last number says is not known.
        ('+QGPSCFG: "priority",1,2', ["AT+QGPSEND", 'AT+QGPSCFG="priority",1']),
        ('+QGPSCFG: "priority",0,4', ["AT+QGPSEND"]),
    ):
        told = Told(said)
        receiver = Quectel(told, told)
        asyncio.run(receiver.begin())
        assert (given in told.asked) == (len(ending) > 1) and receiver.ending() == ending
