"""Pages as the groups of operations cut them.

page = Page(number=2, size=10)
headers = page.headers(total=35, count=10)       # X-Total-Pages: 4 ...
"""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """One page of a list: numbers count from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many items come before it."""
        return (self.number - 1) * self.size

    def amount(self, total: int) -> int:
        """How many pages `total` items fill."""
        return -(-total // self.size)

    def headers(self, total: int, count: int) -> dict[str, str]:
        """The headers of the SIM and order groups; `count` items are on this page."""
        return {
            "X-Count-Per-Page": str(count),
            "X-Current-Page": str(self.number),
            "X-Total-Count": str(total),
            "X-Total-Pages": str(self.amount(total)),
        }
