"""What the host sends behind a prompt: by count, up to a terminator, or up to Ctrl-Z or ESC.

payload = bytearray()
end, taken, outcome = take(prompt, payload, data, position=0)
"""

from __future__ import annotations

import enum

from nce_sim.modem.line.steps import Prompt

CTRL_Z, ESCAPE = 0x1A, 0x1B
MOST_PAYLOAD = 16_384  # of a payload that ends by a character, not by count


class Outcome(enum.Enum):
    """How far a payload is."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


def take(
    prompt: Prompt, payload: bytearray, data: bytes, position: int
) -> tuple[int, bytes, Outcome]:
    """Move what belongs to `payload` out of `data`.

    Returns where it ended, the bytes to echo, and how far the payload is.
    """
    if prompt.length is not None:
        return _by_count(prompt.length, payload, data, position)
    if prompt.end is not None:
        return _by_terminator(prompt.end, payload, data, position)
    return _by_control(payload, data, position)


def _by_count(
    length: int, payload: bytearray, data: bytes, position: int
) -> tuple[int, bytes, Outcome]:
    end = min(len(data), position + length - len(payload))
    payload += data[position:end]
    is_complete = len(payload) == length
    return end, data[position:end], Outcome.COMPLETE if is_complete else Outcome.INCOMPLETE


def _by_terminator(
    terminator: bytes, payload: bytearray, data: bytes, position: int
) -> tuple[int, bytes, Outcome]:
    before = len(payload)
    payload += data[position:]
    found = payload.find(terminator, max(0, before - len(terminator) + 1))
    if found < 0:
        del payload[MOST_PAYLOAD:]
        return len(data), data[position:], Outcome.INCOMPLETE
    del payload[found:]
    end = found + len(terminator) - before + position
    return end, data[position:end], Outcome.COMPLETE


def _by_control(payload: bytearray, data: bytes, position: int) -> tuple[int, bytes, Outcome]:
    ends = [i for i in range(position, len(data)) if data[i] in (CTRL_Z, ESCAPE)]
    taken = data[position : ends[0]] if ends else data[position:]
    payload += taken
    del payload[MOST_PAYLOAD:]
    if not ends:
        return len(data), taken, Outcome.INCOMPLETE
    is_cancelled = data[ends[0]] == ESCAPE
    return ends[0] + 1, taken, Outcome.CANCELLED if is_cancelled else Outcome.COMPLETE
