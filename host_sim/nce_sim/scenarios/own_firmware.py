"""Somebody's own firmware against a simulated modem, SIM, network and 1NCE OS.

    run = OwnRun(OwnOptions(Path("main.py"), family="sim7080"), on_line=print)
    outcome = await run.run()
    outcome.status, outcome.messages

The firmware is their file on a real interpreter (`nce_sim.firmware.own`), or on an emulated board
(`nce_sim.firmware.own_emulated`), in real time; on the emulated Pico (`nce_sim.firmware.own_pico`)
it is in virtual time, and `OwnRun` is made and run within `nce_sim.clock.run_virtual`. Faults and
coverage come from a script (`nce_sim.control.script`); other programs reach the world by its
control channel, where its time is the real one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nce_bcl import BclError
from nce_sim.backend import Backend, open_storage
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import VirtualLoop
from nce_sim.control.channel import ControlChannel
from nce_sim.control.place import ControlError
from nce_sim.control.script import Step, play
from nce_sim.control.verb import Reach
from nce_sim.firmware import own_emulated, own_pico, pico_code
from nce_sim.firmware.bounded import Bounds
from nce_sim.firmware.own import OwnFirmware
from nce_sim.firmware.process import Interpreter
from nce_sim.firmware.watched import DeadlinePassed, FirmwareFailed
from nce_sim.modem.core import Modem
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.ports.tcp import TcpPort
from nce_sim.record.timeline import Record
from nce_sim.services.inspector.history import HistoryItem
from nce_sim.settings import Settings
from nce_sim.start_time import clock_from, first_instant, settings_from
from nce_sim.storage import StorageError
from nce_sim.world import World

CONSOLE_BYTES = 16_000_000
# Words of 64 bits take twice the heap of a board's: these are as 256 KiB there.
HEAP_KIB = 512
BOARD_HEAP_KIB = 256
QEMU = "qemu"
PICO = "pico"
DEADLINE_S = 300.0
# How a run ends.
ENDED = "ended"  # the firmware did, with a status
ENOUGH = "enough"  # 1NCE OS has the messages that were wanted
LATE = "late"  # the deadline passed


@dataclass(frozen=True)
class OwnOptions:
    """The run. `templates` are (protocols, text); `until`: messages that end the run.

    `interpreter` is micropython, cpython, qemu or pico; `image` is that of the last two, by
    default of `make boards` or `make pico`. `flash` is the working folder, by default that of the
    file; with an emulated board the folder that keeps its flash, by default a blank one. With
    `is_alone` no package of this project is found; the image of the Pico has them all. `control`
    and `heap_kib` are not for the Pico. `start_ms` of a virtual world is that of every other run.
    """

    file: Path
    interpreter: str = "micropython"
    heap_kib: int | None = None
    image: Path | None = None
    family: str = "bg95"
    seed: int = 1
    start_ms: int | None = None
    db: str | None = None
    templates: Sequence[tuple[tuple[str, ...], str]] = ()
    script: Sequence[Step] = ()
    until: int | None = None
    deadline_s: float = DEADLINE_S
    console_bytes: int = CONSOLE_BYTES
    control: str | None = None
    backend: BackendSettings = field(default_factory=BackendSettings)
    flash: Path | None = None
    is_alone: bool = False


@dataclass(frozen=True)
class OwnOutcome:
    """How it ended. `status` is the firmware's; negative: the signal that ended it."""

    how: str
    status: int
    messages: list[HistoryItem]
    why: str = ""


class Started(Protocol):
    """Their firmware, running."""

    status: int

    def lines(self) -> AsyncGenerator[str, None]:
        """The lines of its console, to its end, when `status` is known."""

    async def kill(self) -> None:
        """End it; twice is harmless."""


class OwnRun:
    """One run. Listeners get each line of the console, record and step as it happens."""

    def __init__(
        self,
        options: OwnOptions,
        on_line: Callable[[str], object] = lambda line: None,
        on_record: Callable[[Record], None] = lambda record: None,
        on_step: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._options = options
        self._on_line, self._on_record, self._on_step = on_line, on_record, on_step
        try:
            self._storage = open_storage(options.db)
            self.world = self._world()
        except (StorageError, ValueError) as error:
            raise FirmwareFailed(str(error)) from error
        self._reach = Reach(self.world)
        self.control_path: Path | None = None

    @property
    def start_ms(self) -> int:
        """The time at which the world's clock shows 0, in milliseconds since 1970."""
        return self.world.settings.calendar_start_s * 1000

    async def run(self) -> OwnOutcome:
        """Run to the end; FirmwareFailed when it cannot start, or prints too much."""
        options = self._options
        async with AsyncExitStack() as closing:
            backend = Backend(self.world, self._storage, options.backend)
            closing.callback(backend.close)
            self._reach = Reach(self.world, backend)
            for number, (protocols, text) in enumerate(options.templates):
                try:
                    backend.add_template(f"own-{number}", text, protocols)
                except (BclError, ValueError) as error:
                    raise FirmwareFailed(f"the template is refused: {error}") from error
            sim = self.world.add_sim()
            modem = self.world.add_modem(sim, options.family)
            enough = asyncio.Event()
            self.world.timeline.subscribe(self._on_record)
            self.world.timeline.subscribe(_counter(options.until, enough))
            if options.control is not None:
                try:
                    channel = await ControlChannel.open(self._reach, options.control)
                except ControlError as error:
                    raise FirmwareFailed(str(error)) from error
                closing.push_async_callback(channel.close)
                self.control_path = channel.path
            own = await self._start(modem, closing)
            how, why = await self._watched(self._read(own), enough)
            await own.kill()
            messages = backend.inspector.history(sim.iccid, page_size=None)[::-1]
        return OwnOutcome(how, own.status if how == ENDED else 0, messages, why)

    async def _start(self, modem: Modem, closing: AsyncExitStack) -> Started:
        if self._options.interpreter == PICO:
            return self._on_the_pico(modem, closing)
        if self._options.interpreter == QEMU:
            return await self._on_the_board(modem, closing)
        return await self._as_a_process(modem, closing)

    async def _as_a_process(self, modem: Modem, closing: AsyncExitStack) -> Started:
        options = self._options
        heap_kib = options.heap_kib
        if options.interpreter == "micropython" and heap_kib is None:
            heap_kib = HEAP_KIB
        own = OwnFirmware(
            Interpreter.find(options.interpreter, heap_kib),
            options.file,
            self._bounds(),
            flash=options.flash,
            is_alone=options.is_alone,
        )
        closing.push_async_callback(own.kill)
        port = SocketpairPort(modem)
        closing.callback(port.close)
        await own.start(port.child_fds)
        port.child_started()
        return own

    async def _on_the_board(self, modem: Modem, closing: AsyncExitStack) -> Started:
        options = self._options
        own = own_emulated.OwnEmulated(
            options.image or own_emulated.stock_image(),
            options.file,
            self._bounds(),
            heap_bytes=1024 * (options.heap_kib or BOARD_HEAP_KIB),
            flash=options.flash,
            is_alone=options.is_alone,
        )
        closing.push_async_callback(own.kill)
        port = await TcpPort.open(modem)
        closing.push_async_callback(port.close)

        def power_key(is_pressed: bool) -> None:
            (modem.press_power_key if is_pressed else modem.release_power_key)()

        await own.start(port.address, power_key)
        return own

    def _on_the_pico(self, modem: Modem, closing: AsyncExitStack) -> Started:
        options = self._options
        own = own_pico.OwnPico(
            options.image or pico_code.stock_image(),
            self.world,
            modem,
            options.file,
            self._bounds(),
            flash=options.flash,
        )
        closing.push_async_callback(own.kill)
        own.start()
        return own

    def _bounds(self) -> Bounds:
        options = self._options
        return Bounds(deadline_s=options.deadline_s, console_bytes=options.console_bytes)

    async def _watched(
        self, reads: Coroutine[Any, Any, None], enough: asyncio.Event
    ) -> tuple[str, str]:
        """How the run ends, and why; the script plays meanwhile."""
        loop = asyncio.get_running_loop()
        reading = loop.create_task(reads)
        waiting = loop.create_task(enough.wait())
        playing = loop.create_task(play(self._reach, self._options.script, self._on_step))
        try:
            await asyncio.wait((reading, waiting), return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
            if reading.done():
                reading.result()
                return ENDED, ""
            return ENOUGH, ""
        except DeadlinePassed as error:
            return LATE, str(error)
        finally:
            for task in (reading, waiting, playing):
                task.cancel()
                with suppress(asyncio.CancelledError, FirmwareFailed):
                    await task

    async def _read(self, own: Started) -> None:
        async with aclosing(own.lines()) as lines:
            async for line in lines:
                self._on_line(line)

    def _world(self) -> World:
        options = self._options
        loop = asyncio.get_running_loop()
        last_ms, wanted_ms = self._storage.last_record_ms, options.start_ms
        if isinstance(loop, VirtualLoop) and wanted_ms is None and last_ms is None:
            wanted_ms = Settings().calendar_start_s * 1000
        start_ms = first_instant(wanted_ms, last_ms)
        settings = settings_from(Settings(), start_ms)
        if not isinstance(loop, VirtualLoop):
            return World(options.seed, clock=clock_from(start_ms), settings=settings)
        loop.clock.advance_to(start_ms % 1000)
        return World(options.seed, clock=loop.clock, settings=settings)


def _counter(until: int | None, enough: asyncio.Event) -> Callable[[Record], None]:
    """Sets `enough` with the message number `until`."""
    count = 0

    def count_uplinks(record: Record) -> None:
        nonlocal count
        count += record.kind == "uplink"
        if until is not None and count >= until:
            enough.set()

    return count_uplinks
