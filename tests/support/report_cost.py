"""What a report costs the modem and the battery: AT commands and time awake, of a blueprint.

    PYTHONPATH=tests:tests/portable:firmware:boards/unix python -m support.report_cost [DAYS]

Runs the firmware of a blueprint in virtual time, an hour between two reports, on each family that
can sleep. A report begins with the first byte or key press of its round and ends with the
acknowledgement of 1NCE OS; closing the socket and falling asleep come after it. A line is what the
host writes at once and the modem answers with one result; it may hold several commands.
"""

import asyncio
import json
import statistics
import sys
import types
from typing import NamedTuple

import config
import settings_check
from console import Console
from log_ring import LogRing
from main import runner_of
from memory_stores import Flash, Kept
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.modem.power import Power
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

HOUR_MS = 3_600_000
SLEEPERS = (
    "bg95",
    "bg96",
    "bg77",
    "sim7000",
    "sim7070",
    "sim7080",
    "sara-r4",
    "sara-r422",
    "sara-r5",
    "nrf91-slm1",
    "nrf91-slm2",
    "nrf91-sm",
    "gm02s",
)
SERVERS = {
    "session kept": DtlsSettings(connection_id_bytes=8),
    "handshake each time": DtlsSettings(),
}
# Topic, template and codec of a blueprint's records.
TEMPLATES = {
    "low_power": ("status", "status_template.json", "blueprints.status_codec"),
    "gps": ("gps", "gps_template.json", "blueprints.gps_codec"),
}
# Part of a report -> how its lines begin.
PHASES = {
    "wake": ("AT\r", "ATQ0V1", "ATE0", "AT+CPSMS"),
    "position": ("AT+QGPS", "AT+CGNS", "AT+UGPS", "AT+ULOC", "AT+LPGNSS", "AT#XGPS", "AT#XGNSS"),
    "signal": ("AT+QCSQ", "AT+CPSI", "AT+CSQ", "AT%XMONITOR", "AT+CESQ", "AT+UCGED"),
    "check": ("AT+CEREG", "AT+QCCID", "AT+CCID", "AT+SQNCCID", "AT+CPIN", "AT+CGDCONT", "AT+CFUN"),
    "bearer": ("AT+QIACT", "AT+CNACT", "AT+CIFSR", "AT+CIP", "AT+CSTT", "AT+CGPADDR", "AT+UPS",
               "AT+CGACT"),
    "open": ("AT+QIOPEN", "AT+CACID", "AT+CAOPEN", "AT+CIPSTART", "AT+UDNSRN", "AT+USOCR",
             "AT#XSOCKET=", "AT#XSOCKETOPT", "AT#XCONNECT", "AT#XAPOLL", "AT+SQNSCFG", "AT+SQNSD"),
    "send": ("AT+QISEND", "AT+CASEND", "AT+CIPSEND", "AT+USOST", "AT#XSEND", "AT+SQNSSENDEXT",
             "AT%RAI", "AT%XRAI", "AT+CRAI"),
    "receive": ("AT+QIRD", "AT+CARECV", "AT+CIPRXGET", "AT+USORF", "AT#XRECV", "AT+SQNSRECV",
                "AT+SQNSI"),
}  # fmt: skip


class Report(NamedTuple):
    """One round, until its record was acknowledged, and the time until the modem slept."""

    lines: tuple[str, ...]
    commands: int
    awake_ms: int
    all_lines: int


class Costs(NamedTuple):
    """The reports of a run, the first one left out, which attaches and sets up."""

    family: str
    server: str
    reports: list[Report]
    arrived: int

    def row(self) -> str:
        """A line of the table."""
        lines = [len(each.lines) for each in self.reports]
        return " ".join(
            (
                f"{self.family:<11} {self.server:<20} {len(lines):>7}",
                f"{min(lines):>5} {statistics.median_low(lines):>6} {max(lines):>4}",
                f"{statistics.median_low([each.commands for each in self.reports]):>9}",
                f"{statistics.median_low([each.awake_ms for each in self.reports]):>9}",
                f"{max(each.awake_ms for each in self.reports):>6}",
                f"{statistics.median_low([each.all_lines for each in self.reports]):>6}",
            )
        )

    def phases(self) -> dict[str, int]:
        """The lines of the median report by part."""
        middle = sorted(self.reports, key=lambda each: len(each.lines))[len(self.reports) // 2]
        found = dict.fromkeys((*PHASES, "other"), 0)
        for line in middle.lines:
            for name, heads in PHASES.items():
                if line.startswith(heads):
                    found[name] += 1
                    break
            else:
                found["other"] += 1
        return found


HEAD = (
    f"{'family':<11} {'server':<20} reports  lines until acked  commands  awake ms       all\n"
    f"{'':<32} {'':>7} min median  max    median    median    max  lines"
)


class CountingBoard(PipeBoard):
    """Notes what the host does to a modem that can hear it."""

    def __init__(self, modem, clock):
        super().__init__(modem)
        self._clock = clock
        self.begun_ms = None  # of the round: the first that the host did
        self.lines = []

    def power_key(self, is_pressed):
        self._touch()
        super().power_key(is_pressed)

    async def open_uart(self, baudrate=None):
        reader, writer = await super().open_uart(baudrate)
        write = writer.write

        def counted(data):
            self._touch()
            if data.startswith(b"AT") and self._modem.power is Power.ON:
                self.lines.append(data.decode())
            write(data)

        writer.write = counted
        return reader, writer

    def _touch(self):
        if self.begun_ms is None:
            self.begun_ms = self._clock.now_ms()


def run(family, server="session kept", hours=24, blueprint="low_power", link=None, **changes):
    """The `Costs` of an hourly report for so many hours."""

    async def main(clock):
        world = World(1, clock)
        if link is not None:
            world.operator.cells[0].link = link
        settings = BackendSettings(
            dtls=SERVERS[server], history_retention_ms=(hours + 24) * HOUR_MS
        )
        topic, template, codec = TEMPLATES[blueprint]
        with Backend(world, settings=settings) as backend:
            text = (SOURCE_ROOT / "firmware/blueprints" / template).read_text()
            backend.add_template(topic, json.loads(text), ("COAP",))
            sim = world.add_sim()
            modem = world.add_modem(sim, family)
            board = CountingBoard(modem, clock)
            reports, counts = [], {"commands": 0}

            def note(record):
                counts["commands"] += record.kind == "command"

            world.timeline.subscribe(note)

            def end():
                # A round begins: what was noted since the last one is all of that.
                if reports:
                    reports[-1] = reports[-1]._replace(all_lines=len(board.lines))
                board.lines, board.begun_ms, counts["commands"] = [], None, 0

            def say(line):
                if "records are delivered" in line:
                    awake_ms = clock.now_ms() - board.begun_ms
                    reports.append(Report(tuple(board.lines), counts["commands"], awake_ms, 0))

            values = {name: getattr(config, name) for name in settings_check.NAMES}
            values.update(BLUEPRINT=blueprint, INTERVAL_S=3600, PSM_ACTIVE_S=4, TOPIC=topic)
            values.update(TEMPLATE=codec, **changes)
            wanted, mistakes = settings_check.read(types.SimpleNamespace(**values))
            assert not mistakes, mistakes
            flash, stores = Flash(), {}
            runner = runner_of(
                board,
                wanted,
                Console(LogRing(Flash(), 8_192), say),
                random_bytes=world.random("firmware").randbytes,
                folder_of=lambda path: flash,
                store_of=lambda path: stores.setdefault(path, Kept()),
            )
            rounds = runner._rounds
            measure = rounds.measure

            async def measured():
                end()
                await measure()

            rounds.measure = measured
            task = asyncio.create_task(runner.run())
            done, _ = await asyncio.wait({task}, timeout=hours * 3600 - 1)
            assert not done, task.exception()
            task.cancel()
            await asyncio.wait({task})
            end()
            history = backend.inspector.history(sim.iccid, page_size=None)
            return Costs(family, server, reports[1:], len(history))

    return run_virtual(main)


if __name__ == "__main__":
    print(HEAD)
    for each_family in SLEEPERS:
        for each_server in SERVERS:
            costs = run(each_family, each_server, 24 * int((sys.argv + ["1"])[1]))
            print(costs.row(), costs.phases())
