"""The answers of `/_sim` as values, and its refusals as errors; for the clients in `http`.

page_of(checked(response)).items[0].kind
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx


class ControlFailed(RuntimeError):
    """The world refused, or did not answer; `status` is the answer's, None without one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TookTooLong(ControlFailed):
    """What was waited for did not happen in time."""


@dataclass(frozen=True)
class WorldTime:
    """The time of a world, and how much faster than real time it runs."""

    time: datetime
    speed: float


@dataclass(frozen=True)
class MappedCell:
    """A cell and its place."""

    number: int
    operator: str
    rat: str
    latitude: float
    longitude: float
    range_m: float
    rsrp_dbm: int
    is_in_coverage: bool
    latency_ms: Sequence[int]
    loss_percent: float


@dataclass(frozen=True)
class MappedDevice:
    """A device and its place; `cell` is the number of the one that it camps on."""

    number: int
    name: str
    model: str
    power: str
    is_registered: bool
    sim: int | None
    latitude: float
    longitude: float
    is_outdoors: bool
    cell: int | None
    is_enabled: bool
    has_card_outside: bool


@dataclass(frozen=True)
class WorldMap:
    """Where everything is in a world, and its time."""

    time: datetime
    speed: float
    cells: tuple[MappedCell, ...]
    devices: tuple[MappedDevice, ...]


@dataclass(frozen=True)
class RadioState:
    """A state of a device's radio, such as "idle" or "asleep", and how long it lasted."""

    start: datetime
    end: datetime
    state: str


@dataclass(frozen=True)
class AirVolume:
    """Bytes over the air from a time on, for the slice of a timeline; `lost` never arrived."""

    time: datetime
    up: int
    down: int
    lost: int


@dataclass(frozen=True)
class DeviceMoment:
    """Something that happened to a device."""

    time: datetime
    kind: str
    text: str
    is_bad: bool


@dataclass(frozen=True)
class DeviceTimeline:
    """A device from `start` to `end`; `signal` is dBm from a time on, None without a cell.

    The world `has_forgotten` its oldest records; `left_out` moments are too many to tell. `next`
    is the `after` of the next one, which tells what is new alone.
    """

    name: str
    start: datetime
    end: datetime
    slice_ms: int
    has_forgotten: bool
    states: tuple[RadioState, ...]
    signal: tuple[tuple[datetime, int | None], ...]
    volumes: tuple[AirVolume, ...]
    moments: tuple[DeviceMoment, ...]
    left_out: int
    next: int


@dataclass(frozen=True)
class JournalRecord:
    """A record of a world's timeline."""

    number: int
    time: datetime
    source: str
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class JournalPage:
    """Some records, oldest first; `next` is the `after` of the next page."""

    items: tuple[JournalRecord, ...]
    next: int
    forgotten: int


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def query(
    kind: str | None,
    source: str | None,
    after: int,
    limit: int,
    *,
    wait_ms: int,
    newest: bool,
) -> dict[str, str | int]:
    asked: dict[str, str | int] = {"after": after, "limit": limit}
    if wait_ms:
        asked["wait_ms"] = wait_ms
    if newest:
        asked["newest"] = "true"
    asked.update({name: v for name, v in (("kind", kind), ("source", source)) if v is not None})
    return asked


def checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text[:200]
    raise ControlFailed(f"{answer.status_code}: {message}", answer.status_code)


def no_answer(url: str, error: httpx.TransportError) -> ControlFailed:
    return ControlFailed(
        f"no world answers at {url} ({type(error).__name__}: {error}); "
        "`nce sim up` prints where it is"
    )


def time_of(result: Mapping[str, Any]) -> WorldTime:
    return WorldTime(datetime.fromisoformat(result["time"]), result["speed"])


def map_of(result: Mapping[str, Any]) -> WorldMap:
    return WorldMap(
        datetime.fromisoformat(result["time"]),
        result["speed"],
        tuple(MappedCell(**one) for one in result["cells"]),
        tuple(MappedDevice(**one) for one in result["devices"]),
    )


def timeline_of(result: Mapping[str, Any]) -> DeviceTimeline:
    """The answer of the verb `timeline`."""
    at = datetime.fromisoformat
    return DeviceTimeline(
        result["name"],
        at(result["start"]),
        at(result["end"]),
        result["slice_ms"],
        result["has_forgotten"],
        tuple(
            RadioState(at(one["start"]), at(one["end"]), one["state"]) for one in result["states"]
        ),
        tuple((at(one["time"]), one["rsrp_dbm"]) for one in result["signal"]),
        tuple(AirVolume(**{**one, "time": at(one["time"])}) for one in result["volumes"]),
        tuple(DeviceMoment(**{**one, "time": at(one["time"])}) for one in result["moments"]),
        result["left_out"],
        result["next"],
    )


def page_of(answer: httpx.Response) -> JournalPage:
    said = answer.json()
    items = (
        JournalRecord(
            one["number"],
            datetime.fromisoformat(one["time"]),
            one["source"],
            one["kind"],
            one["fields"],
        )
        for one in said["items"]
    )
    return JournalPage(tuple(items), said["next"], said["forgotten"])


def found(page: JournalPage, fields: Mapping[str, Any]) -> JournalRecord | None:
    for record in page.items:
        if all(record.fields.get(name) == value for name, value in fields.items()):
            return record
    return None


def check_time(end_s: float, timeout_s: float, kind: str, fields: Mapping[str, Any]) -> None:
    if time.monotonic() >= end_s:
        shown = "".join(f" {name}={value!r}" for name, value in fields.items())
        raise TookTooLong(f"there was no {kind}{shown} within {timeout_s:g} s")
