"""A run as one picture: power, registration, signal, AT commands, the air, 1NCE OS and faults.

    svg = timeline_picture(Run(world.timeline.records(), signal, console, end_ms))

Each row is a lane above one axis of time, and a fault is a line through all of them. Many events
at one place of the axis are one mark, whose title has the first and their number: the size of a
picture does not grow with the run. `Run.mask` takes secrets out of what is shown of a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nce_sim.record.pcap import ARRIVING_FATES
from nce_sim.record.svg import FAINT, INK, LINE, Svg
from nce_sim.record.timeline import Record

WIDTH = 1000
LEFT, RIGHT = 118, 960  # of the plot
LANE_GAP = 8
MOST_MODEMS = 3
MOST_FAULTS = 24

GOOD, WAITING, BAD, QUIET, ASLEEP, NEUTRAL = (
    "#2f9e6e",
    "#e0a526",
    "#cf3e4a",
    "#e3e7eb",
    "#7f9ccb",
    "#4c6a92",
)
POWER = {
    "off": QUIET,
    "booting": WAITING,
    "on": GOOD,
    "asleep": ASLEEP,
    "line off": ASLEEP,
    "shutting down": WAITING,
}
# TS 27.007, 10.1.22: <stat>.
REGISTRATION = {
    0: ("idle", QUIET),
    1: ("home", GOOD),
    2: ("searching", WAITING),
    3: ("denied", BAD),
    4: ("unknown", WAITING),
    5: ("registered", GOOD),
}
LEGEND = "red marks: a command that failed, a datagram lost on the air, a refusal, a fault"
STRONG_DBM, WEAK_DBM = -60, -140
# Of the axis: milliseconds between two marks, and how a time is written.
STEPS_MS = [
    *(scale * size for scale in (1, 10, 100, 1_000) for size in (1, 2, 5)),
    *(10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000),
    *(3_600_000 * hours for hours in (1, 2, 4, 6, 12, 24, 48, 96, 240, 720, 2_400, 8_760)),
]
MOST_STEPS = 9


@dataclass(frozen=True)
class Run:
    """What a picture shows. Times are milliseconds of the world's clock.

    signal: the strongest cell's dBm from a time on, None without coverage.
    """

    records: Sequence[Record]
    signal: Sequence[tuple[int, int | None]] = ()
    console: Sequence[tuple[int, str]] = ()
    end_ms: int = 0
    mask: Callable[[str], str] = field(default=str)


@dataclass(frozen=True)
class Mark:
    """Something at a time, with the text that a pointer shows."""

    at_ms: int
    text: str
    is_bad: bool = False


def timeline_picture(run: Run) -> str:
    """The picture as an SVG element."""
    return _Picture(run).draw()


class _Picture:
    def __init__(self, run: Run) -> None:
        self._run = run
        times = [record.at_ms for record in run.records]
        times += [at_ms for at_ms, _ in run.console]
        self._start_ms = min(times, default=0)
        self._end_ms = max([*times, run.end_ms, self._start_ms + 1])
        self._svg = Svg(WIDTH)
        self._y = 24.0

    def draw(self) -> str:
        top = self._y
        faults = [record for record in self._run.records if record.kind == "fault"]
        if faults:
            self._y += 16  # their numbers
        self._modem_lanes()
        self._signal_lane()
        self._lane("AT commands", 20, self._ticks(self._commands(), 20))
        self._air_lane()
        self._lane("1NCE OS", 20, self._dots(self._backend(), 20))
        if self._run.console:
            console = [Mark(at_ms, text) for at_ms, text in self._run.console]
            self._lane("console", 16, self._ticks(console, 16))
        bottom = self._y - LANE_GAP + 2
        self._axis(top, bottom)
        self._y = bottom + 20
        self._faults(faults, top, bottom)
        self._y += 16
        self._svg.text(LEFT, self._y, LEGEND, size=9, fill=FAINT)
        return self._svg.markup(self._y + 8, "timeline of the run")

    # -- lanes -----------------------------------------------------------------------------

    def _lane(self, name: str, height: float, draw: Callable[[float], None]) -> None:
        self._svg.text(LEFT - 8, self._y + height / 2 + 4, name, anchor="end", fill=FAINT)
        self._svg.box(LEFT, self._y, RIGHT - LEFT, height, fill="#f6f7f9")
        draw(self._y)
        self._y += height + LANE_GAP

    def _modem_lanes(self) -> None:
        kinds = ("power", "registration")
        modems = sorted({record.source for record in self._run.records if record.kind in kinds})
        for modem in modems[:MOST_MODEMS]:
            mine = [record for record in self._run.records if record.source == modem]
            of_power = [
                (record.at_ms, str(record.fields["state"]), POWER.get(record.fields["state"], INK))
                for record in mine
                if record.kind == "power"
            ]
            of_network = [
                (record.at_ms, *REGISTRATION.get(record.fields["stat"], ("?", INK)))
                for record in mine
                if record.kind == "registration"
            ]
            prefix = f"{modem} " if len(modems) > 1 else ""
            power = [(self._start_ms, "off", QUIET), *of_power]
            network = [(self._start_ms, "idle", QUIET), *of_network]
            self._lane(f"{prefix}power", 20, lambda y, blocks=power: self._blocks(blocks, y))  # type: ignore[misc]
            self._lane(f"{prefix}network", 20, lambda y, blocks=network: self._blocks(blocks, y))  # type: ignore[misc]

    def _blocks(self, blocks: Sequence[tuple[int, str, str]], y: float) -> None:
        ends = [at_ms for at_ms, _, _ in blocks[1:]] + [self._end_ms]
        last_x = -1.0
        for (at_ms, name, fill), end_ms in zip(blocks, ends, strict=True):
            x, width = self._x(at_ms), self._x(end_ms) - self._x(at_ms)
            if width < 0.5 and x - last_x < 0.5:
                continue  # more blocks than places
            last_x = x
            title = f"{name}, {_time(at_ms)} to {_time(end_ms)}"
            self._svg.box(x, y, width, 20, fill=fill, title=title)
            if width > 7 * len(name) + 6:
                light = fill in (QUIET, WAITING)
                self._svg.text(x + 4, y + 14, name, fill=INK if light else "#ffffff")

    def _signal_lane(self) -> None:
        if not self._run.signal:
            return
        height = 48

        def draw(y: float) -> None:
            def level(dbm: int) -> float:
                share = (min(max(dbm, WEAK_DBM), STRONG_DBM) - WEAK_DBM) / (STRONG_DBM - WEAK_DBM)
                return y + height * (1 - share)

            for dbm in (-80, -100, -120):
                self._svg.line((LEFT, level(dbm)), (RIGHT, level(dbm)), dashes="2 3")
                self._svg.text(RIGHT + 4, level(dbm) + 3, dbm, size=9, fill=FAINT)
            starts = [max(at_ms, self._start_ms) for at_ms, _ in self._run.signal]
            ends = [*starts[1:], self._end_ms]
            points: list[tuple[float, float]] = []
            levels = [dbm for _, dbm in self._run.signal]
            for start_ms, end_ms, now_dbm in zip(starts, ends, levels, strict=True):
                x, end_x = self._x(start_ms), self._x(end_ms)
                if now_dbm is None:
                    self._svg.path(points, stroke=NEUTRAL)
                    points = []
                    title = f"no coverage, {_time(start_ms)} to {_time(end_ms)}"
                    self._svg.box(x, y, end_x - x, height, fill="#f6d5d8", title=title)
                    if end_x - x > 80:
                        self._svg.text(x + 4, y + 14, "no coverage", fill=BAD)
                else:
                    points += [(x, level(now_dbm)), (end_x, level(now_dbm))]
            self._svg.path(points, stroke=NEUTRAL)

        self._lane("signal, dBm", height, draw)

    def _commands(self) -> list[Mark]:
        return [
            Mark(record.at_ms, self._run.mask(f"AT{record.fields['command']}: {text}"), is_bad)
            for record in self._run.records
            if record.kind == "result"
            for text in [str(record.fields["text"])]
            for is_bad in ["ERROR" in text or "NO CARRIER" in text]
        ]

    def _backend(self) -> list[Mark]:
        marks = []
        for record in self._run.records:
            if record.kind == "uplink":
                fields = record.fields
                text = f"{fields['protocol']} {fields['topic'] or ''} {fields['size']} B"
                marks.append(Mark(record.at_ms, f"{text} decoded: {fields['decoded']}"))
            elif record.kind in ("bootstrap", "dtls_established"):
                marks.append(Mark(record.at_ms, record.kind.replace("_", " ")))
            elif record.kind in ("dtls_failed", "attach_rejected", "not_stored"):
                marks.append(Mark(record.at_ms, record.kind.replace("_", " "), is_bad=True))
        return marks

    def _air_lane(self) -> None:
        height = 44
        marks: dict[str, list[Mark]] = {"up": [], "down": []}
        for record in self._run.records:
            if record.kind == "datagram":
                fields = record.fields
                is_lost = fields["fate"] not in ARRIVING_FATES
                text = f"{fields['direction']} {fields['size']} B to {fields['destination']}"
                mark = Mark(record.at_ms, f"{text}, {fields['fate']}", is_lost)
                marks[fields["direction"]].append(mark)

        def draw(y: float) -> None:
            middle = y + height / 2
            self._svg.line((LEFT, middle), (RIGHT, middle))
            self._ticks(marks["up"], height / 2 - 4)(y + 3)
            self._ticks(marks["down"], height / 2 - 4)(middle + 1)
            self._svg.text(RIGHT + 4, y + 14, "up", size=9, fill=FAINT)
            self._svg.text(RIGHT + 4, y + height - 8, "down", size=9, fill=FAINT)

        self._lane("air", height, draw)

    # -- marks -----------------------------------------------------------------------------

    def _ticks(self, marks: Iterable[Mark], height: float) -> Callable[[float], None]:
        def draw(y: float) -> None:
            for x, mark, text in self._places(marks):
                stroke = BAD if mark.is_bad else NEUTRAL
                self._svg.line((x, y), (x, y + height), stroke=stroke, width=1.5, title=text)

        return draw

    def _dots(self, marks: Iterable[Mark], height: float) -> Callable[[float], None]:
        def draw(y: float) -> None:
            for x, mark, text in self._places(marks):
                fill = BAD if mark.is_bad else GOOD
                self._svg.dot(x, y + height / 2, 4, fill=fill, title=text)

        return draw

    def _places(self, marks: Iterable[Mark]) -> list[tuple[float, Mark, str]]:
        """One mark for each place and kind: the first, with the number of the others."""
        found: dict[tuple[float, bool], list[Mark]] = {}
        for mark in marks:
            place = round(self._x(mark.at_ms) * 2) / 2
            found.setdefault((place, mark.is_bad), []).append(mark)
        places = []
        for (x, _), group in found.items():
            more = f" and {len(group) - 1} more" if len(group) > 1 else ""
            places.append((x, group[0], f"{_time(group[0].at_ms)}  {group[0].text}{more}"))
        return places

    # -- the axis, and what goes through all lanes -----------------------------------------

    def _axis(self, top: float, bottom: float) -> None:
        span_ms = self._end_ms - self._start_ms
        step_ms = next((step for step in STEPS_MS if span_ms / step <= MOST_STEPS), STEPS_MS[-1])
        at_ms = -(-self._start_ms // step_ms) * step_ms
        self._svg.line((LEFT, bottom), (RIGHT, bottom), stroke=FAINT)
        while at_ms <= self._end_ms:
            x = self._x(at_ms)
            self._svg.line((x, top), (x, bottom + 4), stroke=LINE, width=0.5)
            self._svg.text(x, bottom + 15, _time(at_ms, step_ms), anchor="middle", size=10)
            at_ms += step_ms

    def _faults(self, faults: Sequence[Record], top: float, bottom: float) -> None:
        last_x = -100.0
        for number, record in enumerate(faults[:MOST_FAULTS], 1):
            x = self._x(record.at_ms)
            details = [(name, value) for name, value in record.fields.items() if name != "fault"]
            words = [str(record.fields["fault"]), *(f"{name}={value}" for name, value in details)]
            told = self._run.mask(" ".join(words))
            self._svg.line((x, top + 13), (x, bottom), stroke=BAD, dashes="4 2", title=told)
            if x - last_x >= 15:  # else it would cover the number before it
                self._svg.dot(x, top + 6, 7, fill=BAD, title=told)
                self._svg.text(x, top + 9.5, number, fill="#ffffff", size=9, anchor="middle")
                last_x = x
            self._y += 15
            self._svg.text(LEFT, self._y, f"{number:>2}  {_time(record.at_ms):>12}", fill=BAD)
            self._svg.text(LEFT + 130, self._y, told[:110])
        left_out = len(faults) - MOST_FAULTS
        if left_out > 0:
            self._y += 15
            self._svg.text(LEFT, self._y, f"and {left_out} more", fill=BAD)

    def _x(self, at_ms: float) -> float:
        share = (at_ms - self._start_ms) / (self._end_ms - self._start_ms)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0), 1)


def _time(at_ms: int, step_ms: int = 1) -> str:
    """A time as people write it, as exact as the steps of an axis need."""
    seconds, ms = divmod(at_ms, 1000)
    if at_ms < 60_000 and step_ms < 60_000:
        return f"{at_ms / 1000:.3f}".rstrip("0").rstrip(".") + " s"
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if step_ms >= 60_000 and at_ms < 3_600_000:
        return f"{minutes} min"
    day = f"{days} d " if days else ""
    clock = f"{day}{hour}:{minute:02d}" + ("" if step_ms >= 60_000 else f":{second:02d}")
    return clock + (" h" if step_ms >= 60_000 else f".{ms:03d}" if ms and step_ms < 1000 else "")
