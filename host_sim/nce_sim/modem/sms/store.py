"""Where a modem keeps its messages: numbered places in a few memories.

3GPP TS 27.005, 2.3 and 3.2.3. Messages outlive a power cycle.

    store = SmsStore((("ME", 25), ("SM", 20)), {"MT": "ME"})
    index = store.add("ME", Message(UNREAD, tpdu))      # None when the memory is full
    store.memory("ME")[index].tpdu
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNREAD, READ, UNSENT, SENT, ALL = range(5)  # <stat> of PDU mode
STATUS_TEXTS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")


@dataclass
class Message:
    """One stored message, as a TPDU with the service centre it came through or goes to."""

    status: int
    tpdu: bytes = field(repr=False)
    smsc: str = ""


class SmsStore:
    """All memories of one modem."""

    def __init__(
        self, capacities: tuple[tuple[str, int], ...], other_names: Mapping[str, str]
    ) -> None:
        self.capacities = dict(capacities)
        self._memories: dict[str, dict[int, Message]] = {name: {} for name in self.capacities}
        for other, name in other_names.items():
            self.capacities[other] = self.capacities[name]
            self._memories[other] = self._memories[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the memories."""
        return tuple(self.capacities)

    def memory(self, name: str) -> dict[int, Message]:
        """The messages of a memory by index; changes of it are changes of the store."""
        return self._memories[name]

    def add(self, name: str, message: Message) -> int | None:
        """Keep a message at the lowest free index; None when the memory is full."""
        memory = self._memories[name]
        for index in range(self.capacities[name]):
            if index not in memory:
                memory[index] = message
                return index
        return None

    def usage(self, name: str) -> str:
        """`used,total`, as `AT+CPMS` shows it."""
        return f"{len(self._memories[name])},{self.capacities[name]}"
