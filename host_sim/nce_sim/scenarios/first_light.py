"""First light: a modem is powered on, and a recorded GPS track arrives decoded at 1NCE OS.

The firmware (`firmware/blueprints/coap.py`) runs in a process of its own on a real interpreter;
its UART ends at a simulated BG95. Time is real here, since the firmware's is.

    report = await first_light(Options(interpreter="micropython"), on_progress=print)
    assert report.is_perfect
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.backend import Backend, open_storage
from nce_sim.firmware.process import FirmwareFailed, FirmwareProcess, Interpreter
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.modem.core import Modem
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.record.timeline import Record
from nce_sim.scenarios.air import AirCounter
from nce_sim.scenarios.report import Firmware, Report, compare, rows_of
from nce_sim.settings import Settings
from nce_sim.start_time import clock_from, first_instant, settings_from
from nce_sim.storage import Storage, StorageError
from nce_sim.world import World

BLUEPRINT = "blueprints.coap"
TRACK = "firmware/data/gps_track.csv"
TEMPLATE = "firmware/blueprints/gps_template.json"
KILL_SILENCE_MS = 4_000

# The moment at which the modem dies -> the point of AT+QISEND.
KILL_STAGES = {
    "prompt": "prompt",  # the firmware still has the fix
    "sent": "before_final",  # the fix is on the air; no modem receives its acknowledgement
}


class BadOptions(ValueError):
    """No run is possible with these options; the message says which options are."""


@dataclass(frozen=True)
class Options:
    """The run, and how long to wait for it.

    kill_modem_at_fix: the modem falls silent in the middle of that fix, then boots again.
    kill_stage: the moment in the middle, one of `KILL_STAGES`.
    """

    interpreter: str = "micropython"
    heap_kib: int = 256
    seed: int = 1
    db: str | None = None
    source_root: Path = SOURCE_ROOT
    kill_modem_at_fix: int | None = None
    kill_stage: str = "prompt"
    deadline_s: float = 300
    silence_s: float = 90


@dataclass(frozen=True)
class Progress:
    """One line of the firmware, and the progress of the run."""

    line: str
    acknowledged: int
    fixes: int


def kill_at_fix(world: World, modem: Modem, fix: int, stage: str) -> None:
    """Let `modem` die in the middle of sending fix number `fix`, counted from 1.

    The fault is armed after 1NCE OS got the previous fix, so that no retransmission is counted.
    """

    def arm() -> None:
        modem.faults.at_command(
            "+QISEND", lambda: modem.faults.kill(KILL_SILENCE_MS), when=KILL_STAGES[stage]
        )

    taken = 0

    def watch(record: Record) -> None:
        nonlocal taken
        # Before the first fix comes the end of the handshake, before the others the previous fix.
        is_fix = record.kind == "uplink"
        taken += is_fix
        if (is_fix and taken == fix - 1) or (fix == 1 and record.kind == "dtls_established"):
            unsubscribe()
            arm()

    unsubscribe = world.timeline.subscribe(watch)


def source_root_with(source_root: Path) -> Path:
    """`source_root`, if it holds the firmware and its track."""
    if not (source_root / TRACK).is_file():
        raise FirmwareFailed(
            f"{source_root} holds no {TRACK}; name a clone of nce-iot with --source, or leave "
            "--source out"
        )
    return source_root


def check(options: Options) -> list[dict[str, Any]]:
    """The rows of the track; BadOptions or FirmwareFailed for an impossible run."""
    rows = rows_of(source_root_with(options.source_root) / TRACK)
    fix = options.kill_modem_at_fix
    if fix is not None and fix > len(rows):
        raise BadOptions(f"there is no fix {fix} to kill the modem at: {TRACK} has {len(rows)}")
    return rows


async def first_light(
    options: Options,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    rows: list[dict[str, Any]] | None = None,
) -> Report:
    """Run and compare; raises FirmwareFailed when a part ended, hung or took too long.

    rows: what `check` has returned, when it was called before.
    """
    if rows is None:
        rows = check(options)
    root = options.source_root
    interpreter = Interpreter.find(options.interpreter, options.heap_kib)
    try:
        storage = open_storage(options.db)
    except StorageError as error:
        raise FirmwareFailed(str(error)) from error
    world = _world_from_now(options, storage)
    backend = Backend(world, db=storage)
    backend.add_template("gps", (root / TEMPLATE).read_text(), ("COAP",))
    air = AirCounter(world.timeline)
    sim = world.add_sim()
    modem = world.add_modem(sim)
    if options.kill_modem_at_fix is not None:
        kill_at_fix(world, modem, options.kill_modem_at_fix, options.kill_stage)
    port = SocketpairPort(modem)
    process = FirmwareProcess(
        interpreter, root, deadline_s=options.deadline_s, silence_s=options.silence_s
    )
    listener = _Listener(options.interpreter)
    try:
        await process.start(BLUEPRINT, port.child_fds)
        port.child_started()
        async with aclosing(process.lines()) as lines:
            async for line in lines:
                listener.hear(line)
                on_progress(Progress(line, listener.acknowledged, len(rows)))
        history = backend.inspector.history(sim.iccid, protocol="COAP", page_size=None)
        return compare(
            rows,
            [message.value for message in history],
            payload_bytes=backend.counters.payload_bytes // max(len(history), 1),
            air=air.air(),
            firmware=listener.firmware(),
        )
    finally:
        await process.kill()
        port.close()
        backend.close()


def _world_from_now(options: Options, storage: Storage) -> World:
    """A world that begins today, or after the last record of its database."""
    start_ms = first_instant(None, storage.last_record_ms)
    return World(
        seed=options.seed,
        clock=clock_from(start_ms),
        settings=settings_from(Settings(), start_ms),
    )


class _Listener:
    """Reads the lines that the blueprint prints."""

    def __init__(self, interpreter: str) -> None:
        self._interpreter = interpreter
        self._summary: dict[str, int] = {}
        self.acknowledged = 0

    def hear(self, line: str) -> None:
        if line.startswith("acknowledged "):
            self.acknowledged = int(line.split()[1])
        elif line.startswith("summary "):
            pairs = re.findall(r"(\w+)=(\d+)", line)
            self._summary.update((name, int(value)) for name, value in pairs)

    def firmware(self) -> Firmware:
        return Firmware(
            interpreter=self._interpreter,
            acknowledged=self._summary.get("acknowledged", 0),
            repeated=self._summary.get("repeated", 0),
            heap_peak_bytes=self._summary.get("heap_peak"),
            heap_size_bytes=self._summary.get("heap_size"),
        )
