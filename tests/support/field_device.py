"""A device in the field, in virtual time: what `main` runs on a board, its modem simulated.

    field, values = run_in_field(trouble, monkeypatch, "coap", hours=3)
    field.console_lines, field.log.lines(), field.board.longest_ms

`trouble(field)` declares what the device meets. A record each ten minutes, and each has a number.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import types

import config
import readings
import settings_check
from console import Console
from log_ring import LogRing
from main import runner_of
from memory_stores import Flash, Kept
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.ports.pipe import PipeBoard
from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of
from nce_sim.world import World

MINUTE_MS = 60_000
CANCELLATIONS = 3
INTERVAL_S = 600
HOURS = 3
LOG_BYTES = 8_192
# What each blueprint needs that `config.py`, as it ships, has otherwise.
SETTINGS = {
    "coap": {},
    "udp": {"TOPIC": None},
    "energy_saver": {"TEMPLATE": "blueprints.environment_codec"},
    "gps": {"TEMPLATE": "blueprints.gps_codec", "POSITIONS": "track"},
    "sms": {"TOPIC": None},
    "low_power": {"PSM_ACTIVE_S": 4},
    "controller": {"LISTEN_PORT": 3000},
    "memfault": {},
    "ota": {},
    "lwm2m": {"TRANSPORT": "coap"},
}
TEMPLATES = {"energy_saver": "environment", "gps": "gps"}  # of the others: "status"


class WatchedBoard(PipeBoard):
    """A board with a watchdog, and a restart that is noted and does nothing else."""

    def __init__(self, modem, clock):
        super().__init__(modem)
        self._clock = clock
        self._fed_ms = clock.now_ms()
        self.longest_ms = 0  # that it was not fed
        self.restarts = []

    def feed_watchdog(self):
        now_ms = self._clock.now_ms()
        self.longest_ms = max(self.longest_ms, now_ms - self._fed_ms)
        self._fed_ms = now_ms

    def restart(self):
        self.restarts.append(self._clock.now_ms())


class Field:
    """The device, its world, and what a trouble may take hold of."""

    def __init__(self, clock, blueprint, personality, monkeypatch, template=None):
        self.clock = clock
        self.blueprint = blueprint
        self.world = World(1, clock)
        self.backend = Backend(self.world)
        name = template or TEMPLATES.get(blueprint, "status")
        path = SOURCE_ROOT / "firmware/blueprints" / f"{name}_template.json"
        self.backend.add_template(name, json.loads(path.read_text()), ("UDP", "COAP"))
        self.sim = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim, personality)
        self.world.operator.sms.set_forwarder(lambda method, body, done: done(200))
        self.board = WatchedBoard(self.modem, clock)
        self.flash = Flash()
        self.log = LogRing(Flash(), LOG_BYTES)
        self.console_lines = []
        self.stores = {}
        self.measured = 0
        self.monkeypatch = monkeypatch
        self.heard = []  # what `readings.received` got
        self.answer = None  # what it returns

    def at(self, minute, action):
        self.clock.call_later(minute * MINUTE_MS, action)

    def cover(self, is_covered):
        self.world.operator.cells[0].is_in_coverage = is_covered

    def number(self):
        """The next record's."""
        self.measured += 1
        return self.measured

    async def read(self, modem):
        """The sensor: a number that tells the records apart."""
        return {
            "battery_level": self.number(),
            "signal_strength": 0,
            "software_version": "0.1.0",
        }

    async def environment(self):
        return {
            "temperature": self.number(),
            "humidity": 0,
            "brightness": 0,
            "maintenance_needed": False,
        }

    async def received(self, message, sender, modem):
        self.heard.append((message, sender))
        return self.answer

    def arrived(self):
        """What 1NCE has, the oldest first: decoded records, or the texts of messages."""
        if self.blueprint == "sms":
            messages = self.world.operator.sms.messages(self.sim)
            return [m.user_data.text for m in messages if m.direction.name == "MO"]
        history = self.backend.inspector.history(self.sim.iccid, page_size=None)
        return [item.value for item in reversed(history)]


def numbers_of(field, arrived):
    """The number of each record: as `Field.number` counts, of a track from 1 on."""
    if field.blueprint == "sms":
        found = [re.search(r"battery_level=(\d+)", text) for text in arrived]
        return [int(each[1]) for each in found if each is not None]
    if field.blueprint == "gps":
        times = [row["time_ms"] for row in rows_of(SOURCE_ROOT / TRACK)]
        return [times.index(value["time_ms"]) + 1 for value in arrived]
    name = "temperature" if field.blueprint == "energy_saver" else "battery_level"
    return [int(value[name]) for value in arrived]


def runner_for(field, settings, **options):
    """The runner of the field's device, its flash in memory."""
    return runner_of(
        field.board,
        settings,
        Console(field.log, field.console_lines.append),
        random_bytes=field.world.random("firmware").randbytes,
        folder_of=lambda path: field.flash,
        store_of=lambda path: field.stores.setdefault(path, Kept()),
        **options,
    )


def settings_for(blueprint, **changes):
    """The settings of a blueprint that goes as it shall."""
    values = {name: getattr(config, name) for name in settings_check.NAMES}
    values.update(BLUEPRINT=blueprint, INTERVAL_S=INTERVAL_S, **SETTINGS[blueprint])
    values.update(changes)
    settings, mistakes = settings_check.read(types.SimpleNamespace(**values))
    assert not mistakes, mistakes
    return settings


def run_in_field(
    trouble,
    monkeypatch,
    blueprint="coap",
    *,
    hours=HOURS,
    personality="bg95",
    template=None,
    reads=True,
    **changes,
):
    """`(field, what arrived)` after `hours`; `reads`: in the place of the shipped `readings`."""

    async def main(clock):
        # Among the objects of all tests CPython takes half a second for it.
        monkeypatch.setattr(gc, "collect", lambda: 0)
        field = Field(clock, blueprint, personality, monkeypatch, template)
        with field.backend:
            trouble(field)
            if reads:
                for name in ("read", "environment", "received"):
                    monkeypatch.setattr(readings, name, getattr(field, name))
            runner = runner_for(field, settings_for(blueprint, **changes))
            task = asyncio.create_task(runner.run())
            done, _ = await asyncio.wait({task}, timeout=hours * 3600 - 1)
            assert not done, task.exception()
            field.board.feed_watchdog()
            # CPython's `wait_for` up to 3.11 loses a cancellation that comes as its time is over.
            for _ in range(CANCELLATIONS):
                task.cancel()
                done, _ = await asyncio.wait({task}, timeout=1)
                if done:
                    break
            assert task.done(), "it was cancelled and goes on"
            return field, field.arrived()

    return run_virtual(main)
