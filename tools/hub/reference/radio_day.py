"""The page with the radio of a sensor over a day: asleep between reports, and always reachable."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from hub.markdown import table
from nce import Device, Slots
from nce_modem import BG95, Modem
from nce_modem.power_saving import PowerSaving
from nce_sim import (
    Backend,
    BackendSettings,
    DtlsSettings,
    PipeBoard,
    VirtualClock,
    World,
    run_virtual,
)
from nce_sim.control.record_verbs import traces_of
from nce_sim.record.history import History, Stretch, history_of
from nce_sim.record.svg import FAINT, Svg

DAY_MS = 86_400_000
HOUR_S = 3_600
KEEPS_SESSIONS = BackendSettings(dtls=DtlsSettings(connection_id_bytes=8))
WIDTH, LEFT, RIGHT, ROW = 1000, 90, 960, 26
COLOURS = {
    "off": "#e3e7eb",
    "detached": "#c3ced4",
    "searching": "#e0a526",
    "denied": "#cf3e4a",
    "idle": "#7cc0d2",
    "connected": "#2f9e6e",
    "asleep": "#8a9bd0",
}
MEANINGS = {
    "off": "no power, or booting",
    "detached": "on, and not looking for a cell",
    "searching": "looks for a cell, or registers",
    "idle": "registered and reachable; it listens at intervals",
    "connected": "a radio connection to the cell stands",
    "asleep": "PSM: registered and not reachable",
}


class Day(NamedTuple):
    """One device's day, and what a report of it looks like from near."""

    history: History
    report: History
    handshakes: int


async def _asleep(board: PipeBoard, folder: str, reports: int) -> None:
    """Everything is made afresh at each wake, as after a deep sleep of the board."""
    pace = ("", 0)
    for number in range(reports):
        modem = Modem(board, family=BG95)
        if pace[0]:
            modem.restore_state(pace[0], modem.now_ms() - pace[1])
        saving = PowerSaving(modem)
        device = Device(
            modem,
            topic="level",
            credentials_store=Slots(f"{folder}/key"),
            session_store=Slots(f"{folder}/session"),
        )
        await saving.request_psm(periodic_tau_s=2 * HOUR_S, active_time_s=4)
        await device.send(bytes([number]))
        await saving.sleep(60_000)
        await device.close()
        pace = modem.save_state(), modem.now_ms()
        await modem.close()
        await asyncio.sleep(HOUR_S - modem.now_ms() / 1000 % HOUR_S)


async def _reachable(board: PipeBoard, folder: str, reports: int) -> None:
    modem = Modem(board, family=BG95)
    async with Device(modem, topic="level", credentials_store=Slots(f"{folder}/key")) as device:
        for number in range(reports):
            await device.send(bytes([number]))
            await asyncio.sleep(HOUR_S - modem.now_ms() / 1000 % HOUR_S)


def _day(live: Callable[[PipeBoard, str, int], Awaitable[None]]) -> Day:
    async def run(clock: VirtualClock) -> Day:
        world = World(1, clock)
        with (
            Backend(world, settings=KEEPS_SESSIONS) as backend,
            tempfile.TemporaryDirectory() as folder,
        ):
            modem = world.add_modem(world.add_sim())
            await live(PipeBoard(modem), folder, DAY_MS // (HOUR_S * 1000))
            records, of = tuple(world.timeline.records()), traces_of(world, modem)
            near_ms = 6 * HOUR_S * 1000 - 5_000
            return Day(
                history_of(records, of, 0, DAY_MS),
                history_of(records, of, near_ms, near_ms + 45_000),
                backend.counters.handshakes,
            )

    return run_virtual(run)


def page() -> str:
    """The pictures, the times in each state, and what they mean."""
    days = {"asleep in between": _day(_asleep), "always reachable": _day(_reachable)}
    rows = [
        (name, meaning, *(_time(_seconds(day.history)[name]) for day in days.values()))
        for name, meaning in MEANINGS.items()
    ]
    totals = [
        (
            "bytes up, down",
            "IP and UDP included",
            *(_volume(day.history) for day in days.values()),
        ),
        ("DTLS handshakes", "", *(str(day.handshakes) for day in days.values())),
    ]
    return f"""# A day of a sensor's radio

A sensor sends one byte an hour, by CoAP over DTLS, on a BG95. In the first row its modem
sleeps between the reports (PSM, 3GPP TS 23.682, 4.5.4), and the board with it; in the second it
stays reachable. Both days are runs in virtual time, made when this site is built.

<div class="picture">{_picture(days)}</div>

{table(("state", "meaning", *days), [*rows, *totals])}

A radio connection ends ten seconds after the last datagram: that is the network's choice, and a
setting of the simulated one. The seconds before the modem is switched on are left out. A
device that sleeps asks for addresses again, which are most of its additional bytes.
[Sleep for a month](../docs/how_to/sleep_for_a_month.md) has the firmware, [Settings](settings.md)
the timers.
"""


def _seconds(history: History) -> Counter[str]:
    found: Counter[str] = Counter()
    for stretch in history.states:
        found[stretch.state] += (stretch.end_ms - stretch.start_ms) // 1000
    return found


def _time(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "–"


def _volume(history: History) -> str:
    up, down = (sum(getattr(one, way) for one in history.volumes) for way in ("up", "down"))
    return f"{up}, {down}"


def _picture(days: Mapping[str, Day]) -> str:
    svg = Svg(WIDTH)
    y = 24.0
    for name, day in days.items():
        svg.text(8, y - 6, name, size=13)
        y = _lane(svg, y, "a day", day.history, 3 * HOUR_S * 1000, _clock)
        y = _lane(svg, y, "one report", day.report, 5_000, lambda ms: f"{ms / 1000:g} s")
        y += 20
    x = float(LEFT)
    for state in MEANINGS:
        svg.box(x, y - 10, 12, 12, fill=COLOURS[state])
        svg.text(x + 17, y, state, fill=FAINT)
        x += 140
    return svg.markup(y + 10, "The states of two radios over a day")


def _lane(
    svg: Svg, y: float, name: str, history: History, step_ms: int, told: Callable[[int], str]
) -> float:
    """One lane with its axis below; returns where the next one begins."""
    start_ms, length_ms = history.start_ms, history.end_ms - history.start_ms

    def place(at_ms: int) -> float:
        return LEFT + (RIGHT - LEFT) * (at_ms - start_ms) / length_ms

    svg.text(LEFT - 8, y + ROW / 2 + 4, name, anchor="end", fill=FAINT)
    for one in sorted(history.states, key=_is_short):
        left, right = place(one.start_ms), place(one.end_ms)
        title = f"{one.state}, {(one.end_ms - one.start_ms) / 1000:g} s"
        # A state of seconds is seen over a day, too.
        width = max(right - left, 1.5)
        svg.box(left, y, width, ROW, fill=COLOURS.get(one.state, "#ffffff"), title=title)
    for at_ms in range(start_ms, start_ms + length_ms + 1, step_ms):
        svg.line((place(at_ms), y + ROW), (place(at_ms), y + ROW + 4), stroke=FAINT)
        label = told(at_ms if length_ms == DAY_MS else at_ms - start_ms)
        svg.text(place(at_ms), y + ROW + 15, label, anchor="middle", size=9, fill=FAINT)
    return y + ROW + 28


def _is_short(one: Stretch) -> tuple[bool, int]:
    return one.end_ms - one.start_ms < 60_000, one.start_ms


def _clock(at_ms: int) -> str:
    return f"{at_ms // 3_600_000:02d}:00"
