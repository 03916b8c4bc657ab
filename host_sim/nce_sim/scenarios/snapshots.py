"""The states of an open world, by name: copies of its database in a private folder.

    snapshots = Snapshots(live)
    snapshots.take("lunch")
    snapshots.restore("lunch")              # live.go_back(state)
    snapshots.close()

They end with the world. What is to outlive it is exported.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nce_sim.backend import Backend
from nce_sim.control.verb import Refused
from nce_sim.steered_clock import SteeredClock
from nce_sim.storage import StorageError, save
from nce_sim.world import Positions, World

MOST_SNAPSHOTS = 32


@dataclass(frozen=True)
class State:
    """One state: where its database is, its time, and the positions of the random streams."""

    name: str
    path: str
    now_ms: int
    time: str
    speed: float
    positions: Positions


class Live(Protocol):
    """The world that is kept, and taken back."""

    def parts(self) -> tuple[World, Backend, SteeredClock]:
        """What runs now."""

    def go_back(self, state: State) -> None:
        """Become that state; StorageError when the database does not, and nothing is lost."""


class Snapshots:
    """The states of one world; they take the room of a database each."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._folder = tempfile.TemporaryDirectory(prefix="nce-snapshots-")
        self._states: dict[str, State] = {}
        self._last_number = 0

    def take(self, name: str) -> None:
        """Keep the state of now; a former one of that name is replaced."""
        if name not in self._states and len(self._states) >= MOST_SNAPSHOTS:
            raise Refused(f"there are {MOST_SNAPSHOTS} snapshots; take one of their names again")
        world, backend, clock = self._live.parts()
        backend.saver.close()  # counts that would be written within a second
        self._last_number += 1
        # The name is the user's, and no part of a path.
        path = str(Path(self._folder.name) / f"{self._last_number}.db")
        try:
            save(backend.storage, path)
        except StorageError as error:
            raise Refused(str(error)) from error
        former = self._states.pop(name, None)
        time = world.now().isoformat(timespec="milliseconds")
        self._states[name] = State(
            name, path, clock.now_ms(), time, clock.speed, world.positions()
        )
        if former is not None:
            Path(former.path).unlink()

    def restore(self, name: str) -> None:
        """Go back to a state."""
        state = self._states.get(name)
        if state is None:
            known = ", ".join(map(repr, self._states)) or "none"
            raise Refused(f"there is no snapshot {name!r}; there are: {known}")
        try:
            self._live.go_back(state)
        except StorageError as error:
            raise Refused(f"the world stays as it is: {error}") from error

    def names(self) -> Mapping[str, str]:
        """The states and their times, oldest first."""
        return {name: state.time for name, state in self._states.items()}

    def close(self) -> None:
        """Delete all; closing twice is harmless."""
        self._states.clear()
        self._folder.cleanup()
