"""Faults of the line itself: bytes lost, garbled, late, doubled, or put in between.

modem.faults.insert(b"\\r\\n+CTZV: +08\\r\\n", at_byte=7)
modem.faults.lose(3, at_byte=2)
modem.faults.echo_mode = "double"           # "plain", "split" or "late"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

# Lines as real modems mangled them: quotes that do not match, fields that are missing.
MANGLED_LINES = ('+CREG: 2,1,"0B,"0100701",7', '+CREG: 2,1,"5E25', "+CME ERROR: ", "+CGPADDR: 1,")


class LineFaults:
    """What can happen to bytes between a modem and its host."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.echo_mode = "plain"
        self._bytes_to_swallow = 0
        self._is_garbling = False

    def swallow(self, count: int) -> None:
        """The next `count` bytes from the host are lost."""
        self._note("swallow", count=count)
        self._bytes_to_swallow += count

    def garble(self, duration_ms: int) -> None:
        """Both directions run at another rate than the host's: neither understands the other."""
        self._note("garble", duration_ms=duration_ms)
        if self._is_garbling:
            return
        self._is_garbling = True
        uart = self._modem.uart
        uart.taps.append(self._gibberish)

        def end() -> None:
            if self._is_garbling:
                self._is_garbling = False
                uart.taps.remove(self._gibberish)

        self._modem.clock.call_later(duration_ms, end)

    def late(self, duration_ms: int) -> None:
        """What the modem says from now on comes `duration_ms` late."""
        self._note("late", duration_ms=duration_ms)
        self._modem.uart.hold(duration_ms)

    def say(self, text: str, after_ms: int = 0) -> None:
        """A line nobody asked for, final result or URC, even amid an answer."""
        self._note("say", text=text)

        def speak() -> None:
            self._modem.uart.write(self._modem.terminal.framed(text))

        if after_ms:
            self._modem.later(after_ms, speak)
        else:
            speak()

    def insert(self, data: bytes, at_byte: int) -> None:
        """Put `data` into the output behind its next `at_byte` bytes."""
        self._note("insert", at_byte=at_byte, size=len(data))
        self._tap(at_byte, lambda rest: (data + rest, True))

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
        """Do `action` when `at_byte` more bytes of output are out."""

        def act(rest: bytes) -> tuple[bytes, bool]:
            # What the write had left goes out behind the action, unless that ended the modem.
            self._modem.clock.call_later(0, action)
            return rest, True

        self._tap(at_byte, act)

    def mangle(self) -> None:
        """Lines come with quotes that do not match and fields that are missing."""
        for text in MANGLED_LINES:
            self.say(text)

    def clear_line(self) -> None:
        """The line is a good one again."""
        self.echo_mode = "plain"
        self._bytes_to_swallow = 0
        self._is_garbling = False
        self._modem.uart.chunker = None
        self._modem.uart.taps.clear()

    # -- asked by the modem ----------------------------------------------------------------

    def heard(self, data: bytes) -> bytes:
        """What arrives of the host's bytes."""
        lost = min(self._bytes_to_swallow, len(data))
        self._bytes_to_swallow -= lost
        data = data[lost:]
        return self._gibberish(data) if self._is_garbling else data

    def echo(self, data: bytes) -> None:
        """Echo what the host typed, as the echo fault has it."""
        write = self._modem.uart.write
        if self.echo_mode == "double":
            data += data
        if self.echo_mode == "split":
            for byte in data:
                write(bytes((byte,)))
        elif self.echo_mode == "late":
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

    @staticmethod
    def _gibberish(data: bytes) -> bytes:
        # Sampled at the wrong rate, bits run together; letters and returns never survive that.
        return bytes((byte * 29 + 0x80) & 0xFF | 0x80 for byte in data)

    def _note(self, fault: str, /, **fields: object) -> None:
        self._modem.note("fault", fault=fault, **fields)
