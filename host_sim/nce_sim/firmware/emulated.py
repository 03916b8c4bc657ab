"""Firmware on an emulated board: QEMU's mps2-an385, a Cortex-M3 with MicroPython (`boards/qemu`).

    board = EmulatedBoard(image, romfs=romfs, flash=flash, deadline_s=60, silence_s=30)
    await board.start((await TcpPort.open(modem)).address, modem_key)
    async for line in board.lines(): ...
    board.starts                    # why it started each time: [Cause.POWER_ON, Cause.DEEP_SLEEP]
    await board.kill()

The board's console is the emulator's output, and its second UART ends at the modem. The firmware's
exit status is the emulator's. One that resets the board, sleeps deeply or starves its
watchdog is started again, after the time that it sleeps, in the same stream of lines; so is one
whose power is cut. Every wait has a bound, see `watched`, and so have the starts.
"""

from __future__ import annotations

import asyncio
import enum
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

from nce_sim.firmware.watched import DeadlinePassed, FirmwareFailed, WatchedProcess

EMULATOR = "qemu-system-arm"
MACHINE = ("-machine", "mps2-an385", "-display", "none", "-monitor", "none")
# Where `boards/qemu/port/memory.h` looks for them.
ROMFS_ADDRESS = 0x21000000
HEAP_SIZE_ADDRESS = 0x21FFFFFC
CAUSE_ADDRESS = 0x21FFFFF8
POWER_CUT_ADDRESS = 0x21FFFFF4
# `FLASH_BLOCK` of `boards/qemu/port/flash.h`.
FLASH_BLOCK_BYTES = 4096
ROMFS_BYTES = 8 << 20  # `ROMFS_MOST` of `boards/qemu/port/memory.h`
HEAP_BYTES_MOST = 1 << 20  # `HEAP_MOST` of `boards/qemu/port/main.c`
LEAST_FLASH_BYTES = 2 * FLASH_BLOCK_BYTES
MOST_STARTS = 100
CLOSING_S = 5
# `backup_t` of `boards/qemu/port/restart.h`, in a file beside the flash: magic, the sleep in
# milliseconds, the offset of the board's clock in seconds.
BACKUP = struct.Struct("<IIq")
SLEEPS_FOR_EVER = 0xFFFFFFFF


class Cause(enum.IntEnum):
    """Why a board starts: what `machine.reset_cause()` gives there."""

    POWER_ON = 1
    RESET = 2
    WATCHDOG = 3
    DEEP_SLEEP = 4


# Exit status of the emulator -> why the board starts next (`boards/qemu/port/restart.h`).
RESTARTS = {64: Cause.RESET, 65: Cause.DEEP_SLEEP, 66: Cause.WATCHDOG, 67: Cause.POWER_ON}


PowerKey = Callable[[bool], object]


def ignore(is_pressed: bool) -> None:
    """A power key that leads to no modem."""


class EmulatedBoard(WatchedProcess):
    """One image, from power on to the end of what it runs as `__main__`, restarts included.

    romfs: the file of an image for `/rom`; flash: the file of the flash at `/`, see `blank_flash`;
    module: what runs; heap_bytes: MicroPython's heap, at most 1 MiB; most_starts: FirmwareFailed
    after so many; power_cut_at: the write to flash at which the power goes, counted from 1 at the
    first start, half of it being done; plugin: one of QEMU's TCG plugins with its arguments.
    """

    has_own_session = False  # then a terminal's Ctrl-C does not reach the emulator

    def __init__(
        self,
        image: Path,
        *,
        romfs: Path | None = None,
        flash: Path | None = None,
        module: str = "main",
        heap_bytes: int = 128 * 1024,
        most_starts: int = MOST_STARTS,
        power_cut_at: int = 0,
        plugin: str | None = None,
        deadline_s: float,
        silence_s: float,
    ) -> None:
        super().__init__(deadline_s=deadline_s, silence_s=silence_s)
        self._image = image
        self._romfs = romfs
        self._flash = flash
        self._module = module
        self._heap_bytes = heap_bytes
        self._most_starts = most_starts
        self._power_cut_at = power_cut_at
        self._plugin = plugin
        self._modem_address: tuple[str, int] | None = None
        self._key_line: KeyLine | None = None
        self._is_cut = False
        self.starts: list[Cause] = []

    async def start(
        self, modem_address: tuple[str, int] | None, power_key: PowerKey = ignore
    ) -> None:
        """Power the board on; FirmwareFailed without QEMU.

        The modem's line is at a TCP port, or nowhere; `power_key` is called with True when the
        board presses the modem's power key, and with False.
        """
        self._modem_address = modem_address
        if self._key_line is None:
            self._key_line = await KeyLine.open(power_key)
        self._lose_backup()
        await self._start(Cause.POWER_ON)

    def cut_power(self) -> None:
        """Take the power away at this instant, and give it back: `lines` goes on."""
        if self._process is not None and self._process.returncode is None:
            self._is_cut = True
            self._process.kill()

    async def kill(self) -> None:
        """End the emulator, if it still runs."""
        await super().kill()
        if self._key_line is not None:
            await self._key_line.close()
            self._key_line = None

    async def _start(self, cause: Cause) -> None:
        emulator = shutil.which(EMULATOR)
        if emulator is None:
            raise FirmwareFailed(f"{EMULATOR} is not installed; on Debian `make boards` does that")
        self.starts.append(cause)
        await self._run(emulator, *self._options(cause), start_new_session=self.has_own_session)

    async def _starts_again(self, status: int, deadline: float) -> bool:
        is_cut, self._is_cut = self._is_cut, False
        cause = Cause.POWER_ON if is_cut else RESTARTS.get(status)
        if cause is None:
            return False
        if len(self.starts) >= self._most_starts:
            raise FirmwareFailed(
                f"the firmware started {len(self.starts)} times, the last time by {cause.name}; "
                f"{self._last_words()}"
            )
        if cause is Cause.POWER_ON:
            self._power_cut_at = 0
            self._lose_backup()
        if cause is Cause.DEEP_SLEEP:
            await self._sleep(deadline)
        await self._start(cause)
        return True

    async def _sleep(self, deadline: float) -> None:
        _, milliseconds, _ = BACKUP.unpack(self._backup().read_bytes())
        left_s = deadline - asyncio.get_running_loop().time()
        if milliseconds == SLEEPS_FOR_EVER or milliseconds / 1000 > left_s:
            length = "for ever" if milliseconds == SLEEPS_FOR_EVER else f"{milliseconds} ms"
            raise DeadlinePassed(
                f"the firmware sleeps {length}, longer than its deadline; {self._last_words()}"
            )
        await asyncio.sleep(milliseconds / 1000)

    def _backup(self) -> Path:
        if self._flash is None:
            raise FirmwareFailed("a board without a flash keeps nothing through a deep sleep")
        return self._flash.with_name(self._flash.name + ".backup")

    def _lose_backup(self) -> None:
        if self._flash is not None:
            self._backup().unlink(missing_ok=True)

    def _options(self, cause: Cause) -> list[str]:
        assert self._key_line is not None
        # Files, entropy and the exit status go through the host.
        arguments = f"start={self._module}\n"
        if self._flash is not None:
            arguments += f"flash={self._flash}\n"
        semihosting = f"enable=on,target=native,arg={quoted(arguments)}"
        options = [*MACHINE, "-semihosting-config", semihosting, "-kernel", str(self._image)]
        words = (
            (HEAP_SIZE_ADDRESS, self._heap_bytes),
            (CAUSE_ADDRESS, cause.value),
            (POWER_CUT_ADDRESS, self._power_cut_at),
        )
        for address, word in words:
            options += ["-device", f"loader,addr={address:#x},data={word},data-len=4"]
        if self._romfs is not None:
            romfs = f"loader,file={quoted(self._romfs)},addr={ROMFS_ADDRESS:#x},force-raw=on"
            options += ["-device", romfs]
        if self._plugin is not None:
            options += ["-plugin", self._plugin]
        options += ["-serial", "stdio"]
        lines = {"modem": self._modem_address, "key": self._key_line.address}
        for name, place in lines.items():
            if place is None:
                options += ["-serial", "null"]
            else:
                # Else TCP keeps all but the first byte back for 40 ms, and SLM takes such a
                # silence for the end of a datagram.
                socket = f"socket,id={name},host={place[0]},port={place[1]},nodelay=on"
                options += ["-chardev", socket]
                options += ["-serial", f"chardev:{name}"]
        return options


class KeyLine:
    """The line of the power key: a byte `1` or `0` for each change."""

    def __init__(self, power_key: PowerKey) -> None:
        self._power_key = power_key
        self._server: asyncio.Server | None = None
        self._followers: set[asyncio.Task[None]] = set()
        self.address = ("", 0)

    @classmethod
    async def open(cls, power_key: PowerKey) -> KeyLine:
        """Listen on any free port."""
        line = cls(power_key)
        line._server = await asyncio.start_server(line._joined, "127.0.0.1", 0)
        host, port = line._server.sockets[0].getsockname()
        line.address = (host, port)
        return line

    def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        follower = asyncio.ensure_future(self._follow(reader, writer))
        self._followers.add(follower)
        follower.add_done_callback(self._followers.discard)

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_pressed = False
        try:
            while change := await reader.read(1):
                is_pressed = change == b"1"
                self._power_key(is_pressed)
        except ConnectionError:
            pass  # the emulator was killed
        finally:
            if is_pressed:
                self._power_key(False)  # a board without power presses nothing
            writer.close()

    async def close(self) -> None:
        """Listen no more. The emulator has ended, and so does the line."""
        if self._server is not None:
            self._server.close()
            if self._followers:
                await asyncio.wait(self._followers, timeout=CLOSING_S)


def blank_flash(path: Path, size: int = 256 * 1024) -> Path:
    """A new flash: a file of erased bytes, which the board formats at its first start."""
    if size < LEAST_FLASH_BYTES or size % FLASH_BLOCK_BYTES:
        raise ValueError(
            f"a flash of {size} bytes; give a multiple of {FLASH_BLOCK_BYTES}, at least "
            f"{LEAST_FLASH_BYTES}"
        )
    path.write_bytes(b"\xff" * size)
    return path


def quoted(value: object) -> str:
    """A value in an option of QEMU's, where commas end it."""
    return str(value).replace(",", ",,")
