"""The input and output of the two clients: the same steps, once blocking, once awaited."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import httpx

from nce_api.calls import Call, OnePage, Pages
from nce_api.errors import NotSendable
from nce_api.exchange import Exchange, Send, Steps
from nce_api.operations import Operation
from nce_api.paging import Pager
from nce_api.requests import Request

T = TypeVar("T")


class Blocking:
    """Runs the steps in the thread that calls."""

    def __init__(self, exchange: Exchange, http: httpx.Client, base_url: str) -> None:
        self.exchange = exchange
        self.http = http
        self._base_url = base_url

    def call(self, operation: Operation, asked: Call[T]) -> T:
        """The answer of one call."""
        return self._run(self.exchange.call(operation, asked))

    def page(self, operation: Operation, asked: Pages[T]) -> OnePage[T]:
        """One page of a list."""
        return self._run(self.exchange.page(operation, asked))

    def pages(self, operation: Operation, asked: Pages[T]) -> Iterator[T]:
        """The items of a list; a page is asked for when it is reached."""
        pager = Pager(operation, asked)
        while (call := pager.next_call()) is not None:
            yield from pager.take(*self._run(self.exchange.answer(operation, call)))

    def _run(self, steps: Steps[T]) -> T:
        answer: httpx.Response | None = None
        error: httpx.RequestError | None = None
        while True:
            try:
                step = steps.throw(error) if error else steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = error = None
            if isinstance(step, Send):
                try:
                    answer = self.http.send(_built(self.http, self._base_url, step.request))
                except httpx.RequestError as raised:
                    error = raised
            else:
                time.sleep(step.seconds)


class Awaited:
    """Runs the steps in asyncio's loop."""

    def __init__(self, exchange: Exchange, http: httpx.AsyncClient, base_url: str) -> None:
        self.exchange = exchange
        self.http = http
        self._base_url = base_url

    async def call(self, operation: Operation, asked: Call[T]) -> T:
        """The answer of one call."""
        return await self._run(self.exchange.call(operation, asked))

    async def page(self, operation: Operation, asked: Pages[T]) -> OnePage[T]:
        """One page of a list."""
        return await self._run(self.exchange.page(operation, asked))

    async def pages(self, operation: Operation, asked: Pages[T]) -> AsyncIterator[T]:
        """The items of a list; a page is asked for when it is reached."""
        pager = Pager(operation, asked)
        while (call := pager.next_call()) is not None:
            for item in pager.take(*await self._run(self.exchange.answer(operation, call))):
                yield item

    async def _run(self, steps: Steps[T]) -> T:
        answer: httpx.Response | None = None
        error: httpx.RequestError | None = None
        while True:
            try:
                step = steps.throw(error) if error else steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = error = None
            if isinstance(step, Send):
                try:
                    answer = await self.http.send(_built(self.http, self._base_url, step.request))
                except httpx.RequestError as raised:
                    error = raised
            else:
                await asyncio.sleep(step.seconds)


def _built(
    http: httpx.Client | httpx.AsyncClient, base_url: str, request: Request
) -> httpx.Request:
    try:
        return http.build_request(
            request.method,
            base_url + request.path,
            params=dict(request.query) or None,
            content=request.body,
            headers=dict(request.headers),
        )
    except httpx.InvalidURL as error:
        raise NotSendable("no address can have these values: %s" % error) from error
