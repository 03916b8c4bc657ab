"""What clients are asked to notify of, in memory and in the database at once.

    observations = Observations(storage, random)
    token = observations.token(iccid, (3303, 0, 5700))      # kept for the path, or a new one
    observations.put(Observation(token, iccid, path, now_ms), work)
    observations.by_token(token)

The token tells which observation a notification is of, also after the world began again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from sqlalchemy import select

from nce_sim.services.lwm2m.tables import LWM2M_OBSERVATION as TABLE
from nce_sim.storage import Keyed, Storage, Work
from nce_sim.wire.lwm2m.record import Path, parse_path, path_text

_KEEP = Keyed(TABLE)
_TOKEN_BYTES = 8
# RFC 7641, 3.4.
_HALF = 1 << 23
_FRESH_AFTER_MS = 128_000


@dataclass(frozen=True)
class Observation:
    """One observation; `number` and `notified_ms` are of its last notification."""

    token: bytes
    iccid: str
    path: Path
    started_ms: int
    number: int | None = None
    notified_ms: int | None = None

    def is_news(self, number: int | None, at_ms: int) -> bool:
        """Whether a notification with that number is newer than the last (RFC 7641, 3.4)."""
        if number is None or self.number is None or self.notified_ms is None:
            return True
        first, second = self.number, number
        return (
            (first < second and second - first < _HALF)
            or (first > second and first - second > _HALF)
            or at_ms > self.notified_ms + _FRESH_AFTER_MS
        )

    def notified(self, number: int | None, at_ms: int) -> Observation:
        """The observation after a notification."""
        return replace(self, number=number, notified_ms=at_ms)


class Observations:
    """The observations of all clients."""

    def __init__(self, storage: Storage, random: Random) -> None:
        self._random = random
        self._by_token: dict[bytes, Observation] = {}
        self._by_iccid: dict[str, dict[Path, Observation]] = {}
        for row in storage.read(select(TABLE).order_by(TABLE.c.started_ms)):
            self._set(_of_row(row))

    def by_token(self, token: bytes) -> Observation | None:
        """The observation of a notification, or None."""
        return self._by_token.get(token)

    def of(self, iccid: str) -> Sequence[Observation]:
        """All observations of a client, the oldest first."""
        return list(self._by_iccid.get(iccid, {}).values())

    def find(self, iccid: str, path: Path) -> Observation | None:
        """The observation of a path, or None."""
        return self._by_iccid.get(iccid, {}).get(path)

    def token(self, iccid: str, path: Path) -> bytes:
        """The token to observe a path with: the one that it has, or a new one."""
        found = self.find(iccid, path)
        return self._random.randbytes(_TOKEN_BYTES) if found is None else found.token

    def put(self, observation: Observation, work: Work) -> None:
        """Keep an observation in the place of the one that its path had."""
        before = self.find(observation.iccid, observation.path)
        if before is not None and before.token != observation.token:
            self.remove(before, work)
            before = None

        def undo() -> None:
            self._drop(observation)
            if before is not None:
                self._set(before)

        work.on_rollback(undo)
        self._set(observation)
        work.write(_KEEP, _row(observation))

    def remove(self, observation: Observation, work: Work) -> None:
        """Forget an observation."""
        work.on_rollback(lambda: self._set(observation))
        self._drop(observation)
        work.write(_KEEP, {"token": observation.token.hex()})

    def remove_all(self, iccid: str, work: Work) -> None:
        """Forget all observations of a client."""
        for observation in self.of(iccid):
            self.remove(observation, work)

    def _set(self, observation: Observation) -> None:
        self._by_token[observation.token] = observation
        self._by_iccid.setdefault(observation.iccid, {})[observation.path] = observation

    def _drop(self, observation: Observation) -> None:
        self._by_token.pop(observation.token, None)
        of_client = self._by_iccid.get(observation.iccid, {})
        of_client.pop(observation.path, None)
        if not of_client:
            self._by_iccid.pop(observation.iccid, None)


def _row(observation: Observation) -> dict[str, Any]:
    return {
        "token": observation.token.hex(),
        "iccid": observation.iccid,
        "path": path_text(observation.path),
        "started_ms": observation.started_ms,
        "number": observation.number,
        "notified_ms": observation.notified_ms,
    }


def _of_row(row: Any) -> Observation:
    return Observation(
        bytes.fromhex(row.token),
        row.iccid,
        parse_path(row.path),
        row.started_ms,
        row.number,
        row.notified_ms,
    )
