"""The clock's controls when somebody else steers the world."""

import asyncio
from datetime import UTC, datetime

import pytest

pytest.importorskip("nicegui")

from nicegui import Client, ui

from nce_sim.control.answers import WorldMap
from nce_sim.portal.parts.clock import ClockBar
from nce_sim.portal.parts.figures import Zone

TURNS = 50  # of the loop: what was started has run


def at_speed(speed):
    return WorldMap(datetime(2026, 1, 1, tzinfo=UTC), speed, (), ())


class Control:
    """A world whose speed somebody else has set."""

    def __init__(self, speed):
        self.found, self.asked = at_speed(speed), []

    async def time(self, **asked):
        self.asked.append(asked)

    async def map(self):
        return self.found


@pytest.mark.parametrize("speed", [10.0, 4.0])
def test_a_speed_that_a_command_has_set_is_shown_and_not_asked_for_again(speed):
    async def watch():
        control = Control(speed)
        with Client(ui.page("/clock")):
            bar = ClockBar(control, Zone("Europe/Berlin"), at_speed(1.0))
            bar.show(control.found)
            for _ in range(TURNS):
                await asyncio.sleep(0)
            return bar._select.value, control.asked

    assert asyncio.run(watch()) == (speed, [])
