"""The line that a port joins to its host: a simulated modem, or anything that behaves so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class ModemLine(Protocol):
    """A modem's UART and power key, seen from outside."""

    @property
    def send_to_host(self) -> Callable[[bytes], None]:
        """What takes the modem's bytes."""

    @send_to_host.setter
    def send_to_host(self, send: Callable[[bytes], None], /) -> None: ...

    def receive_from_host(self, data: bytes) -> None:
        """Take bytes from the host."""

    def press_power_key(self) -> None:
        """PWRKEY goes low."""

    def release_power_key(self) -> None:
        """PWRKEY goes high."""
