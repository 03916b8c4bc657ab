"""A Raspberry Pi Pico and the modem at its UART, in one process and in the time of a world.

    pico = EmulatedPico(world, modem, firmware, filesystem)
    pico.power_on()
    pico.run(until=lambda: pico.has_said("delivered"), limit_s=120)
    pico.cut_power(); world.advance(10_000); pico.power_on()

The board's own clock is the world's: neither waits for the other, and a run can be repeated byte
for byte. `run` is for a program that does nothing else. In a loop of asyncio on the world's clock,
`VirtualLoop.pass_time_by` takes the board's `pass_time`: it runs whenever no task is ready. The
modem is on UART 1 (GP4, GP5), its power key on GP14, active high: `boards/pico`. The console is
the board's USB: what is printed before the host has found it, 0.2 s after the start, is lost.
Flash keeps what was written; `cut_at_flash_write` fails the power amid one write of it, and
`on_flash_write` is given what the flash would hold if it had failed there, for each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rp2040py.gpio_pin import GPIOPinState

from nce_sim.clock import TookTooLong, VirtualClock
from nce_sim.firmware.pico_chip import FLASH_BYTES, Chip, Pl011
from nce_sim.firmware.pico_core import executor
from nce_sim.wire.line import ModemLine
from nce_sim.world import World

UART, TX_PIN, RX_PIN = 1, 4, 5
POWER_KEY_PIN, LED_PIN = 14, 25
_UART_FUNCTION = 2  # of a pin (RP2040 datasheet, 2.19.2)
_NANOS_OF_A_MS = 1_000_000
_STANDARD_RATES = (9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600)
KEPT_LINES = 30
# Of the board's time, so that a loop around it hears of a signal or a limit meanwhile.
LONGEST_SLICE_MS = 100


class EmulatedPico:
    """One board with one modem; `world` runs on a virtual clock, and this board advances it.

    firmware: what is at the start of the flash. filesystem: what is at `filesystem_offset`; None
    leaves the flash erased, and the board makes one. fast_core: the compiled `thumb.c`: the
    same run in a tenth of the time.
    """

    def __init__(
        self,
        world: World,
        modem: ModemLine,
        firmware: bytes,
        filesystem: bytes | None = None,
        filesystem_offset: int = 0,
        fast_core: Path | None = None,
    ) -> None:
        if not isinstance(world.clock, VirtualClock):
            raise TypeError("an emulated Pico needs a world with a virtual clock")
        if filesystem is not None and not len(firmware) <= filesystem_offset < FLASH_BYTES:
            raise ValueError(
                f"the file system at {filesystem_offset:#x} is not between the firmware of "
                f"{len(firmware)} bytes and the end of the flash; give its offset"
            )
        self._clock = world.clock
        self._fast_core = fast_core
        self._random = world.random("pico")
        self.flash = bytearray(b"\xff" * FLASH_BYTES)
        self.flash[: len(firmware)] = firmware
        if filesystem is not None:
            self.flash[filesystem_offset : filesystem_offset + len(filesystem)] = filesystem
        self.lines: list[str] = []  # of the console, each with the world's milliseconds
        self.key_pulses: list[tuple[int, int]] = []  # pressed and released, in microseconds
        self.led_changes: list[tuple[int, bool]] = []
        self.flash_writes = 0
        self.restarts = 0  # by the watchdog, `machine.reset` and deep sleep
        self.instructions = 0  # by the fast core, until the last cut of the power
        self._lost_bytes = 0
        self.on_flash_write: Callable[[bytes], None] | None = None
        self.on_said: Callable[[bytes], None] = lambda data: None  # the console, as it comes
        self._chip: Chip | None = None
        self._key_pressed_at: int | None = None
        self._until: Callable[[], bool] = lambda: False
        self._is_done = False
        self.attach(modem)

    def attach(self, modem: ModemLine) -> None:
        """Put this modem in the place of the one before."""
        self._modem = modem
        self._rate_bps = 0
        modem.send_to_host = self._from_modem

    # -- power -----------------------------------------------------------------------------

    def power_on(self) -> None:
        """Connect the supply: the board boots from its flash in the next `run`."""
        if self._chip is not None:
            raise ValueError("the board is on; cut its power first")
        self._chip = chip = Chip(self._random)
        mcu = chip.rp2040
        self._executor = executor(mcu, self._fast_core)
        mcu.flash[:FLASH_BYTES] = bytes(self.flash)
        self._started_ms = self._clock.now_ms()
        self._text = bytearray()
        self._incoming = bytearray()
        self._rate_bps = 0
        clock = chip.simulator.clock
        self._incoming_alarm = clock.create_alarm(self._feed)
        self._world_alarm = clock.create_alarm(self._world_is_due)
        self._limit_alarm = clock.create_alarm(self._limit_passed)
        chip.console.on_serial_data = self._said
        self._line.on_byte = self._to_modem
        mcu.gpio[POWER_KEY_PIN].add_listener(self._key_changed)
        mcu.gpio[LED_PIN].add_listener(self._led_changed)
        mcu.watchdog.on_watchdog_trigger = self._restarted
        chip.flash.on_cut = self._stop
        chip.flash.on_half = self.on_flash_write

    def cut_power(self) -> None:
        """Take the supply away: only the flash keeps what it has."""
        chip = self._on()
        self._catch_up()
        self._key_to(False)
        self.flash[:] = bytes(chip.rp2040.flash[:FLASH_BYTES])
        self.instructions += self._executor.instructions
        self.flash_writes += chip.flash.written
        self._lost_bytes += self._line.lost_bytes
        self._chip = None

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._chip is not None

    def cut_at_flash_write(self, number: int, part: float = 0.5) -> None:
        """Fail the power amid the erase or program of that number from now on, 1 being the next.

        `part` of it is done. `run` ends then, and the board is off.
        """
        flash = self._on().flash
        flash.cut_at, flash.cut_part = flash.written + number, part

    # -- time ------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool], limit_s: float) -> bool:
        """Run until `until()` is true, which is asked after each line and each event of the world.

        False when the power was cut amid a write of the flash first. Raises TookTooLong, with the
        console's last lines, when `limit_s` of the world's time are over first.
        """
        if not self._run(until, limit_s * 1e9):
            return False
        if not self._is_done:
            last = "\n  ".join(self.lines[-KEPT_LINES:]) or "(nothing)"
            raise TookTooLong(f"not reached in {limit_s:g} s of virtual time; it said:\n  {last}")
        return True

    def run_for(self, seconds: float) -> bool:
        """Let time pass; False when the power was cut meanwhile."""
        end_ms = self._clock.now_ms() + int(seconds * 1000)
        self._clock.call_later(int(seconds * 1000), lambda: None)
        return self.run(lambda: self._clock.now_ms() >= end_ms, seconds + 1)

    def pass_time(self, due_ms: int | None) -> None:
        """Run to `due_ms` of the world's clock, for one slice or to the next event at most.

        An event is a line of the console, a byte to the modem, or what the world does. After a
        power cut amid a write of the flash, the time passes without the board.
        """
        if self._chip is None and due_ms is not None:
            self._clock.advance_to(due_ms)
            return
        self._on()
        most_ms = self._clock.now_ms() + LONGEST_SLICE_MS
        end_ms = most_ms if due_ms is None else min(due_ms, most_ms)
        nanos = (end_ms - self._started_ms) * _NANOS_OF_A_MS - self._nanos()
        self._run(lambda: True, max(nanos, 0.0))

    @property
    def cycles(self) -> int:
        """The cycles of the core since its last reset."""
        return int(self._on().rp2040.core.cycles)

    @property
    def lost_bytes(self) -> int:
        """How many bytes of the modem came while the UART's FIFO was full."""
        return self._lost_bytes + (self._line.lost_bytes if self._chip is not None else 0)

    @property
    def is_receiving(self) -> bool:
        """Whether bytes of the modem are still on the line."""
        return bool(self._incoming)

    def has_said(self, text: str) -> bool:
        """Whether a line of the console has this in it."""
        return any(text in line for line in self.lines)

    def type(self, text: str | bytes) -> None:
        """Give the console bytes, as from a keyboard."""
        self._on().console.type(text if isinstance(text, bytes) else text.encode())

    # -- inside ----------------------------------------------------------------------------

    def _on(self) -> Chip:
        if self._chip is None:
            raise ValueError("the board has no power: power_on() comes first")
        return self._chip

    @property
    def _line(self) -> Pl011:
        return self._on().uarts[UART]

    def _nanos(self) -> float:
        return float(self._on().simulator.clock.nanos)

    def _micros(self) -> int:
        return self._started_ms * 1000 + int(self._nanos() / 1000)

    def _run(self, until: Callable[[], bool], nanos: float) -> bool:
        """Run until `until()` is true, or for `nanos`; False when the power was cut first."""
        chip = self._on()
        simulator = chip.simulator
        self._until, self._is_done, self._is_overdue = until, False, False
        self._limit_alarm.schedule(nanos)
        self._arm()
        while not (self._is_done or self._is_overdue or chip.flash.is_cut):
            simulator.stopped = False
            self._executor.execute(simulator)
        self._limit_alarm.cancel()
        if chip.flash.is_cut:
            self.cut_power()
            return False
        self._catch_up()
        return True

    def _stop(self) -> None:
        self._on().simulator.stopped = True

    def _look(self) -> None:
        """Whether what the caller waits for is there."""
        if not self._is_done and self._until():
            self._is_done = True
            self._stop()

    def _limit_passed(self) -> None:
        self._is_overdue = True
        self._stop()

    def _catch_up(self) -> None:
        """Bring the world to the board's time."""
        self._clock.advance_to(self._started_ms + int(self._nanos() // _NANOS_OF_A_MS))

    def _arm(self) -> None:
        """Be called when the world has something to do."""
        due_ms = self._clock.next_due_ms()
        if due_ms is None:
            self._world_alarm.cancel()
            return
        at = (due_ms - self._started_ms) * _NANOS_OF_A_MS
        self._world_alarm.schedule(max(at - self._nanos(), 0.0))

    def _world_is_due(self) -> None:
        self._catch_up()
        self._arm()
        self._look()

    def _acted(self) -> None:
        """The world may have scheduled something else."""
        self._arm()
        self._look()

    # -- the line --------------------------------------------------------------------------

    def _to_modem(self, byte: int) -> None:
        """A byte has left the UART."""
        pins = self._on().rp2040.gpio
        if pins[TX_PIN].function_select != _UART_FUNCTION:
            return
        self._catch_up()
        self._tell_rate()
        self._modem.receive_from_host(bytes((byte,)))
        self._acted()

    def _tell_rate(self) -> None:
        """Tell the modem the rate of the line, where it can know it."""
        rate_bps = standard_rate(1e9 / self._line.bit_nanos)
        if rate_bps != self._rate_bps:
            self._rate_bps = rate_bps
            uart = getattr(self._modem, "uart", None)
            if uart is not None:
                uart.host_is_at(rate_bps)

    def _from_modem(self, data: bytes) -> None:
        if self._chip is None:
            return
        if not self._incoming:
            self._incoming_alarm.schedule(self._line.byte_nanos if self._is_line_open() else 0.0)
        self._incoming += data

    def _is_line_open(self) -> bool:
        is_wired = self._on().rp2040.gpio[RX_PIN].function_select == _UART_FUNCTION
        return is_wired and self._line.enabled and self._line.rx_enabled

    def _feed(self) -> None:
        """The next byte is on the line, at the rate that the firmware has set."""
        if not self._is_line_open():
            self._incoming.clear()  # nobody listens
            return
        self._line.feed_byte(self._incoming.pop(0))
        if self._incoming:
            self._incoming_alarm.schedule(self._line.byte_nanos)
        else:
            self._catch_up()
            self._acted()

    # -- pins and console ------------------------------------------------------------------

    def _key_changed(self, state: GPIOPinState, _before: GPIOPinState) -> None:
        self._key_to(state == GPIOPinState.HIGH)

    def _key_to(self, is_pressed: bool) -> None:
        at = self._micros()
        if is_pressed and self._key_pressed_at is None:
            self._key_pressed_at = at
            self._catch_up()
            self._modem.press_power_key()
        elif not is_pressed and self._key_pressed_at is not None:
            self.key_pulses.append((self._key_pressed_at, at))
            self._key_pressed_at = None
            self._catch_up()
            self._modem.release_power_key()
        else:
            return
        self._acted()

    def _led_changed(self, state: GPIOPinState, _before: GPIOPinState) -> None:
        self.led_changes.append((self._micros(), state == GPIOPinState.HIGH))

    def _said(self, data: bytes | bytearray) -> None:
        self.on_said(bytes(data))
        self._text += data
        *lines, self._text = self._text.split(b"\n")
        if lines:
            self._catch_up()
            at_ms = self._clock.now_ms()
            for line in lines:
                self.lines.append(f"{at_ms:>9} {line.decode(errors='replace').rstrip()}")
            self._acted()

    def _restarted(self) -> None:
        """The watchdog bit, or the firmware restarted itself."""
        self.restarts += 1
        chip = self._on()
        chip.rp2040.enter_reset(from_watchdog=True)
        chip.rp2040.leave_reset()


def standard_rate(rate_bps: float) -> int:
    """The usual rate that a UART means which divides its clock to this one."""
    for standard in _STANDARD_RATES:
        if abs(rate_bps - standard) <= standard * 0.02:
            return standard
    return round(rate_bps)
