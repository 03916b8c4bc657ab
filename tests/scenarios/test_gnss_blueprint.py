"""The GNSS blueprint in virtual time: a walk with a house in the middle arrives as it was."""

import json

import pytest

from blueprints import gnss as blueprint
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.ports.pipe import PipeBoard
from nce_sim.scenarios.first_light import TEMPLATE, TRACK
from nce_sim.sky import End, read_csv
from nce_sim.world import World

WALK = read_csv(SOURCE_ROOT / TRACK, End.LOOP)
INDOORS_MS = (200_000, 600_000)


def walk(personality):
    """`(acknowledged, decoded objects, where the device was at each of them)`."""

    async def main(clock):
        world = World(1, clock)
        with Backend(world) as backend:
            template = json.loads((SOURCE_ROOT / TEMPLATE).read_text())
            backend.add_template("gps", template, ("COAP",))
            sim = world.add_sim()
            modem = world.add_modem(sim, personality)
            modem.receiver.follow(WALK)
            clock.call_later(INDOORS_MS[0], modem.receiver.go_indoors)
            clock.call_later(INDOORS_MS[1], modem.receiver.go_outdoors)
            acknowledged = await blueprint.run(
                PipeBoard(modem), random_bytes=world.random("firmware").randbytes
            )
            history = backend.inspector.history(sim.iccid, page_size=None)
            start_ms = world.settings.calendar_start_s * 1_000
            return acknowledged, [item.value for item in reversed(history)], start_ms

    return run_virtual(main)


# A personality, and the places of a degree that its answers keep: BG95 beside LTE, the other not.
@pytest.mark.parametrize(("personality", "places"), [("bg95", 5), ("sim7080", 6)])
def test_a_walk_with_a_house_in_the_middle_arrives_decoded(personality, places):
    acknowledged, decoded, start_ms = walk(personality)
    assert acknowledged == len(decoded) == 10
    seconds = [(each["time_ms"] - start_ms) // 1_000 for each in decoded]
    assert seconds == sorted(seconds)
    assert not [s for s in seconds if INDOORS_MS[0] / 1_000 <= s < INDOORS_MS[1] / 1_000]
    for each in decoded:
        # The modem gives whole seconds: within the second, the device was at one of the places.
        where = [WALK.at(each["time_ms"] - start_ms + ms) for ms in range(0, 1_000, 10)]
        position = each["position"]
        latitudes = {float(f"{place.latitude:.{places}f}") for place in where}
        longitudes = {float(f"{place.longitude:.{places}f}") for place in where}
        assert position["latitude"] in latitudes
        assert position["longitude"] in longitudes
        assert each["satellites"] == {"used": 9, "in_view": 9}
        assert position["accuracy_m"] in (5, 6)
