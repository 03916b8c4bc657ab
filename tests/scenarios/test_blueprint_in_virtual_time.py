"""The CoAP blueprint inside the process, in virtual time: whole runs in a second."""

import dataclasses
import json

import pytest

from blueprints import coap as blueprint
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.link_profile import NB_IOT, LinkProfile
from nce_sim.modem.faults import POINTS
from nce_sim.ports.pipe import PipeBoard
from nce_sim.scenarios.first_light import TEMPLATE, TRACK, kill_at_fix
from nce_sim.scenarios.report import rows_of
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World

ROWS = rows_of(SOURCE_ROOT / TRACK)
LOSSY = LinkProfile("lossy", (10, 100), loss=0.2, duplication=0.1, reordering=0.1)


def play(prepare=lambda world, modem: None, link=None, seed=1):
    """Run the blueprint to its end: `(acknowledged, decoded objects, world)`."""

    async def main(clock):
        cell = CellSettings() if link is None else CellSettings(link=link)
        world = World(seed, clock, dataclasses.replace(Settings(), cell=cell))
        with Backend(world) as backend:
            backend.add_template(
                "gps", json.loads((SOURCE_ROOT / TEMPLATE).read_text()), ("COAP",)
            )
            sim = world.add_sim()
            modem = world.add_modem(sim)
            prepare(world, modem)
            acknowledged = await blueprint.run(
                PipeBoard(modem), random_bytes=world.random("firmware").randbytes
            )
            history = backend.inspector.history(sim.iccid, page_size=None)
            return acknowledged, [item.value for item in reversed(history)], world

    return run_virtual(main)


def kinds_of(world):
    return [record.kind for record in world.timeline.records()]


def test_every_fix_arrives_once_and_equal():
    acknowledged, decoded, _ = play()
    assert acknowledged == len(ROWS) == 114
    assert decoded == ROWS


def test_the_same_seed_is_the_same_run():
    first, second, other = (play(seed=seed)[2].timeline for seed in (7, 7, 8))
    assert first.hash() == second.hash() != other.hash()


@pytest.mark.parametrize("stage", ["prompt", "sent"])
@pytest.mark.parametrize("fix", [1, 50, 114])
def test_a_modem_killed_in_the_middle_of_a_fix_loses_nothing(fix, stage):
    acknowledged, decoded, world = play(lambda world, modem: kill_at_fix(world, modem, fix, stage))
    assert "fault" in kinds_of(world), "the modem was never killed"
    assert acknowledged == 114
    # Stored twice only where the acknowledgement was lost with the modem.
    doubled = [ROWS[fix - 1]] if stage == "sent" else []
    assert decoded == ROWS[:fix] + doubled + ROWS[fix:]


@pytest.mark.parametrize("point", POINTS)
def test_a_modem_killed_at_any_point_of_a_send_loses_nothing(point):
    def prepare(world, modem):
        modem.faults.at_command("+QISEND", lambda: modem.faults.kill(4_000), count=60, when=point)

    acknowledged, decoded, world = play(prepare)
    assert "fault" in kinds_of(world)
    assert acknowledged == 114
    assert [row for row in ROWS if row not in decoded] == []
    assert len(decoded) - 114 in (0, 1)


def test_a_network_that_ends_the_session_is_attached_to_again():
    def prepare(world, modem):
        modem.faults.at_command("+QISEND", modem.faults.drop_pdp, count=40, when="after_final")

    acknowledged, decoded, _ = play(prepare)
    assert acknowledged == 114
    assert [row for row in ROWS if row not in decoded] == []


def test_a_modem_that_freezes_is_woken_by_its_power_key():
    def prepare(world, modem):
        modem.faults.at_command("+QISEND", modem.faults.freeze, count=30, when="received")

    acknowledged, decoded, _ = play(prepare)
    assert acknowledged == 114
    assert [row for row in ROWS if row not in decoded] == []


@pytest.mark.parametrize("link", [LOSSY, NB_IOT], ids=lambda link: link.name)
def test_a_bad_link_costs_time_but_no_fix(link):
    acknowledged, decoded, _ = play(link=link)
    assert acknowledged == 114
    assert [row for row in ROWS if row not in decoded] == []
    unexpected = [value for value in decoded if value not in ROWS]
    assert unexpected == []
