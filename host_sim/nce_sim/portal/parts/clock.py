"""The world's clock: what it shows, how fast it runs, and jumps ahead."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from nce_sim.control.answers import WorldMap
from nce_sim.control.http import AsyncControl
from nce_sim.portal.parts.buttons import choices, named, quiet, sign
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import words

_SPEEDS = {0.0: "Paused", 1.0: "Real time", 10.0: "10 × faster", 60.0: "60 ×", 600.0: "600 ×"}
_JUMPS = {
    "1 minute": 60,
    "10 minutes": 600,
    "1 hour": 3_600,
    "1 day": 86_400,
    "30 days": 2_592_000,
}


def _choices(speed: float) -> dict[float, str]:
    """What is offered, and what somebody else has chosen: a command takes any speed."""
    return _SPEEDS if speed in _SPEEDS else {speed: f"{speed:g} ×", **_SPEEDS}


class ClockBar:
    """The clock's controls, beside the heading of a page."""

    def __init__(self, control: AsyncControl, zone: Zone, found: WorldMap) -> None:
        self._control, self._zone = control, zone
        self._speed, self._is_paused = found.speed, False
        self._text = words("strong", "", "clock", title=f"The world's time, in {zone.name}")
        self._text.props["role"] = "timer"
        self._pause = sign("pause", "Pause the world", self._turn)
        self._select = ui.select(
            _choices(found.speed),
            label="Speed",
            value=found.speed,
            on_change=lambda event: self._run(event.value),
        )
        self._select.props("dense outlined options-dense").classes("speed")
        with quiet("Jump ahead", "fast_forward"):
            choices({name: partial(self._jump, seconds) for name, seconds in _JUMPS.items()})
        self.show(found)

    def show(self, found: WorldMap) -> None:
        """What the clock shows now."""
        self._text.text = self._zone.text(found.time)
        if found.speed != self._speed:
            self._speed = found.speed
            self._select.set_options(_choices(found.speed), value=found.speed)
        is_paused = found.speed == 0
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            self._pause.props["icon"] = "play_arrow" if is_paused else "pause"
            named(self._pause, "Let the world go on" if is_paused else "Pause the world")

    def tell(self, problem: str) -> None:
        """Why it shows nothing."""
        self._text.text = problem[:80]

    async def _turn(self) -> None:
        self._select.value = 1.0 if self._speed == 0 else 0.0

    async def _run(self, speed: float) -> None:
        if speed != self._speed:
            self._speed = speed
            await self._ask(speed=speed)

    async def _jump(self, seconds: int) -> None:
        await self._ask(advance_s=float(seconds))

    async def _ask(self, advance_s: float | None = None, speed: float | None = None) -> None:
        async def ask() -> WorldMap:
            await self._control.time(advance_s=advance_s, speed=speed)
            return await self._control.map()

        found, problem = await asked(ask)
        if found is None:
            ui.notify(problem or "the world does not answer", type="negative")
        else:
            self.show(found)
