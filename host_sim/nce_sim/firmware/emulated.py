"""Firmware on an emulated board: QEMU's mps2-an385, a Cortex-M3 with MicroPython (`boards/qemu`).

    board = EmulatedBoard(image, romfs=romfs, deadline_s=60, silence_s=30)
    await board.start((await TcpPort.open(modem)).address)
    async for line in board.lines(): ...
    await board.kill()

The board's console is the emulator's output, and its second UART ends at the modem. The emulator
has the firmware's exit status; every wait has a bound, see `watched`.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from nce_sim.firmware.watched import FirmwareFailed, WatchedProcess

EMULATOR = "qemu-system-arm"
MACHINE = ("-machine", "mps2-an385", "-display", "none", "-monitor", "none")
# Entropy and the exit status go through the host.
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
# Where `boards/qemu/port/main.c` looks for them.
ROMFS_ADDRESS = 0x21000000
HEAP_SIZE_ADDRESS = 0x21FFFFFC


class EmulatedBoard(WatchedProcess):
    """One run of one image, from reset to the end of its `main`.

    romfs: the file of an image for `/rom`; heap_bytes: MicroPython's heap, at most 1 MiB.
    """

    def __init__(
        self,
        image: Path,
        *,
        romfs: Path | None = None,
        heap_bytes: int = 128 * 1024,
        deadline_s: float,
        silence_s: float,
    ) -> None:
        super().__init__(deadline_s=deadline_s, silence_s=silence_s)
        self._image = image
        self._romfs = romfs
        self._heap_bytes = heap_bytes

    async def start(self, modem_address: tuple[str, int]) -> None:
        """Reset the board, with its modem's line at a TCP port; FirmwareFailed without QEMU."""
        emulator = shutil.which(EMULATOR)
        if emulator is None:
            raise FirmwareFailed(f"{EMULATOR} is not installed; on Debian `make boards` does that")
        self._process = await asyncio.create_subprocess_exec(
            emulator,
            *self._options(modem_address),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    def _options(self, modem_address: tuple[str, int]) -> list[str]:
        host, port = modem_address
        heap = f"loader,addr={HEAP_SIZE_ADDRESS:#x},data={self._heap_bytes},data-len=4"
        options = [*MACHINE, *SEMIHOSTING, "-kernel", str(self._image), "-device", heap]
        if self._romfs is not None:
            romfs = f"loader,file={self._romfs},addr={ROMFS_ADDRESS:#x},force-raw=on"
            options += ["-device", romfs]
        modem = f"socket,id=modem,host={host},port={port}"
        return [*options, "-serial", "stdio", "-chardev", modem, "-serial", "chardev:modem"]
