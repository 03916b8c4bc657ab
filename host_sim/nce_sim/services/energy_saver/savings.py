"""What the Energy Saver saves: bytes and energy, by the formula that 1NCE publishes.

    saved_percent(json_bytes=42, payload_bytes=16)        # 0.36
    Savings.between(Sums(10, 420, 160), Sums(8, 336, 128)).bytes_saved   # Figure(260, 52)

A message of x bytes costs 0.013 x + 94.084 mWh (1NCE: Energy Saved Calculation).
"""

from __future__ import annotations

from dataclasses import dataclass

_MWH_PER_BYTE = 0.013
_MWH_PER_MESSAGE = 94.084


def saved_percent(json_bytes: int, payload_bytes: int) -> float:
    """The energy that a payload saves over the JSON it stands for, in percent of the latter."""
    saved = _MWH_PER_BYTE * (json_bytes - payload_bytes)
    return round(100 * saved / (_MWH_PER_BYTE * json_bytes + _MWH_PER_MESSAGE), 2)


@dataclass(frozen=True)
class Sums:
    """Translated messages, the bytes of their JSON, and the bytes that were sent."""

    messages: int
    json_bytes: int
    payload_bytes: int

    @property
    def bytes_saved(self) -> int:
        return self.json_bytes - self.payload_bytes

    @property
    def average_saved(self) -> float:
        return round(self.bytes_saved / self.messages, 2) if self.messages else 0


@dataclass(frozen=True)
class Figure:
    """A figure of a time frame, and its difference to the time frame before."""

    value: float
    delta: float


@dataclass(frozen=True)
class Savings:
    """The three figures of the savings API."""

    messages: Figure
    average_saved: Figure
    bytes_saved: Figure

    @classmethod
    def between(cls, now: Sums, before: Sums) -> Savings:
        """The figures of `now`, compared with `before`."""
        average_delta = round(now.average_saved - before.average_saved, 2)
        return cls(
            Figure(now.messages, now.messages - before.messages),
            Figure(now.average_saved, average_delta),
            Figure(now.bytes_saved, now.bytes_saved - before.bytes_saved),
        )
