"""The blueprint `low_power` on a board that sleeps between records, each time as a new program."""

import json
import types

import pytest

import config
import readings
import settings_check
from memory_stores import Flash, Kept
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.network.events import KINDS
from nce_sim.world import World
from support.napping import Napping, NappingBoard, PowerCut

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
        self.device = Napping(clock, self.world, self.modem, settings_of(), self.flash, **options)
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


class Cuts:
    """Counts the writes to all of the flash; the power fails in the one of this number."""

    def __init__(self, cut_at=None, is_new_kept=True):
        self.writes = 0
        self.cut_at = cut_at
        self.is_new_kept = is_new_kept

    def is_cut(self):
        self.writes += 1
        return self.writes == self.cut_at


class CutFlash(Flash):
    """The outbox's part of it: a write that is cut leaves half."""

    def __init__(self, cuts):
        super().__init__()
        self.cuts = cuts

    def append(self, name, data):
        is_cut = self.cuts.is_cut()
        super().append(name, data[: len(data) // 2] if is_cut else data)
        if is_cut:
            raise PowerCut

    def remove(self, name):
        if self.cuts.is_cut():
            raise PowerCut
        super().remove(name)


class CutKept(Kept):
    """Two slots: a write that is cut leaves the old or the new."""

    def __init__(self, cuts):
        super().__init__()
        self.cuts = cuts

    def save(self, data):
        is_cut = self.cuts.is_cut()
        if not is_cut or self.cuts.is_new_kept:
            super().save(data)
        if is_cut:
            raise PowerCut


def cut(cut_at, is_new_kept, monkeypatch, hours=3):
    """A run with a power cut of the board in one write; the writes there were."""
    cuts = Cuts(cut_at, is_new_kept)

    async def scene(field):
        field.device.store_of = lambda path: field.device.stores.setdefault(path, CutKept(cuts))
        await field.device.live_until(hours * 3600 - 1)
        if cuts.writes >= (cut_at or 0):
            arrived = field.arrived()
            # What was not stored yet when the power went is not kept; all the rest arrives.
            missing = set(range(1, field.measured + 1)) - set(arrived)
            assert len(missing) <= (cut_at is not None), (cut_at, missing)
            assert len(arrived) <= field.measured + 1, (cut_at, arrived)
            assert field.attaches() == 1, cut_at
        return cuts.writes

    return play(scene, monkeypatch, flash=CutFlash(cuts))


@pytest.mark.slow
@pytest.mark.parametrize("is_new_kept", [True, False])
def test_a_power_cut_in_any_write_loses_nothing_that_was_kept(is_new_kept, monkeypatch, figure):
    writes = cut(None, is_new_kept, monkeypatch)
    assert writes >= 10
    for cut_at in range(1, writes + 1):
        cut(cut_at, is_new_kept, monkeypatch)
    figure(f"deep sleep: power cut in each of {writes} writes, nothing lost")


def test_a_restart_of_another_kind_keeps_the_pace_of_attaching_alone(monkeypatch):
    async def scene(field):
        await field.device.live_until(3600)
        await field.device.live_until(2 * 3600 - 1, is_woken=False)
        first, second = field.device.lives[0], field.device.lives[-1]
        assert [line for line in second.board.lines if line.startswith("AT+CGMI")]
        assert field.arrived() == [1, 2]
        assert first is not second

    play(scene, monkeypatch)


@pytest.mark.slow
def test_a_device_without_coverage_sleeps_between_its_tries(monkeypatch):
    async def scene(field):
        cell = field.world.operator.cells[0]
        field.clock.call_later(3_000_000, lambda: setattr(cell, "is_in_coverage", False))
        field.clock.call_later(8_000_000, lambda: setattr(cell, "is_in_coverage", True))
        await field.device.live_until(4 * 3600 - 1)
        assert sorted(set(field.arrived())) == list(range(1, field.measured + 1))
        said = "\n".join(line for life in field.device.lives for line in life.console)
        # The pauses grow over the sleeps: 60 s, then 120 s.
        assert "the next try is due in 60 s" in said
        assert "the next try is due in 120 s" in said
        assert "delivered again, after" in said

    play(scene, monkeypatch)


def test_a_board_that_cannot_stays_awake_and_says_so(monkeypatch):
    class Awake(NappingBoard):
        deep_sleep = property()

    async def scene(field):
        await field.device.live_until(2 * 3600 - 1)
        assert len(field.device.lives) == 1
        assert field.arrived() == [1, 2]
        said = "\n".join(field.device.lives[0].console)
        assert "no deep sleep: it stays awake" in said

    play(scene, monkeypatch, board_of=Awake)


@pytest.mark.slow
def test_notes_of_other_settings_and_damaged_ones_count_for_nothing(monkeypatch):
    async def scene(field):
        await field.device.live_until(3600)
        path = next(path for path in field.device.stores if path.endswith("sleep"))
        field.device.stores[path].data = b"{"
        await field.device.live_until(2 * 3600, is_woken=True)
        field.device._settings = settings_of(EDRX_S=80)
        await field.device.live_until(3 * 3600 - 1, is_woken=True)
        assert field.arrived() == [1, 2, 3]

    play(scene, monkeypatch)


def test_deep_sleep_is_the_low_power_blueprints():
    for values, word in (
        ({"DEEP_SLEEP": 1}, "True or False"),
        ({"DEEP_SLEEP": True, "BLUEPRINT": "coap"}, "low_power"),
    ):
        _, mistakes = settings_check.read(types.SimpleNamespace(TOPIC="status", **values))
        assert len(mistakes) == 1
        assert word in mistakes[0]
