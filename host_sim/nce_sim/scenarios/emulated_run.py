"""Firmware in the emulator: its modem, the network and 1NCE OS are simulated.

    run = EmulatedRun(Path("build/qemu/firmware.elf"), **files_of(Path("build/boards/qemu")))
    async for line in run.lines(): print(line)      # of the board's console
    run.messages                                    # what 1NCE OS has decoded

Time is real. The board's flash is a file of this run, blank at its start unless `flash` is one.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from nce_sim.backend import Backend
from nce_sim.firmware.board_build import LITTLEFS, ROMFS, TEMPLATE, read_report
from nce_sim.firmware.emulated import EmulatedBoard, blank_flash
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.ports.tcp import TcpPort
from nce_sim.record.timeline import Record
from nce_sim.settings import Settings
from nce_sim.sim_card import SimCard
from nce_sim.start_time import clock_from, first_instant, settings_from
from nce_sim.world import World

FLASH_BYTES = 512 * 1024
# A firmware that runs for ever says nothing between two records, which may be a week apart.
FOR_EVER_S = 10 * 365 * 86_400


class Files(TypedDict):
    """What of a build the emulator takes."""

    romfs: Path | None
    content: bytes | None
    template: str | None


def files_of(build: Path) -> Files:
    """Of a folder that `nce board build` made; ImageFailed for another."""
    read_report(build)
    romfs, template = build / ROMFS, build / TEMPLATE
    has_romfs = romfs.is_file()
    return Files(
        romfs=romfs if has_romfs else None,
        content=None if has_romfs else (build / LITTLEFS).read_bytes(),
        template=template.read_text(encoding="utf-8") if template.is_file() else None,
    )


def activate_lwm2m(backend: Backend, sim: SimCard) -> None:
    """What a customer does in the Device Integrator before a device bootstraps."""
    organisation_id = backend.devices.organisation_of(sim.iccid)
    if organisation_id is not None:
        with backend.storage.unit() as work:
            backend.device_integrator.change(
                organisation_id, "LWM2M", is_active=True, settings={}, work=work
            )


@dataclass
class EmulatedRun:
    """One run; `stop_after` messages, or `limit_s`, end it, and None means never.

    romfs: the file of an image; content: of the flash at its start; flash: a file that is it, and
    that stays. template: of the Energy Saver. on_record: called with each record of the world's
    timeline.
    """

    image: Path
    romfs: Path | None = None
    content: bytes | None = None
    template: str | None = None
    module: str = "main"
    family: str = "bg95"
    seed: int = 1
    heap_bytes: int = 128 * 1024
    flash: Path | None = None
    stop_after: int | None = None
    limit_s: float | None = None
    on_record: Callable[[Record], object] = lambda record: None
    start_ms: int = field(default_factory=lambda: first_instant(None, None))
    messages: list[Any] = field(default_factory=list, init=False)

    async def lines(self) -> AsyncGenerator[str, None]:
        """The lines of the board's console, until enough messages have arrived.

        Raises FirmwareFailed when the board fails, hangs, or `limit_s` passes before that.
        """
        if not self.image.is_file():
            raise FirmwareFailed(
                f"there is no image {self.image}; `make boards` builds it, --image names another"
            )
        settings = settings_from(Settings(), self.start_ms)
        world = World(self.seed, clock=clock_from(self.start_ms), settings=settings)
        with Backend(world) as backend, tempfile.TemporaryDirectory(prefix="nce-run-") as scratch:
            if self.template is not None:
                backend.add_template("firmware", self.template)
            sim = world.add_sim()
            activate_lwm2m(backend, sim)
            modem = world.add_modem(sim, self.family)
            modem.power_on()  # this board has no line to the power key
            world.timeline.subscribe(self._heard)
            port = await TcpPort.open(modem)
            board = self._board(Path(scratch))
            try:
                await board.start(port.address)
                async with aclosing(board.lines()) as lines:
                    async for line in lines:
                        yield line
                        if self.stop_after is not None and len(self.messages) >= self.stop_after:
                            return
            finally:
                await board.kill()
                await port.close()

    def _heard(self, record: Record) -> None:
        if record.kind == "uplink" and isinstance(record.subject, dict):
            self.messages.append(record.subject["payload"]["value"])
        self.on_record(record)

    def _board(self, scratch: Path) -> EmulatedBoard:
        flash = self.flash
        if flash is None:
            flash = blank_flash(scratch / "flash.img", FLASH_BYTES)
            if self.content is not None:
                flash.write_bytes(self.content)
        limit_s = FOR_EVER_S if self.limit_s is None else self.limit_s
        return EmulatedBoard(
            self.image,
            romfs=self.romfs,
            flash=flash,
            module=self.module,
            heap_bytes=self.heap_bytes,
            deadline_s=limit_s,
            silence_s=limit_s,
        )
