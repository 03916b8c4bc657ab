"""The gps blueprint in virtual time: a walk with a house in the middle arrives as it was."""

import pytest

from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of
from nce_sim.sky import End, read_csv
from rounds.gps import fix_of_track
from support.field_device import run_in_field

WALK = read_csv(SOURCE_ROOT / TRACK, End.LOOP)
INDOORS_MS = (1_500_000, 3_600_000)


def walk(field):
    field.modem.receiver.follow(WALK)
    field.clock.call_later(INDOORS_MS[0], field.modem.receiver.go_indoors)
    field.clock.call_later(INDOORS_MS[1], field.modem.receiver.go_outdoors)


# A personality, and the places of a degree that its answers keep: BG95 beside LTE, the other not.
@pytest.mark.parametrize(("personality", "places"), [("bg95", 5), ("sim7080", 6)])
def test_a_walk_with_a_house_in_the_middle_arrives_decoded(personality, places, monkeypatch):
    field, decoded = run_in_field(
        walk, monkeypatch, "gps", personality=personality, hours=2, POSITIONS="modem"
    )
    start_ms = field.world.settings.calendar_start_s * 1_000
    seconds = [(each["time_ms"] - start_ms) // 1_000 for each in decoded]
    assert len(seconds) >= 8
    assert seconds == sorted(seconds)
    assert not [s for s in seconds if INDOORS_MS[0] / 1_000 <= s < INDOORS_MS[1] / 1_000]
    assert [line for line in field.console_lines if "no fix: " in line]
    for each in decoded:
        # The modem gives whole seconds: within the second, the device was at one of the places.
        where = [WALK.at(each["time_ms"] - start_ms + ms) for ms in range(0, 1_000, 10)]
        position = each["position"]
        latitudes = {float(f"{place.latitude:.{places}f}") for place in where}
        longitudes = {float(f"{place.longitude:.{places}f}") for place in where}
        assert position["latitude"] in latitudes
        assert position["longitude"] in longitudes
        assert each["satellites"] == {"used": 9, "in_view": 9}
        assert position["accuracy_m"] in (5, 6)


def test_the_recorded_track_arrives_in_order(monkeypatch):
    field, decoded = run_in_field(
        lambda field: None, monkeypatch, "gps", hours=1, INTERVAL_S=300, TRANSPORT="coap"
    )
    assert decoded == rows_of(SOURCE_ROOT / TRACK)[:12]
    assert field.board.longest_ms <= 8_000


def test_the_recorded_track_begins_again_after_its_end():
    count = len(rows_of(SOURCE_ROOT / TRACK))
    assert fix_of_track(count) == fix_of_track(0) == fix_of_track(5 * count)
    assert fix_of_track(count - 1) != fix_of_track(0)
