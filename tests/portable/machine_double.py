"""MicroPython's `machine` for a test: levels with their times, UART, watchdog, sleeps, registers.

    with Machine("esp32") as machine:
        board = board_class("t_sim7000g")()
        board.power_key(True)
    machine.levels          # [(0, 4, 0), (0, 25, 0), (0, 4, 1)]: milliseconds, pin, level

A pin is set up in the order of the ports: its level, its direction, the hold of its pad. Time is
the running loop's, or nothing outside of one. Reset and deep sleep end a program: they raise.
"""

import asyncio
import sys

import nce_modem.mcu
import nce_modem.pin_board
from nce_modem.clock import default_clock

mcu = nce_modem.mcu
pin_board = nce_modem.pin_board

ROOT = __file__.rsplit("/", 3)[0] if __file__.count("/") > 2 else "."


class Restarted(Exception):
    """`machine.reset()` was called."""


class Slept(Exception):
    """`machine.deepsleep(milliseconds)` was called."""


class Pad:
    """What outlives a program: the level that a held pad drives."""

    def __init__(self):
        self.register = 0
        self.is_output = False
        self.is_held = False
        self.pull = None
        self.level = None  # driven by this MCU; None: it floats
        self.from_outside = 1


class Machine:
    """The module; `levels` has every change of a driven level."""

    def __init__(self, platform, chip="RP2040"):
        self.platform = platform
        self.chip = chip
        self.pads = {}
        self.levels = []
        self.on_level = None  # called with (pin, level)
        self.uarts = []  # of every open: [number, rate, options, is open]
        self.on_uart = None  # gives (reader, writer) of a UART
        self.watchdogs = []  # timeouts
        self.feeds = 0
        self.slept = []  # (kind, milliseconds)
        self.asleep_ms = 0
        self.interrupts_after_ms = []  # of the next light sleeps, each ended by an interrupt
        self.i2c = {}  # address -> a double with `read(register)` and `write(register, value)`
        self.i2c_buses = []
        self.cause = 1
        self.holds_in_deep_sleep = False
        self.mem32 = Registers()
        self.now_ms = None
        self.Pin = type("Pin", (PinDouble,), {"machine": self})
        self.UART = type("UART", (UartDouble,), {"machine": self})
        self.WDT = type("WDT", (WatchdogDouble,), {"machine": self})
        self.I2C = type("I2C", (I2cDouble,), {"machine": self})
        self.PWRON_RESET, self.WDT_RESET = 1, 3
        if platform == "esp32":
            self.DEEPSLEEP_RESET = 4

    def __enter__(self):
        self._before = (mcu.PLATFORM, mcu.CHIP, mcu.default_clock, pin_board.asyncio)
        self._modules = {name: sys.modules.get(name) for name in ("machine", "esp32")}
        mcu.PLATFORM, mcu.CHIP = self.platform, "a board with " + self.chip
        mcu.default_clock = lambda: self.time_ms
        pin_board.asyncio = Streams
        sys.modules["machine"] = self
        sys.modules["esp32"] = self
        return self

    def __exit__(self, *error):
        mcu.PLATFORM, mcu.CHIP, mcu.default_clock, pin_board.asyncio = self._before
        for name, module in self._modules.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

    # --- the module's functions ---------------------------------------------------------------

    def reset(self):
        raise Restarted

    def reset_cause(self):
        return self.cause

    def lightsleep(self, milliseconds):
        self._check_sleep(milliseconds)
        if self.interrupts_after_ms:
            milliseconds = min(milliseconds, self.interrupts_after_ms.pop(0))
        self.slept.append(("light", milliseconds))
        self.asleep_ms += milliseconds

    def deepsleep(self, milliseconds):
        self._check_sleep(milliseconds)
        self.slept.append(("deep", milliseconds))
        self.asleep_ms += milliseconds
        raise Slept

    def _check_sleep(self, milliseconds):
        # ports/rp2/modmachine.c: the timer counts microseconds in 32 bits.
        if self.platform == "rp2" and milliseconds >= (1 << 32) // 1000:
            raise ValueError("sleep too long")

    def gpio_deep_sleep_hold(self, is_on):
        self.holds_in_deep_sleep = is_on

    # --- for tests ----------------------------------------------------------------------------

    def time_ms(self):
        if self.now_ms is None:
            self.now_ms = default_clock()
        try:
            return self.now_ms() + self.asleep_ms
        except RuntimeError:  # CPython, outside of a loop
            return self.asleep_ms

    def drive(self, number, pad):
        """Note the level that the pad drives, if it is another one."""
        level = pad.register if pad.is_output else None
        if pad.is_held or level == pad.level:
            return
        pad.level = level
        self.levels.append((self.time_ms(), number, level))
        if self.on_level is not None:
            self.on_level(number, level)

    def level(self, number):
        pad = self.pads.get(number)
        return None if pad is None else pad.level

    def of_pin(self, number):
        """[(milliseconds, level), ...]"""
        return [(at_ms, level) for at_ms, pin, level in self.levels if pin == number]

    def start_again(self, cause):
        """The MCU starts: registers are as after power-on, but for pads that are held."""
        self.cause = cause
        for number, pad in self.pads.items():
            if not self.holds_in_deep_sleep:
                pad.is_held = False
            pad.register, pad.is_output, pad.pull = 0, False, None
            self.drive(number, pad)
        for uart in self.uarts:
            uart[3] = False


class Registers:
    """`mem32`, with the RP2040's watchdog: at 0x3000 above it a write clears bits."""

    def __init__(self):
        self.values = {}

    def __getitem__(self, address):
        return self.values.get(address, 0)

    def __setitem__(self, address, value):
        if address & 0xFFFFF000 in (0x4005B000, 0x400DB000):
            self.values[address - 0x3000] = self[address - 0x3000] & ~value
        else:
            self.values[address] = value


class PinDouble:
    IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 3

    def __init__(self, number, mode=None, pull=None, **options):
        self.number = number
        self.pad = self.machine.pads.setdefault(number, Pad())
        if mode is not None or options:
            self.init(mode, pull, **options)

    def init(self, mode=None, pull=None, value=None, hold=None):
        assert hold is None or self.machine.platform == "esp32", "only the ESP32 holds pads"
        pad = self.pad
        if value is not None:
            pad.register = int(bool(value))
            self.machine.drive(self.number, pad)
        if mode is not None:
            pad.is_output = mode == self.OUT
            pad.pull = pull
            self.machine.drive(self.number, pad)
        if hold is not None:
            pad.is_held = False
            self.machine.drive(self.number, pad)
            pad.is_held = hold

    def value(self, *level):
        if not level:
            return self.pad.from_outside
        self.pad.register = int(bool(level[0]))
        self.machine.drive(self.number, self.pad)
        return None


class UartDouble:
    """As on a board it has no `close`."""

    RTS, CTS = 2, 1

    def __init__(self, number, baudrate, **options):
        if baudrate > 5_000_000:
            raise ValueError("baudrate is not supported")
        for name in ("tx", "rx", "rts", "cts"):
            if name in options:
                options[name] = options[name].number
        for row in self.machine.uarts:
            assert not (row[0] == number and row[3]), "UART %d is open already" % number
        self.row = [number, baudrate, options, True]
        self.machine.uarts.append(self.row)

    def deinit(self):
        self.row[3] = False


class WatchdogDouble:
    def __init__(self, timeout):
        if self.machine.platform == "rp2":
            assert timeout <= 8388, "ports/rp2/machine_wdt.c: WDT_TIMEOUT_MAX"
            self.machine.mem32[0x40058000] = 1 << 30
        self.machine.watchdogs.append(timeout)

    def feed(self):
        self.machine.feeds += 1


class I2cDouble:
    def __init__(self, number, sda, scl, freq):
        assert freq <= 400_000
        self.machine.i2c_buses.append((number, sda.number, scl.number))

    def _chip(self, address):
        if address not in self.machine.i2c:
            raise OSError(19)  # ENODEV
        return self.machine.i2c[address]

    def readfrom_mem(self, address, register, size):
        chip = self._chip(address)
        return bytes([chip.read(register + each) for each in range(size)])

    def writeto_mem(self, address, register, data):
        chip = self._chip(address)
        for each in range(len(data)):
            chip.write(register + each, data[each])


class Stream:
    """An asyncio stream of a UART at whose other end nobody is, unless the test has one."""

    def __init__(self, uart):
        self.s = uart
        self._waiting = asyncio.Event()
        self.written = b""

    async def read(self, size):
        await self._waiting.wait()
        return b""

    def write(self, data):
        assert self.s.row[3], "written to a UART that was closed"
        self.written += data

    async def drain(self):
        pass

    def close(self):
        pass


class Streams:
    """`asyncio`, as `pin_board` uses it."""

    sleep = asyncio.sleep

    @staticmethod
    def StreamReader(uart):
        if uart.machine.on_uart is not None:
            uart.streams = uart.machine.on_uart(uart)
        else:
            stream = Stream(uart)
            uart.streams = stream, stream
        return uart.streams[0]

    @staticmethod
    def StreamWriter(uart, _):
        return uart.streams[1]


def board_class(folder):
    """`Board` of `boards/<folder>/board.py`, which on a board is the module `board`."""
    names = ("board", "axp2101")
    before = {name: sys.modules.pop(name, None) for name in names}
    path = ROOT + "/boards/" + folder
    sys.path.insert(0, path)
    try:
        return __import__("board").Board
    finally:
        sys.path.remove(path)
        for name in names:
            sys.modules.pop(name, None)
            if before[name] is not None:
                sys.modules[name] = before[name]
