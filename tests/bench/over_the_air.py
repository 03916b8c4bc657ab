"""Bytes and round trips of first light, counted by the simulated network in virtual time."""

import contextlib
import io
import json

from blueprints import coap as blueprint
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.ports.pipe import PipeBoard
from nce_sim.scenarios.air import AirCounter
from nce_sim.scenarios.first_light import TEMPLATE, TRACK
from nce_sim.scenarios.report import Firmware, compare, rows_of
from nce_sim.world import World


async def play(clock):
    world = World(1, clock)
    with Backend(world) as backend:
        backend.add_template("gps", json.loads((SOURCE_ROOT / TEMPLATE).read_text()), ("COAP",))
        counter = AirCounter(world.timeline)
        sim = world.add_sim()
        modem = world.add_modem(sim)
        with contextlib.redirect_stdout(io.StringIO()):
            acknowledged = await blueprint.run(
                PipeBoard(modem), random_bytes=world.random("firmware").randbytes
            )
        history = backend.inspector.history(sim.iccid, page_size=None)
        return compare(
            rows_of(SOURCE_ROOT / TRACK),
            [item.value for item in history],
            backend.counters.payload_bytes // len(history),
            counter.air(),
            Firmware("cpython", acknowledged, 0, None, None),
        )


def rows():
    report = run_virtual(play)
    if not report.is_perfect:
        raise SystemExit(f"the run is not perfect: {report}")
    header = "IP and UDP headers counted"
    return [
        ("bootstrap, both ways", report.bootstrap_bytes, "B", header),
        ("DTLS 1.2 PSK handshake, both ways", report.handshake_bytes, "B", header),
        (
            "round trips to the first 2.04",
            report.round_trips_to_first_acknowledgement,
            "",
            f"{report.dns_queries} of them name look-ups",
        ),
        ("GPS fix as BCL", report.payload_bytes, "B", "payload"),
        ("GPS fix as JSON", round(report.json_payload_bytes), "B", "payload"),
        ("GPS fix as BCL, CoAPS, both ways", report.bytes_per_fix, "B", header),
        ("GPS fix as JSON, CoAPS, both ways", report.json_bytes_per_fix, "B", header),
        ("BCL / JSON over the air", report.bytes_per_fix / report.json_bytes_per_fix, "", "ratio"),
    ]
