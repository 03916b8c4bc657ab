"""The blueprint `low_power` on a board that sleeps between two records, each life a new program."""

import json
import types

import pytest

import config
import readings
import settings_check
from memory_stores import Flash
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.network.events import KINDS
from nce_sim.world import World
from support.napping import Napping, NappingBoard

IDENTIFYING = ("AT+CGMI", "AT+CGMM", "AT+CGMR", "ATI")


def settings_of(**changes):
    values = {name: getattr(config, name) for name in settings_check.NAMES}
    values.update(BLUEPRINT="low_power", INTERVAL_S=3600, PSM_ACTIVE_S=4, DEEP_SLEEP=True)
    values.update(changes)
    settings, mistakes = settings_check.read(types.SimpleNamespace(**values))
    assert not mistakes, mistakes
    return settings


class Field:
    """A napping device with its world; what arrived, and how often it attached."""

    def __init__(self, clock, monkeypatch, family="bg95", flash=None, **options):
        self.clock = clock
        self.world = World(1, clock)
        self.backend = Backend(
            self.world, settings=BackendSettings(dtls=DtlsSettings(connection_id_bytes=8))
        )
        template = SOURCE_ROOT / "firmware/blueprints/status_template.json"
        self.backend.add_template("status", json.loads(template.read_text()), ("COAP",))
        self.sim = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim, family)
        self.flash = flash or Flash()
        self.measured = 0
        self.device = Napping(
            clock, self.world, self.modem, settings_of(), self.flash, **options
        )
        monkeypatch.setattr(readings, "read", self.read)

    async def read(self, modem):
        self.measured += 1
        return {
            "battery_level": self.measured,
            "signal_strength": 0,
            "software_version": "0.1.0",
        }

    def arrived(self):
        history = self.backend.inspector.history(self.sim.iccid, page_size=None)
        return [item.value["battery_level"] for item in reversed(history)]

    def attaches(self):
        return sum(
            record.subject.kind is KINDS["pdp_created"]
            for record in self.world.timeline.records(kind="event")
        )


def play(scene, monkeypatch, **options):
    async def main(clock):
        field = Field(clock, monkeypatch, **options)
        with field.backend:
            return await scene(field)

    return run_virtual(main)


def check_day(field, hours, most_lines=15):
    assert field.arrived() == list(range(1, hours + 1))
    assert field.attaches() == 1  # waking is an update
    assert field.backend.counters.bootstraps == field.backend.counters.handshakes == 1
    lives = field.device.lives
    assert len(lives) == hours
    for life in lives[1:]:
        lines = life.lines_until_delivered
        assert len(lines) <= most_lines, lines
        assert not [line for line in lines if line.startswith(IDENTIFYING)]
    return max(len(life.lines_until_delivered) for life in lives[1:])


FAMILIES = ("bg95", "sim7080", "sara-r5", "nrf91-sm", "nrf91-slm2", "gm02s")


@pytest.mark.parametrize(
    "family",
    [name if name == "bg95" else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES],
)
def test_a_modem_that_the_program_has_never_met_is_woken_by_few_commands(
    family, monkeypatch, figure
):
    hours = 6

    async def scene(field):
        await field.device.live_until(hours * 3600 - 1)
        return check_day(field, hours)

    most = play(scene, monkeypatch, family=family)
    figure(f"{family}: at most {most} commands of a report after a deep sleep")
