"""The receiver of satellites in a modem: on and off, time to first fix, what blocks it.

    from nce_sim.sky import read_track
    modem.receiver.follow(read_track("walk.gpx"))   # from now on
    modem.receiver.go_indoors()                     # no satellite is heard
    modem.receiver.satellites = 4                   # from now on

A personality's commands switch it on and ask for `position`; its hook `receiver_is_blocked` says
when LTE has the radio they share. A search that is interrupted begins again; with ephemerides that
still hold it is a hot start. A modem that follows no track stays where the settings say.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from nce_sim.clock import Handle
from nce_sim.sky import Place, Track

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

TICK_MS = 1_000  # receivers have one result a second


@dataclass(frozen=True)
class Position:
    """One fix: where, when (UTC), by how many satellites, and how good."""

    place: Place
    time: datetime.datetime
    satellites: int
    hdop: Decimal
    accuracy_m: Decimal


class Receiver:
    """The receiver of one modem, and the sky over it."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        settings = modem.settings.receiver
        self.is_fitted = True  # what stands beside the modem, such as a SARA's, may be missing
        self.is_outdoors = True
        self.satellites = settings.satellites
        self.hdop = settings.hdop
        self.accuracy_m = settings.accuracy_m
        self.is_on = False
        self.on_time_ms = 0  # when it was switched on
        self._track: Track | None = None
        self._track_start_ms = 0
        self._home = Place(settings.latitude, settings.longitude, settings.altitude_m)
        self._heard_ms = 0  # of the search under way
        self._needed_ms = 0
        self._last_fix_ms: int | None = None  # ephemerides are as old as it is
        self._has_fix = False
        self._on_fix: Callable[[Position], None] | None = None
        self._tick: Handle | None = None

    # -- the world around it ---------------------------------------------------------------

    def follow(self, track: Track) -> None:
        """Be on `track` from now on."""
        self._track = track
        self._track_start_ms = self._modem.clock.now_ms()

    def stay(self, latitude: str, longitude: str, altitude_m: str = "0") -> None:
        """Be at one place from now on."""
        self._home = Place(Decimal(latitude), Decimal(longitude), Decimal(altitude_m))
        self._track = None

    def go_indoors(self) -> None:
        """No satellite is heard; a fix is lost at once."""
        self.is_outdoors = False
        self._lose_fix()
        self._modem.note("sky", state="indoors")

    def go_outdoors(self) -> None:
        """The sky is open."""
        self.is_outdoors = True
        self._modem.note("sky", state="outdoors")

    @property
    def place(self) -> Place:
        """Where the device is, whether it knows that or not."""
        if self._track is None:
            return self._home
        return self._track.at(self._modem.clock.now_ms() - self._track_start_ms)

    # -- for the commands ------------------------------------------------------------------

    @property
    def satellites_in_view(self) -> int:
        """How many it hears."""
        return self.satellites if self.is_on and self._hears else 0

    @property
    def time(self) -> datetime.datetime:
        """The time of the satellites."""
        start = datetime.datetime.fromtimestamp(self._modem.calendar_start_s, datetime.UTC)
        return start + datetime.timedelta(milliseconds=self._modem.clock.now_ms())

    @property
    def position(self) -> Position | None:
        """The fix of now, None when there is none."""
        if not self._has_fix or not self._hears:
            return None
        return Position(self.place, self.time, self.satellites, self.hdop, self.accuracy_m)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the first fix."""
        return self._on_fix is not None

    def start(self, on_fix: Callable[[Position], None] | None = None) -> None:
        """Switch on and search; `on_fix` is told of the first fix."""
        self._on_fix = on_fix
        if self.is_on:
            return
        self.is_on = True
        self.on_time_ms = self._modem.clock.now_ms()
        self._search()
        self._modem.note("receiver", state="on", needs_ms=self._needed_ms)
        self._tick = self._modem.clock.call_later(TICK_MS, self._second)

    @property
    def has_fix(self) -> bool:
        """Whether the search has ended, since it was begun last."""
        return self._has_fix

    def stop(self) -> None:
        """Switch off; harmless when it is off."""
        self._on_fix = None
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        if self.is_on:
            self.is_on = self._has_fix = False
            self._modem.note("receiver", state="off")

    def forget(self) -> None:
        """The next start is a cold one."""
        self._last_fix_ms = None

    def power_lost(self) -> None:
        """The modem is off, or starts again."""
        self.stop()
        if not self._modem.settings.receiver.ephemerides_survive_power_off:
            self.forget()

    # -- searching -------------------------------------------------------------------------

    @property
    def _hears(self) -> bool:
        is_blocked = self._modem.personality.hooks.receiver_is_blocked(self._modem)
        return self.is_outdoors and not is_blocked

    def _search(self) -> None:
        settings, now_ms = self._modem.settings.receiver, self._modem.clock.now_ms()
        self._has_fix = False
        self._heard_ms = 0
        age_ms = None if self._last_fix_ms is None else now_ms - self._last_fix_ms
        if age_ms is None or age_ms > settings.almanac_ms:
            self._needed_ms = settings.cold_start_ms
        elif age_ms > settings.ephemerides_ms:
            self._needed_ms = settings.warm_start_ms
        else:
            self._needed_ms = settings.hot_start_ms

    def _lose_fix(self) -> None:
        if self._has_fix or self._heard_ms:
            self._search()

    def _second(self) -> None:
        self._tick = self._modem.clock.call_later(TICK_MS, self._second)
        if not self._hears:
            self._lose_fix()
            return
        self._heard_ms += TICK_MS
        if self._heard_ms < self._needed_ms:
            return
        self._last_fix_ms = self._modem.clock.now_ms()
        if not self._has_fix:
            self._has_fix = True
            self._modem.note("fix", after_ms=self._modem.clock.now_ms() - self.on_time_ms)
        on_fix, self._on_fix = self._on_fix, None
        position = self.position
        if on_fix is not None and position is not None:
            on_fix(position)
