"""A certificate and its key, as PEM."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pair:
    """The key never shows in `repr`."""

    certificate: str
    private_key: str = field(repr=False)
