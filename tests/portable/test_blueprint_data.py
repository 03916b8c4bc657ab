"""A blueprint finds its data on the search path, wherever its own module is."""

import sys

from blueprints.data import data_path


def test_the_track_is_found():
    with open(data_path("gps_track.csv")) as track:
        assert track.readline().startswith("date_time,latitude")


def test_the_search_path_alone_decides():
    """A frozen module has no folder, and its data are in ROMFS, say."""
    path = list(sys.path)
    there = data_path("gps_track.csv")
    rom = there[: -len("/data/gps_track.csv")] or "."
    try:
        sys.path[:] = [".frozen", rom]
        assert data_path("gps_track.csv") == rom + "/data/gps_track.csv"
        sys.path[:] = [".frozen"]
        try:
            data_path("gps_track.csv")
        except OSError as error:
            assert "data/gps_track.csv" in str(error) and ".frozen" in str(error)
        else:
            raise AssertionError("it was found nowhere")
    finally:
        sys.path[:] = path
