"""Tracks: points are hit exactly, the way between is straight, and broken files are told."""

from decimal import Decimal

import pytest

from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.scenarios.first_light import TRACK
from nce_sim.sky import End, Place, Point, Track, read_csv, read_gpx, read_track
from nce_sim.sky.written import fixed, minutes


def place(latitude, longitude):
    return Place(Decimal(latitude), Decimal(longitude))


TWO = (Point(1_000, place("10", "20")), Point(3_000, place("11", "22")))


def test_at_a_point_the_device_is_where_the_file_says_and_between_on_the_straight_line():
    track = Track(TWO)
    assert track.at(0) == TWO[0].place
    assert (track.at(500).latitude, track.at(500).longitude) == (Decimal("10.25"), Decimal("20.5"))
    assert track.at(2_000) == TWO[1].place
    assert track.at(-5) == TWO[0].place


def test_at_the_end_it_stays_or_begins_again():
    assert Track(TWO).at(3_500) == TWO[1].place
    assert Track(TWO, End.LOOP).at(2_500) == Track(TWO).at(500)
    assert Track(TWO[:1], End.LOOP).at(99) == TWO[0].place


def test_the_way_over_the_date_line_is_the_short_one():
    track = Track([Point(0, place("0", "179.5")), Point(1_000, place("0", "-179.5"))])
    assert track.at(250).longitude == Decimal("179.75")
    assert track.at(750).longitude == Decimal("-179.75")


@pytest.mark.parametrize("times", [(0, 0), (5, 4), ()])
def test_time_does_not_go_back_and_a_track_has_points(times):
    with pytest.raises(ValueError, match="track"):
        Track([Point(time, place("1", "2")) for time in times])


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("90.1", "0"), ("0", "180.1"), ("NaN", "0"), ("0", "sNaN")]
)
def test_a_place_is_on_the_earth(latitude, longitude):
    with pytest.raises(ValueError, match="no place"):
        place(latitude, longitude)


def test_the_track_of_the_demo_is_read_to_its_last_digit():
    track = read_csv(SOURCE_ROOT / TRACK)
    assert len(track.points) == 114
    first = track.at(0)
    assert (str(first.latitude), str(first.longitude)) == ("56.92137111", "24.09641595")
    assert (first.altitude_m, first.speed_mps, first.course_deg) == (
        Decimal("42.937"), Decimal("0.871"), Decimal(162)
    )  # fmt: skip


GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="50.0" lon="7.0"><ele>100.5</ele><time>2026-01-01T00:00:00Z</time></trkpt>
<trkpt lat="50.001" lon="7.0"><time>2026-01-01T01:00:10+01:00</time></trkpt>
</trkseg><trkseg>
<trkpt lat="50.001" lon="7.002"><time>2026-01-01T00:00:20.500Z</time></trkpt>
</trkseg></trk></gpx>"""


def written(tmp_path, text, name="walk.gpx"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_gpx_is_read_with_its_times_and_the_motion_follows_from_the_points(tmp_path):
    track = read_track(written(tmp_path, GPX))
    assert [point.at_ms for point in track.points] == [0, 10_000, 20_500]
    first, second, last = (point.place for point in track.points)
    # A thousandth of a degree north is 111.2 m; 2 thousandths east at 50 degrees are 143 m.
    assert (first.altitude_m, first.speed_mps, first.course_deg) == (
        Decimal("100.5"), Decimal("11.120"), Decimal("0.0")
    )  # fmt: skip
    assert (second.speed_mps, second.course_deg) == (Decimal("13.614"), Decimal("90.0"))
    assert (last.speed_mps, last.course_deg) == (second.speed_mps, second.course_deg)


def test_gpx_without_times_has_a_point_a_second_and_a_route_will_do(tmp_path):
    text = GPX.replace("trkpt", "rtept")
    for time in ("00:00:00Z", "01:00:10+01:00", "00:00:20.500Z"):
        text = text.replace(f"<time>2026-01-01T{time}</time>", "")
    assert [each.at_ms for each in read_gpx(written(tmp_path, text)).points] == [0, 1_000, 2_000]


BROKEN = [
    ("walk.gpx", GPX.replace("</gpx>", ""), "no element found"),
    ("walk.gpx", GPX.replace('lat="50.0"', 'lat="91"'), "point 1: 91"),
    ("walk.gpx", GPX.replace('lat="50.0"', ""), "point 1: None is no number"),
    ("walk.gpx", GPX.replace("2026-01-01T00:00:00Z", "yesterday"), "'yesterday' is no time"),
    ("walk.gpx", GPX.replace("<time>2026-01-01T00:00:00Z</time>", ""), "1 points have no time"),
    ("walk.gpx", "<gpx/>", "not 0"),
    ("walk.gpx", GPX.replace("<gpx ", '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx '), "document type"),
    ("walk.gpx", GPX.replace("<gpx ", "<!DOCTYPE gpx><gpx "), "document type"),
    ("walk.gpx", GPX.encode("utf-16"), "document type or another encoding"),
    ("walk.csv", "date_time,latitude,longitude\n2026-01-01 00:00:00,1,x\n", "line 2: 'x' is no"),
    ("walk.csv", "date_time,latitude\n2026-01-01 00:00:00,1\n", "line 2: None is no number"),
    ("walk.csv", "", "not 0"),
    ("walk.kml", "", "a .gpx or a .csv"),
]


@pytest.mark.parametrize(("name", "text", "said"), BROKEN)
def test_a_broken_file_is_told_with_its_place(tmp_path, name, text, said):
    with pytest.raises(ValueError, match=said):
        read_track(written(tmp_path, text, name))


def test_degrees_are_written_as_receivers_do():
    assert minutes(Decimal("31.845371666"), 2, 4) == ("3150.7223", False)
    assert minutes(Decimal("-7.9999999"), 3, 4) == ("00800.0000", True)
    assert minutes(Decimal("277.1833"), 1, 0) == ("27711", False)
    assert fixed(Decimal("-0.0000004"), 6) == "0.000000"
    assert fixed(Decimal("56.921371115"), 5) == "56.92137"
