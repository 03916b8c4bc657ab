"""Runs an RP2040: by `rp2040py` alone, or ten times as fast with `thumb.c` in front.

    core = executor(chip.rp2040, library)       # the path of the compiled thumb.c, or None
    core.execute(chip.simulator)                # until `simulator.stopped`, or for a while

Both make the same run, to the cycle: what the fast core does not know is executed by `rp2040py`'s,
on the same registers and memory.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Protocol

from rp2040py.execute_batch import execute_batch

_NANOS_OF_A_CYCLE = 8  # 125 MHz, exactly
_CYCLES_OF_A_BATCH = 1 << 40
_STEPS_OF_A_BATCH = 10_000


class _Thumb(ctypes.Structure):
    """`struct thumb`."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("registers", "rom", "flash", "ram")),
        *((name, ctypes.c_uint32) for name in ("n", "z", "c", "v", "masked", "is_pending")),
        *((name, ctypes.c_uint32) for name in ("dividend", "divisor", "quotient", "remainder")),
        *((name, ctypes.c_uint32) for name in ("divides", "dirty", "locks")),
        ("instructions", ctypes.c_uint64),
    )


class Executor(Protocol):
    """Runs a chip; `instructions` counts what a fast core has done."""

    @property
    def instructions(self) -> int: ...

    def execute(self, simulator: Any) -> None:
        """Run until `simulator.stopped`, or for a while."""


def executor(mcu: Any, library: Path | None) -> Executor:
    """What runs a chip; with the library of the fast core, or without."""
    return OwnCore() if library is None else FastCore(mcu, library)


class OwnCore:
    """`rp2040py`'s."""

    instructions = 0

    def execute(self, simulator: Any) -> None:
        """Run until `simulator.stopped`, or for a while."""
        execute_batch(simulator, 1)


class FastCore:
    """The fast core of one chip."""

    def __init__(self, mcu: Any, library: Path) -> None:
        self._run = ctypes.CDLL(str(library)).thumb_run
        self._run.argtypes = (ctypes.POINTER(_Thumb), ctypes.c_int64)
        self._run.restype = ctypes.c_int64
        self._mcu = mcu
        self._thumb = thumb = _Thumb()
        # The arrays stay where they are for the life of the chip; these keep them there.
        self._kept = [
            (ctypes.c_ubyte * memoryview(array).nbytes).from_buffer(array)
            for array in (mcu.core.registers, mcu.bootrom, mcu.flash, mcu.sram)
        ]
        thumb.registers, thumb.rom, thumb.flash, thumb.ram = map(ctypes.addressof, self._kept)
        # Either core may meet the divider and the locks next: they have one state.
        thumb.divisor = 1
        mcu.sio.state = thumb
        self._pointer = ctypes.pointer(thumb)

    @property
    def instructions(self) -> int:
        """How many it has executed."""
        return int(self._thumb.instructions)

    def execute(self, simulator: Any) -> None:
        """Run until `simulator.stopped`, or for a while."""
        core, clock, thumb = self._mcu.core, simulator.clock, self._thumb
        for _ in range(_STEPS_OF_A_BATCH):
            if simulator.stopped:
                return
            if core.waiting:
                clock.tick(clock.nanos_to_next_alarm)
                continue
            if not core.interrupts_updated:
                budget = _CYCLES_OF_A_BATCH
                if clock.has_scheduled_alarm:
                    budget = -int(-clock.nanos_to_next_alarm // _NANOS_OF_A_CYCLE)
                thumb.n, thumb.z, thumb.c, thumb.v = core.n, core.z, core.c, core.v
                thumb.masked = core.pm
                thumb.is_pending = self._is_pending(core)
                used = self._run(self._pointer, max(budget, 1))
                core.n, core.z, core.c, core.v = thumb.n, thumb.z, thumb.c, thumb.v
                core.pm = thumb.masked
                core.cycles += used
                clock.tick(used * _NANOS_OF_A_CYCLE)
                if used >= budget:
                    continue
            clock.tick(core.execute_instruction() * _NANOS_OF_A_CYCLE)

    @staticmethod
    def _is_pending(core: Any) -> bool:
        return bool(
            core.pending_interrupts & core.enabled_interrupts
            or core.pending_pend_sv
            or core.pending_systick
            or core.pending_svcall
            or core.pending_nmi
        )
