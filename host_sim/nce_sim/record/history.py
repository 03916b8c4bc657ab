"""What one device went through: the state of its radio, its signal, its bytes, and what happened.

    of = Traces(modem="modem 1", host="10.160.0.1", sim=sim.masked)
    history = history_of(timeline.records(), of, start_ms=0, end_ms=600_000)
    history.states[-1].state                # "off", "searching", "idle", "connected", "asleep", …

A state is what the device knows: one that lost its cell is connected until it notices. Bytes are
those on the air, headers included. Times are milliseconds of the world's clock; records before a
world went back to another state are of another past, and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from nce_sim.record.pcap import ARRIVING_FATES
from nce_sim.record.timeline import Record

OFF, DETACHED, SEARCHING, DENIED = "off", "detached", "searching", "denied"
IDLE, CONNECTED, ASLEEP, UNKNOWN = "idle", "connected", "asleep", "unknown"
STATES = (UNKNOWN, OFF, DETACHED, SEARCHING, DENIED, IDLE, CONNECTED, ASLEEP)
MOST_STATES, MOST_MOMENTS = 2_000, 500  # of an answer; the newest
_REGISTERED = (1, 5)  # TS 27.007, 10.1.22: at home, roaming
_LOOKS_FOR_A_CELL = (2, 4)


class Traces(NamedTuple):
    """The names under which a device stands on a timeline; None without a SIM."""

    modem: str
    host: str | None
    sim: str | None

    def has(self, record: Record) -> bool:
        """Whether a record is about this device."""
        if record.source in (self.modem, f"session {self.host}"):
            return True
        fields = record.fields
        if self.sim is not None and self.sim in (fields.get("sim"), fields.get("identity")):
            return True
        peer = fields.get("peer")
        if self.host is not None and isinstance(peer, str):
            return peer.rpartition(":")[0] == self.host
        path = fields.get("path")
        return self.sim is not None and isinstance(path, str) and self.sim in path.split("/")


class Stretch(NamedTuple):
    """A state and how long it lasted."""

    start_ms: int
    end_ms: int
    state: str


class Level(NamedTuple):
    """The signal from a time on; None while there is no cell, or nobody listens to it."""

    at_ms: int
    rsrp_dbm: int | None


class Volume(NamedTuple):
    """What went over the air in a slice of time; `lost` are the bytes that never arrived."""

    at_ms: int
    up: int
    down: int
    lost: int


class Moment(NamedTuple):
    """Something that happened."""

    at_ms: int
    kind: str
    text: str
    is_bad: bool


@dataclass(frozen=True)
class History:
    """A device from `start_ms` to `end_ms`; `left_out` counts older moments beyond the limit."""

    start_ms: int
    end_ms: int
    slice_ms: int
    states: tuple[Stretch, ...]
    signal: tuple[Level, ...]
    volumes: tuple[Volume, ...]
    moments: tuple[Moment, ...]
    left_out: int


def history_of(
    records: Iterable[Record],
    of: Traces,
    start_ms: int,
    end_ms: int,
    slices: int = 120,
    since_ms: int | None = None,
) -> History:
    """The history of the device `of`, its bytes in so many slices.

    With `since_ms` it is that of the last part: it begins with the slice which that time is in.
    Slices begin at multiples of their length, so those of two histories are the same ones.
    """
    slice_ms = slice_of(end_ms - start_ms, slices)
    if since_ms is not None:
        start_ms = max(start_ms, since_ms - since_ms % slice_ms)
    past = _Past(of, start_ms, end_ms, slice_ms)
    for record in records:
        past.take(record)
    return past.told()


def slice_of(span_ms: int, slices: int) -> int:
    """How long a slice is, one of so many."""
    return max(1, -(-span_ms // slices))


def first_news(records: Iterable[Record], of: Traces, start_ms: int) -> int | None:
    """When the first record about the device is, or None.

    It is `start_ms` where the world went back to another state, or the device has another card:
    what was told before does not hold then.
    """
    first_ms = None
    for record in records:
        if record.kind == "restored":
            return start_ms
        if record.kind in _OF_ALL or of.has(record):
            if record.kind == "card":
                return start_ms
            first_ms = record.at_ms if first_ms is None else first_ms
    return first_ms


class _Past:
    """Goes through the records, oldest first."""

    def __init__(self, of: Traces, start_ms: int, end_ms: int, slice_ms: int) -> None:
        self._of, self._start_ms, self._end_ms, self._slice_ms = of, start_ms, end_ms, slice_ms
        self._restart()

    def _restart(self) -> None:
        self._power: str | None = None
        self._stat: int | None = None
        self._is_connected = self._is_asleep = False
        self._rsrp_dbm: int | None = None
        self._states: list[tuple[int, str]] = []
        self._levels: list[Level] = []
        self._volumes: dict[int, list[int]] = {}
        self._moments: list[Moment] = []

    def take(self, record: Record) -> None:
        if record.kind == "restored":
            self._restart()  # the records before are of a future that is no more
            return
        if record.source == self._of.modem:
            self._radio(record)
        # Of what was before, the state of the radio is all that counts; most records are there.
        if not self._start_ms <= record.at_ms <= self._end_ms:
            return
        is_own = self._of.has(record)
        if is_own and record.kind in ("datagram", "echo", "dns"):
            self._count(record)
        if record.kind in _MOMENTS and (is_own or record.kind in _OF_ALL):
            self._note(record)

    def _radio(self, record: Record) -> None:
        fields = record.fields
        if record.kind == "power":
            self._power = fields["state"]
            if self._power == "off":
                self._stat, self._is_asleep, self._is_connected = 0, False, False
        elif record.kind == "registration":
            self._stat = fields["stat"]
            self._is_connected = self._is_connected and self._stat in _REGISTERED
        elif record.kind == "psm" and fields["state"] != "put off":
            self._is_asleep, self._is_connected = fields["state"] == "entered", False
        elif record.kind == "rrc":
            self._is_connected = fields["state"] == "connected"
            self._rsrp_dbm = fields["rsrp_dbm"]
        elif record.kind == "signal":
            self._rsrp_dbm = fields["rsrp_dbm"]
        else:
            return
        state = self._state()
        if not self._states or self._states[-1][1] != state:
            self._states.append((record.at_ms, state))
        heard = self._rsrp_dbm if state in (IDLE, CONNECTED) else None
        if not self._levels or self._levels[-1].rsrp_dbm != heard:
            self._levels.append(Level(record.at_ms, heard))

    def _state(self) -> str:
        if self._power == "off":
            return OFF
        if self._is_asleep:
            return ASLEEP
        if self._stat in _REGISTERED:
            return CONNECTED if self._is_connected else IDLE
        if self._stat in _LOOKS_FOR_A_CELL:
            return SEARCHING
        if self._stat is None and self._power is None:
            return UNKNOWN
        return DENIED if self._stat == 3 else DETACHED

    def _count(self, record: Record) -> None:
        fields = record.fields
        slot = self._volumes.setdefault(record.at_ms // self._slice_ms, [0] * 3)
        if record.kind == "dns":
            slot[0] += fields["up"]
            slot[1] += fields["down"]
            return
        slot[fields["direction"] == "down"] += fields["size"]
        if fields["fate"] not in ARRIVING_FATES:
            slot[2] += fields["size"]

    def _note(self, record: Record) -> None:
        text, is_bad = _MOMENTS[record.kind](record.fields)
        self._moments.append(Moment(record.at_ms, record.kind, text, is_bad))

    def told(self) -> History:
        begins = [(self._start_ms, UNKNOWN), *self._states]
        stretches = []
        for (at_ms, state), (until_ms, _) in zip(
            begins, [*begins[1:], (self._end_ms, "")], strict=True
        ):
            start_ms, end_ms = max(at_ms, self._start_ms), min(until_ms, self._end_ms)
            if end_ms > start_ms:
                stretches.append(Stretch(start_ms, end_ms, state))
        # The state of now is told even when it has just begun.
        if (state := begins[-1][1]) != (stretches[-1].state if stretches else None):
            stretches.append(Stretch(self._end_ms, self._end_ms, state))
        before = [each for each in self._levels if each.at_ms <= self._start_ms][-1:]
        levels = [Level(self._start_ms, each.rsrp_dbm) for each in before]
        levels += [each for each in self._levels if self._start_ms < each.at_ms <= self._end_ms]
        volumes = (
            Volume(max(self._start_ms, number * self._slice_ms), *counts)
            for number, counts in sorted(self._volumes.items())
        )
        return History(
            self._start_ms,
            self._end_ms,
            self._slice_ms,
            tuple(stretches[-MOST_STATES:]),
            tuple(levels[-MOST_STATES:]),
            tuple(volumes),
            tuple(self._moments[-MOST_MOMENTS:]),
            max(0, len(self._moments) - MOST_MOMENTS),
        )


# Kind of record -> what it says, and whether it is bad.
_MOMENTS: dict[str, Callable[[Mapping[str, Any]], tuple[str, bool]]] = {
    "uplink": lambda f: (
        " ".join((f["protocol"], *([f["topic"]] if f["topic"] else ()), f"{f['size']} B")),
        False,
    ),
    "bootstrap": lambda f: ("a key for the SIM", False),
    "dtls_established": lambda f: (
        "DTLS session resumed" if f["resumed"] else "DTLS session",
        False,
    ),
    "dtls_failed": lambda f: (f"DTLS refused: {f['reason']}", True),
    "dtls_moved": lambda f: (f"DTLS from another address, formerly {f['previous']}", False),
    "attach_rejected": lambda f: (f"refused: {f['reason']}", True),
    "fault": lambda f: (str(f["fault"]), True),
    "catalogue": lambda f: (f"fault: {f['name']}", True),
    "card": lambda f: (f"SIM {f['state']}", f["state"] == "out"),
    "power": lambda f: (f"power {f['state']}", False),
    "power_key": lambda f: (f"power key, {f['held_ms']} ms", False),
    "event": lambda f: (str(f["name"]), False),
    "lwm2m": lambda f: (f"LwM2M {f['event']}", False),
    "sms": lambda f: (f"SMS {f['state']}", False),
    "control": lambda f: (str(f["verb"]), False),
}
_OF_ALL = frozenset({"control"})  # what somebody did to the world
