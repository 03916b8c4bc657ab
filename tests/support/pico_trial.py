"""A blueprint on an emulated Pico: a modem reset, a coverage hole and a power cut on its way.

    trial = try_on_pico("coap")
    trial.judge()                       # nothing that was kept is lost
    trial.transcript                    # the same for the same seed, byte for byte

The firmware is the one that ships, with its own pauses. Its records carry a number, kept on
flash; a record counts as kept once the outbox has taken it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.backend import Backend
from nce_sim.firmware.pico_chip import FLASH_BYTES
from nce_sim.modem.core import Modem
from nce_sim.world import World
from support.emulated_picos import WAIT, pico_firmware, pico_of
from support.portable_runs import ROOT

if TYPE_CHECKING:
    from nce_sim.firmware.pico import EmulatedPico

FIRMWARE = ROOT / "firmware"
INTERVAL_S = 60
HOLE_S = 150
OFF_MS = 5_000
LIMIT_S = 3_600

# Starts the firmware's `main`, which the board has as `app`, and tells what the outbox took.
PROGRAM = (
    WAIT
    + """
from station import Station
whole = Station.keep

def keep(station, record):
    whole(station, record)
    print("kept", record["battery_level"])

Station.keep = keep
import app
from blueprints.start import start
start(app.run)
"""
)

READINGS = """
from nce.slots import Slots

VERSION = "0.1.0"
last = Slots("number")

async def read(modem):
    number = int(last.load() or b"0")
    last.save(b"%d" % (number + 1))
    return {"battery_level": number, "signal_strength": 0, "software_version": VERSION}
"""

# The command that carries a datagram, which the modem does not survive once.
SENDS = {"bg95": "+QISEND"}


@dataclass
class PicoTrial:
    """What a board kept, and what 1NCE OS has got of it, by the records' numbers."""

    kept: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    transcript: str = ""
    instructions: int = 0
    restarts: int = 0
    key_pulses: list[tuple[int, int]] = field(default_factory=list)
    seconds: float = 0.0

    def judge(self) -> None:
        """Nothing that was kept is lost, and no record is made up."""
        missing = sorted(set(self.kept) - set(self.arrived))
        assert not missing, f"kept and lost: {missing}\n{self.transcript}"
        assert len(self.kept) >= 8


def config_of(blueprint: str, **changes: Any) -> str:
    """`config.py` for a trial."""
    settings = {
        "FAMILY": "bg95",
        "BLUEPRINT": blueprint,
        "TEMPLATE": "blueprints.status_codec",
        "TOPIC": "status",
        "INTERVAL_S": INTERVAL_S,
        **changes,
    }
    return "".join(f"{name} = {value!r}\n" for name, value in settings.items())


def try_on_pico(
    blueprint: str, *, cut_at: int = 4, part: float = 0.5, seed: int = 1, **changes: Any
) -> PicoTrial:
    """Run it through all its troubles; the power fails in write `cut_at` of the flash."""
    trial = PicoTrial()
    world = World(seed=seed)
    with Backend(world) as backend:
        template = (FIRMWARE / "blueprints" / "status_template.json").read_text(encoding="utf-8")
        backend.add_template("status", json.loads(template), ("COAP",))
        sim = world.add_sim()
        modem = world.add_modem(sim, "bg95")
        pico = pico_of(world, modem, pico_firmware(), _files(blueprint, changes))

        def arrived() -> list[int]:
            history = backend.inspector.history(sim.iccid, page_size=None)
            return [int(message.value["battery_level"]) for message in history]

        _live(world, pico, modem, arrived, cut_at, part)
        trial.kept, trial.arrived = kept_by(pico), sorted(arrived())
        trial.key_pulses, trial.seconds = pico.key_pulses, world.clock.now_ms() / 1000
        pico.cut_power()
        trial.instructions, trial.restarts = pico.instructions, pico.restarts
        records = [str(record) for record in world.timeline.records()]
        flash = f"{hash_of(pico.flash)} of {FLASH_BYTES} bytes of flash"
        trial.transcript = "\n".join([*pico.lines, *records, flash])
    return trial


def _files(blueprint: str, changes: dict[str, Any]) -> dict[str, str]:
    return {
        "main.py": PROGRAM,
        "app.py": (FIRMWARE / "main.py").read_text(encoding="utf-8"),
        "boot.py": (FIRMWARE / "boot.py").read_text(encoding="utf-8"),
        "config.py": config_of(blueprint, **changes),
        "readings.py": READINGS,
    }


def kept_by(pico: EmulatedPico) -> list[int]:
    """The numbers of the records that the outbox took."""
    words = [line.split()[1:] for line in pico.lines]
    return [int(line[1]) for line in words if line[:1] == ["kept"]]


def hash_of(data: bytes | bytearray) -> str:
    """A digest."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _live(
    world: World,
    pico: EmulatedPico,
    modem: Modem,
    arrived: Callable[[], list[int]],
    cut_at: int,
    part: float,
) -> None:
    """From the first start, with the modem off, until all has arrived."""

    def until_arrived(count: int) -> None:
        def is_there() -> bool:
            kept = set(kept_by(pico))
            return len(kept) >= count and kept <= set(arrived())

        pico.run(is_there, LIMIT_S)

    pico.power_on()
    until_arrived(2)
    faults = modem.faults
    faults.at_command(
        SENDS["bg95"], lambda: faults.kill(silent_ms=4_000), count=1, when="before_final"
    )
    until_arrived(4)
    assert not faults.unmet, faults.unmet
    cell = world.operator.cells[0]
    cell.is_in_coverage = False
    world.clock.call_later(HOLE_S * 1000, lambda: setattr(cell, "is_in_coverage", True))
    waiting = len(kept_by(pico)) + 2
    pico.run(lambda: len(kept_by(pico)) >= waiting, LIMIT_S)
    pico.cut_at_flash_write(cut_at, part)
    assert not pico.run(lambda: False, LIMIT_S)  # the power fails first
    modem.cut_power()
    world.advance(OFF_MS)
    pico.power_on()
    until_arrived(waiting + 2)
