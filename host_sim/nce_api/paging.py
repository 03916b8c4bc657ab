"""A list's pages, one call after the other, as far as somebody reads."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import httpx

from nce_api.answers import read
from nce_api.calls import Call, Pages, Value
from nce_api.errors import ListTooLong, UnexpectedAnswer
from nce_api.operations import Operation, Paging

T = TypeVar("T")

# What is asked for where nothing is said: the documents' defaults are 10, and 1 for support.
_SIZE = 100


class Pager(Generic[T]):
    """What is asked next, and what came.

    while (call := pager.next_call()) is not None:
        answer, attempts = ...                 # of `Exchange.answer`
        yield from pager.take(answer, attempts)
    """

    def __init__(self, operation: Operation, asked: Pages[T]) -> None:
        if operation.paging is None:
            raise ValueError("%s is not a list" % operation.name)
        self._operation = operation
        self._paging: Paging = operation.paging
        self._asked = asked
        self._query = dict(asked.query)
        self._page = 1
        self._ended = False
        self._size = self._page_size()

    def _page_size(self) -> int | None:
        """How many items a full page has; asked for, as many as allowed up to `_SIZE`."""
        name = self._paging.size
        for query in self._operation.query:
            if query.name == name and isinstance(query.default, int):
                if self._query.get(name) is None and query.maximum is not None:
                    self._query[name] = min(query.maximum, _SIZE)
                chosen = self._query.get(name)
                return chosen if isinstance(chosen, int) else query.default
        return None

    def next_call(self) -> Call[Any] | None:
        """The call for the next page; none after the last."""
        if self._ended:
            return None
        if self._beyond():
            raise ListTooLong(
                self._operation.name,
                "the list has more than the %d pages shown" % (self._page - 1),
            )
        query: dict[str, Value] = dict(self._query)
        if self._paging.page:
            query[self._paging.page] = self._page
        return Call(*self._asked.path, body=self._asked.body, query=query)

    def take(self, answer: httpx.Response, attempts: int) -> Iterable[T]:
        """The items of the page that came; the next page is then known, or that there is none."""
        body = read(self._operation, answer, attempts)
        found = body if self._paging.items is None else getattr(body, self._paging.items, None)
        items: list[T] = found or []
        if self._paging.token:
            self._follow(body.nextToken, answer, attempts)
        elif self._paging.page:
            self._turn(body, answer, len(items))
        else:
            self._ended = True
        return items

    def _follow(self, token: str | None, answer: httpx.Response, attempts: int) -> None:
        name = self._paging.token or ""
        if token and token == self._query.get(name):
            raise UnexpectedAnswer(
                self._operation.name,
                "the next page has the token of this one",
                status=answer.status_code,
                attempts=attempts,
            )
        self._query[name] = token
        self._ended = not token

    def _turn(self, body: Any, answer: httpx.Response, count: int) -> None:
        pages = getattr(body, self._paging.pages, None) if self._paging.pages else None
        if pages is None:
            header = answer.headers.get("X-Total-Pages", "")
            pages = int(header) if header.isdecimal() else None
        if pages is None:
            # Nobody says how many there are: a page that is not full is the last.
            self._ended = count < (self._size or 1)
        else:
            self._ended = self._page >= pages
        self._page += 1

    def _beyond(self) -> bool:
        """Whether the next page is one that 1NCE does not show; 1NCE OS shows 50."""
        for query in self._operation.query:
            if query.name == self._paging.page and query.maximum is not None:
                return self._page > query.maximum
        return False
