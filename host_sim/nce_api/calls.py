"""What a method of the client asks for: a call with one answer, or a list page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

Value = str | int | float | bool | list[str] | None
"""A value of a query parameter; one that is `None` is left out."""


@dataclass(frozen=True)
class _Asked(Generic[T]):
    path: tuple[str | int, ...]
    body: object
    query: Mapping[str, Value]

    def __init__(
        self, *path: str | int, body: object = None, query: Mapping[str, Value] | None = None
    ) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "query", dict(query or {}))


class Call(_Asked[T]):
    """One call; `T` is what it answers."""


class Pages(_Asked[T]):
    """A list that is read page by page; `T` is one item."""


@dataclass(frozen=True)
class OnePage(Generic[T]):
    """One page of a list; `total` counts the items of all pages, where the answer tells it.

    `pages` counts the pages, where the body tells it.
    """

    items: list[T]
    total: int | None
    pages: int | None = None


@dataclass(frozen=True)
class Created:
    """What a call made: its address in 1NCE's API, where the answer names one."""

    location: str | None

    @property
    def number(self) -> str | None:
        """The address's last part, such as an order's number."""
        return self.location.rstrip("/").rpartition("/")[2] if self.location else None
