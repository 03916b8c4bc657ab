"""Where a device is, and how a receiver of satellites writes that down."""

from nce_sim.sky.readers import read_csv, read_gpx, read_track
from nce_sim.sky.track import End, Place, Point, Track

__all__ = ["End", "Place", "Point", "Track", "read_csv", "read_gpx", "read_track"]
