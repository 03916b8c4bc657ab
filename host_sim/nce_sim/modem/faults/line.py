"""Faults of the line itself: bytes lost, garbled, late, doubled, or put in between.

modem.faults.insert(b"\\r\\n+CTZV: +08\\r\\n", at_byte=7)
modem.faults.lose(3, at_byte=2)
modem.faults.echo_mode = EchoMode.DOUBLE
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.modem.power import Power

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

# Lines as real modems mangled them: quotes that do not match, fields that are missing.
MANGLED_LINES = ('+CREG: 2,1,"0B,"0100701",7', '+CREG: 2,1,"5E25', "+CME ERROR: ", "+CGPADDR: 1,")


class EchoMode(enum.Enum):
    """How what the host types comes back while the echo is on."""

    PLAIN = "once"
    DOUBLE = "twice"
    SPLIT = "byte by byte"
    LATE = "behind the answer"


class LineFaults:
    """What can happen to bytes between a modem and its host."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.echo_mode = EchoMode.PLAIN
        self._bytes_to_swallow = 0
        self._garbled_until_ms = self._stalled_until_ms = 0
        self._host_rate_is_assumed = False
        self._put_in: bytearray | None = None  # while an action of `at_byte` runs
        modem.uart.distort = self._distorted

    def swallow(self, count: int) -> None:
        """The next `count` bytes from the host are lost."""
        self._note("swallow", count=count)
        self._bytes_to_swallow += count

    def stall(self, duration_ms: int) -> None:
        """The modem takes no bytes for a while; a host that does not look at CTS loses them."""
        self._note("stall", duration_ms=duration_ms)
        self._stalled_until_ms = self._modem.clock.now_ms() + duration_ms

    def garble(self, duration_ms: int) -> None:
        """For a while both directions run at another rate than the host's."""
        self._note("garble", duration_ms=duration_ms)
        self._garbled_until_ms = self._modem.clock.now_ms() + duration_ms

    def set_rate(self, rate_bps: int) -> None:
        """The modem talks at this rate, as another owner left it: kept through power cycles.

        A host whose port tells no rate is taken to be at the one so far.
        """
        self._note("set_rate", rate_bps=rate_bps)
        uart = self._modem.uart
        if uart.host_rate_bps is None:
            uart.host_rate_bps = uart.rate_bps
            self._host_rate_is_assumed = True
        self._modem.nvm.rate_bps = rate_bps
        uart.set_rate(rate_bps)

    def late(self, duration_ms: int) -> None:
        """What the modem says from now on comes `duration_ms` late."""
        self._note("late", duration_ms=duration_ms)
        self._modem.uart.hold(duration_ms)

    def say(self, text: str, after_ms: int = 0) -> None:
        """A line that the host did not ask for, final result or URC, even inside an answer."""
        self._note("say", text=text)

        def speak() -> None:
            framed = self._modem.terminal.framed(text)
            if self._put_in is not None:
                self._put_in += framed
            else:
                self._modem.uart.write(framed)

        if after_ms:
            self._modem.later(after_ms, speak)
        else:
            speak()

    def insert(self, data: bytes, at_byte: int, *, splits_lines: bool = True) -> None:
        """Put `data` into the output behind its next `at_byte` bytes.

        Without `splits_lines` it waits for the end of what is written there, as a modem does.
        """
        self._note("insert", at_byte=at_byte, size=len(data))
        remaining = at_byte

        def put(rest: bytes) -> tuple[bytes, bool]:
            return data + rest, True

        def put_between(rest: bytes) -> tuple[bytes, bool]:
            nonlocal remaining
            if remaining <= 0:
                return data + rest, True
            remaining -= len(rest)
            return rest, False

        if splits_lines:
            self._tap(at_byte, put)
        else:
            self._tap(0, put_between)

    def lose(self, count: int, at_byte: int = 0) -> None:
        """Lose `count` bytes of the output behind its next `at_byte` bytes."""
        self._note("lose", count=count, at_byte=at_byte)
        remaining = count

        def cut(rest: bytes) -> tuple[bytes, bool]:
            nonlocal remaining
            kept = rest[remaining:]
            remaining -= len(rest) - len(kept)
            return kept, remaining == 0

        self._tap(at_byte, cut)

    def at_byte(self, at_byte: int, action: Callable[[], None]) -> None:
        """Do `action` when `at_byte` more bytes of output are out; the rest follows, if it can."""
        modem, taps = self._modem, self._modem.uart.taps
        position, is_due, held = 0, False, bytearray()

        def strike() -> None:
            # What the action puts in stands here; what the modem itself says, behind the rest.
            self._put_in = bytearray()
            action()
            put_in, self._put_in = self._put_in, None
            if tap in taps:
                taps.remove(tap)
            if modem.power is Power.ON:
                modem.uart.write(bytes(put_in + held))

        def tap(data: bytes) -> bytes:
            nonlocal position, is_due
            cut = max(0, at_byte - position)
            position += len(data)
            if position >= at_byte and not is_due:
                # Not from within a write: what the action says must not come before this.
                is_due = True
                modem.clock.call_later(0, strike)
            held.extend(data[cut:])
            return data[:cut]

        taps.append(tap)

    def mangle(self) -> None:
        """Lines come with quotes that do not match and fields that are missing."""
        for text in MANGLED_LINES:
            self.say(text)

    def clear_line(self) -> None:
        """The line is a good one again."""
        self.echo_mode = EchoMode.PLAIN
        self._bytes_to_swallow = 0
        self._garbled_until_ms = self._stalled_until_ms = 0
        if self._host_rate_is_assumed:
            self._host_rate_is_assumed = False
            uart = self._modem.uart
            self._modem.nvm.rate_bps = uart.host_rate_bps or 0
            uart.set_rate(uart.host_rate_bps or 0)
            uart.host_rate_bps = None
        self._modem.uart.chunker = None
        self._modem.uart.taps.clear()

    # -- asked by the modem ----------------------------------------------------------------

    def heard(self, data: bytes) -> bytes:
        """What arrives of the host's bytes."""
        if self._modem.clock.now_ms() < self._stalled_until_ms:
            return b""
        lost = min(self._bytes_to_swallow, len(data))
        self._bytes_to_swallow -= lost
        return self._distorted(data[lost:])

    def echo(self, data: bytes) -> None:
        """Echo what the host typed, as the echo fault has it."""
        write = self._modem.uart.write
        if self.echo_mode is EchoMode.DOUBLE:
            data += data
        if self.echo_mode is EchoMode.SPLIT:
            for byte in data:
                write(bytes((byte,)))
        elif self.echo_mode is EchoMode.LATE:
            self._modem.later(2 * self._modem.personality.answer_ms + 1, lambda: write(data))
        else:
            write(data)

    def _tap(self, at_byte: int, act: Callable[[bytes], tuple[bytes, bool]]) -> None:
        taps, position = self._modem.uart.taps, 0

        def tap(data: bytes) -> bytes:
            nonlocal position
            start = min(max(0, at_byte - position), len(data))
            position += len(data)
            if position < at_byte:
                return data
            rest, is_done = act(data[start:])
            if is_done:
                taps.remove(tap)
            return data[:start] + rest

        taps.append(tap)

    def _distorted(self, data: bytes) -> bytes:
        is_garbling = self._modem.clock.now_ms() < self._garbled_until_ms
        if not is_garbling and not self._modem.uart.is_at_another_rate:
            return data
        # Sampled at the wrong rate, bits run together; letters and returns never survive that.
        return bytes((byte * 29 + 0x80) & 0xFF | 0x80 for byte in data)

    def _note(self, fault: str, /, **fields: object) -> None:
        self._modem.note("fault", fault=fault, **fields)
