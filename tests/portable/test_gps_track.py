"""The recorded track and the records made of it."""

from gps_track import epoch_ms, fixes

HEADING = "date_time,latitude,longitude,accuracy_m,altitude_m,geoid_height_m,speed_mps,...\n"
ROW = "2020-07-31 15:43:33.999,56.92057203,24.09757186,3,47.357,,1.583,87,32,31,name,desc\n"

# `date -u -d ... +%s`
INSTANTS = [
    ("1970-01-01 00:00:00", 0),
    ("1972-02-29 12:00:00", 68212800_000),
    ("2000-03-01 00:00:00", 951868800_000),
    ("2020-07-31 15:43:33.999", 1596210213_999),
    ("2026-11-23 18:30:00.5", 1795458600_500),
    ("2099-12-31 23:59:59", 4102444799_000),
]


def test_dates_become_epoch_milliseconds():
    for text, expected in INSTANTS:
        assert epoch_ms(text) == expected, text


def test_a_row_becomes_a_record_with_its_decimals_untouched():
    (fix,) = fixes([HEADING, ROW, "\n"])
    assert fix == {
        "time_ms": 1596210213999,
        "position.latitude": "56.92057203",
        "position.longitude": "24.09757186",
        "position.accuracy_m": 3,
        "position.altitude_m": "47.357",
        "speed_mps": "1.583",
        "bearing_deg": 87,
        "satellites.used": 32,
        "satellites.in_view": 31,
    }


def test_a_broken_row_is_refused_by_its_line_number():
    for row in ("2020-07-31 15:43:33,1,2\n", ROW.replace("87", "x"), "2020-13-31" + ROW[10:]):
        try:
            list(fixes([HEADING, ROW, row]))
        except ValueError as error:
            assert "line 3" in str(error), error
        else:
            raise AssertionError("%r was taken" % row)
