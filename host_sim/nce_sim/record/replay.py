"""A recorded AT session: a host gets the answers that the modem gave.

A session is lines of JSON, in order; `tx` is what the host sent, `rx` what the modem sent:

    {"at_ms": 0, "direction": "tx", "hex": "41540d"}
    {"at_ms": 12, "direction": "rx", "hex": "0d0a4f4b0d0a"}

    from nce_sim.ports.pty import PtyPort

    replay = Replay(read_session(Path("session.jsonl").read_text()), clock)
    port = PtyPort(replay)                  # or any other port
    replay.deviation                        # None, or where the host did something else

What the modem said comes as long after the host's bytes before it as it did then. A host that
does something else than the recorded one is not answered any more. In a masked session asterisks
stand for secrets: at such a place a host may send any byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from nce_sim.clock import Clock, Handle
from nce_sim.wire.line import ModemLine

MASKED = ord("*")


class SessionMistake(ValueError):
    """A line is not an entry of a recorded session; the message says which."""


@dataclass(frozen=True)
class Entry:
    """Some bytes of a session, and when they went."""

    at_ms: int
    direction: Literal["tx", "rx"]
    data: bytes


@dataclass(frozen=True)
class Deviation:
    """Where a host left the recorded path."""

    entry: int
    expected: bytes
    received: bytes

    def __str__(self) -> str:
        return f"entry {self.entry}: expected {self.expected!r}, the host sent {self.received!r}"


def read_session(text: str) -> list[Entry]:
    """The entries of a session; SessionMistake for a line that is not one."""
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            entry = Entry(int(fields["at_ms"]), fields["direction"], bytes.fromhex(fields["hex"]))
        except (ValueError, KeyError, TypeError) as error:
            raise SessionMistake(f"line {number} is no session entry: {error!r}") from error
        if entry.direction not in ("tx", "rx"):
            raise SessionMistake(f"line {number}: direction {entry.direction!r} is not tx or rx")
        if entries and entry.at_ms < entries[-1].at_ms:
            raise SessionMistake(f"line {number} is earlier than the one before it")
        entries.append(entry)
    return entries


def write_session(entries: Iterable[Entry]) -> str:
    """The text of a session."""
    return "".join(
        json.dumps({"at_ms": entry.at_ms, "direction": entry.direction, "hex": entry.data.hex()})
        + "\n"
        for entry in entries
    )


def _to_nobody(data: bytes) -> None:
    """Output of a session without a host."""


def _nothing() -> None:
    """Nobody waits for the end of a session."""


def _is_as_recorded(received: bytearray, expected: bytes) -> bool:
    """Whether bytes are those of the session, whose asterisks stand for any byte."""
    pairs = zip(received, expected, strict=True)
    return all(wanted in (byte, MASKED) for byte, wanted in pairs)


class Replay:
    """A modem that only knows one session; see the module."""

    def __init__(self, entries: list[Entry], clock: Clock) -> None:
        self.send_to_host: Callable[[bytes], None] = _to_nobody
        self.deviation: Deviation | None = None
        self.on_end: Callable[[], None] = _nothing  # all was said, or the host left the path
        self._entries = entries
        self._clock = clock
        self._position = 0
        self._received = bytearray()
        self._anchor_ms = clock.now_ms()  # when the latest event happened, here …
        self._anchor_then_ms = entries[0].at_ms if entries else 0  # … and in the session
        self._booking: Handle | None = None
        self._proceed()

    @property
    def is_over(self) -> bool:
        """Whether everything was said."""
        return self._position >= len(self._entries)

    def receive_from_host(self, data: bytes) -> None:
        """Compare with what the recorded host sent; go on when it is all there."""
        if self.deviation is not None:
            return
        self._received += data
        self._match()

    def press_power_key(self) -> None:
        """A session has no power key."""

    def release_power_key(self) -> None:
        """A session has no power key."""

    def _match(self) -> None:
        while self._received and self.deviation is None:
            position = self._next_sent()
            if position is None:
                self._deviate(len(self._entries), b"")
                return
            expected = self._entries[position].data
            common = min(len(expected), len(self._received))
            if not _is_as_recorded(self._received[:common], expected[:common]):
                self._deviate(position, expected)
                return
            if position != self._position or common < len(expected):
                return  # the modem speaks first, or bytes are missing
            del self._received[:common]
            self._passed(self._clock.now_ms())
            self._proceed()

    def _next_sent(self) -> int | None:
        for position in range(self._position, len(self._entries)):
            if self._entries[position].direction == "tx":
                return position
        return None

    def _deviate(self, position: int, expected: bytes) -> None:
        self.deviation = Deviation(position, expected, bytes(self._received))
        if self._booking is not None:
            self._booking.cancel()
        self.on_end()

    def _passed(self, now_ms: int) -> None:
        self._anchor_ms = now_ms
        self._anchor_then_ms = self._entries[self._position].at_ms
        self._position += 1
        if self.is_over:
            self._clock.call_later(0, self.on_end)

    def _proceed(self) -> None:
        if self.is_over or self._entries[self._position].direction == "tx":
            return
        due_ms = self._anchor_ms + self._entries[self._position].at_ms - self._anchor_then_ms
        delay_ms = max(0, due_ms - self._clock.now_ms())
        self._booking = self._clock.call_later(delay_ms, self._speak)

    def _speak(self) -> None:
        self._booking = None
        data = self._entries[self._position].data
        self._passed(self._clock.now_ms())
        self.send_to_host(data)
        self._proceed()
        self._match()


class Recorder:
    """Keeps the session of a line it is put between: `recorder = Recorder(modem, clock)`."""

    def __init__(self, modem: ModemLine, clock: Clock) -> None:
        self.entries: list[Entry] = []
        self.send_to_host: Callable[[bytes], None] = _to_nobody
        self._modem, self._clock = modem, clock
        modem.send_to_host = self._from_modem

    def receive_from_host(self, data: bytes) -> None:
        """Note and hand on."""
        self.entries.append(Entry(self._clock.now_ms(), "tx", data))
        self._modem.receive_from_host(data)

    def _from_modem(self, data: bytes) -> None:
        self.entries.append(Entry(self._clock.now_ms(), "rx", data))
        self.send_to_host(data)

    def press_power_key(self) -> None:
        """Hand on."""
        self._modem.press_power_key()

    def release_power_key(self) -> None:
        """Hand on."""
        self._modem.release_power_key()
