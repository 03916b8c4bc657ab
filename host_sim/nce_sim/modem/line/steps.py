"""What a running command may wait for.

A command is a generator that yields these and returns its final result; None is OK.

    payload = yield Prompt(5)       # `\\r\\n> `, then exactly five bytes
    yield Pause(20)                 # milliseconds
    return "SEND OK"
"""

from __future__ import annotations

import enum
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

PROMPT = b"\r\n> "  # TS 27.005, 3.5.1


@dataclass(frozen=True)
class Pause:
    """Wait; a byte from the host ends an abortable command (V.250, 5.6.1)."""

    duration_ms: int
    abortable: bool = False


@dataclass(frozen=True)
class Prompt:
    """Ask for `length` bytes, or for bytes up to Ctrl-Z (None: cancelled by ESC).

    `text` is what the host sees; `end` takes the place of Ctrl-Z and ESC; `line_text` answers
    every CR of a text (TS 27.005, 3.5.1); what comes within `guard_ms` is lost. In data mode the
    line carries nothing else. With `silence_ms` the command gets `Unended` bytes when none has
    come for so long, and a beginning of `end` among them is none.
    """

    length: int | None
    echo: bool = False
    text: bytes = PROMPT
    end: bytes | None = None
    line_text: bytes = b""
    guard_ms: int = 0
    silence_ms: int = 0
    is_data_mode: bool = False


class Unended(bytes):
    """A payload that a silence cut: its end has not come."""


@dataclass(frozen=True)
class Hear:
    """Take the host's bytes as they come: online; none after `limit_ms` without one."""

    limit_ms: int


class Point(enum.StrEnum):
    """Where in a command a fault can be set."""

    RECEIVED = "received"  # nothing is done yet
    PROMPT = "prompt"  # the payload is asked for
    AFTER_PAYLOAD = "after_payload"  # the payload is here and has not left
    BEFORE_FINAL = "before_final"  # all is done and the host was not told
    AFTER_FINAL = "after_final"


@dataclass(frozen=True)
class Passing:
    """A command reached one of its points."""

    point: Point


Step = Pause | Prompt | Hear | Passing
Steps = Generator[Step, Any, str | None]
