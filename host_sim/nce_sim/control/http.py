"""A typed client of `/_sim`, for tests of programs that meet a running world.

    with Control(url, token) as control:
        control.wait_ready()
        control.verb("coverage", state="off")
        control.time(advance_s=3_600)
        control.wait_for("uplink", size=5)      # a record of the journal, from now on

`AsyncControl` has the same methods as coroutines. `url` and `token` are in the first line that
`nce sim up --json` prints: `control["url"]`, `control["token"]`. Every wait has a bound, in
seconds of real time.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

_REQUEST_S = 60.0  # a jump over a year of events takes its time
_READY_S = 30.0
_WAIT_S = 10.0
_BETWEEN_S = 0.05  # of two looks
_PAGE = 1_000


class ControlFailed(RuntimeError):
    """The world refused, or did not answer; `status` is the answer's, None without one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TookTooLong(ControlFailed):
    """What was waited for did not happen in time."""


@dataclass(frozen=True)
class WorldTime:
    """The time of a world, and how much faster than real time it runs."""

    time: datetime
    speed: float


@dataclass(frozen=True)
class JournalRecord:
    """A record of a world's timeline."""

    number: int
    time: datetime
    source: str
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class JournalPage:
    """Some records, oldest first; `next` is the `after` of the next page."""

    items: tuple[JournalRecord, ...]
    next: int
    forgotten: int


class Control:
    """Control of one world; it never shows its token."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = url
        self._http = httpx.Client(
            verify=verify, transport=transport, headers=_headers(token), timeout=_REQUEST_S
        )

    def __repr__(self) -> str:
        return f"Control({self._url!r})"

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: object
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections; the world goes on."""
        self._http.close()

    def verb(self, verb: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a verb; ControlFailed says why there is none."""
        result: dict[str, Any] = self._ask("POST", f"/verbs/{verb}", json=arguments).json()
        return result

    def verbs(self) -> dict[str, str]:
        """What the world can be told: verbs and their summaries."""
        return {one["verb"]: one["summary"] for one in self._ask("GET", "/verbs").json()}

    def time(self, advance_s: float | None = None, speed: float | None = None) -> WorldTime:
        """The world's time; let it jump ahead, or run at another speed."""
        return _time(self.verb("time", advance_s=advance_s, speed=speed))

    def journal(
        self,
        kind: str | None = None,
        source: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> JournalPage:
        """Records that came after the record number `after`."""
        return _page(self._ask("GET", "/journal", params=_query(kind, source, after, limit)))

    def wait_for(
        self, kind: str, /, *, after: int | None = None, timeout_s: float = _WAIT_S, **fields: Any
    ) -> JournalRecord:
        """The next record of a kind with these fields; TookTooLong when there is none.

        It is one that comes from now on, or after the record number `after`.
        """
        end_s = time.monotonic() + timeout_s
        after = self._newest() if after is None else after
        while True:
            page = self.journal(kind, after=after, limit=_PAGE)
            found = _found(page, fields)
            if found is not None:
                return found
            after = page.next
            _check_time(end_s, timeout_s, kind, fields)
            time.sleep(_BETWEEN_S)

    def metrics(self) -> str:
        """Counters and gauges in Prometheus' text format."""
        return self._ask("GET", "/metrics").text

    def wait_ready(self, timeout_s: float = _READY_S) -> None:
        """Return once the world takes requests; TookTooLong when it does not."""
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                if self._http.get(self._url + "/ready", timeout=timeout_s).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it has not begun to listen
            _check_time(end_s, timeout_s, "ready", {})
            time.sleep(_BETWEEN_S)

    def _newest(self) -> int:
        page = self.journal(limit=_PAGE)
        # Each look is a record itself, so no page is empty.
        while len(page.items) == _PAGE:
            page = self.journal(after=page.next, limit=_PAGE)
        return page.next

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return _checked(self._http.request(method, self._url + path, **more))
        except httpx.TransportError as error:
            raise _no_answer(self._url, error) from error


class AsyncControl:
    """The same for asyncio."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            verify=verify, transport=transport, headers=_headers(token), timeout=_REQUEST_S
        )

    def __repr__(self) -> str:
        return f"AsyncControl({self._url!r})"

    async def __aenter__(self) -> AsyncControl:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections; the world goes on."""
        await self._http.aclose()

    async def verb(self, verb: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a verb; ControlFailed says why there is none."""
        answer = await self._ask("POST", f"/verbs/{verb}", json=arguments)
        result: dict[str, Any] = answer.json()
        return result

    async def verbs(self) -> dict[str, str]:
        """What the world can be told: verbs and their summaries."""
        return {one["verb"]: one["summary"] for one in (await self._ask("GET", "/verbs")).json()}

    async def time(self, advance_s: float | None = None, speed: float | None = None) -> WorldTime:
        """The world's time; let it jump ahead, or run at another speed."""
        return _time(await self.verb("time", advance_s=advance_s, speed=speed))

    async def journal(
        self,
        kind: str | None = None,
        source: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> JournalPage:
        """Records that came after the record number `after`."""
        params = _query(kind, source, after, limit)
        return _page(await self._ask("GET", "/journal", params=params))

    async def wait_for(
        self, kind: str, /, *, after: int | None = None, timeout_s: float = _WAIT_S, **fields: Any
    ) -> JournalRecord:
        """The next record of a kind with these fields; TookTooLong when there is none.

        It is one that comes from now on, or after the record number `after`.
        """
        end_s = time.monotonic() + timeout_s
        after = await self._newest() if after is None else after
        while True:
            page = await self.journal(kind, after=after, limit=_PAGE)
            found = _found(page, fields)
            if found is not None:
                return found
            after = page.next
            _check_time(end_s, timeout_s, kind, fields)
            await asyncio.sleep(_BETWEEN_S)

    async def metrics(self) -> str:
        """Counters and gauges in Prometheus' text format."""
        return (await self._ask("GET", "/metrics")).text

    async def wait_ready(self, timeout_s: float = _READY_S) -> None:
        """Return once the world takes requests; TookTooLong when it does not."""
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                answer = await self._http.get(self._url + "/ready", timeout=timeout_s)
                if answer.status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it has not begun to listen
            _check_time(end_s, timeout_s, "ready", {})
            await asyncio.sleep(_BETWEEN_S)

    async def _newest(self) -> int:
        page = await self.journal(limit=_PAGE)
        # Each look is a record itself, so no page is empty.
        while len(page.items) == _PAGE:
            page = await self.journal(after=page.next, limit=_PAGE)
        return page.next

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return _checked(await self._http.request(method, self._url + path, **more))
        except httpx.TransportError as error:
            raise _no_answer(self._url, error) from error


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _query(kind: str | None, source: str | None, after: int, limit: int) -> dict[str, str | int]:
    query: dict[str, str | int] = {"after": after, "limit": limit}
    query.update({name: v for name, v in (("kind", kind), ("source", source)) if v is not None})
    return query


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text[:200]
    raise ControlFailed(f"{answer.status_code}: {message}", answer.status_code)


def _no_answer(url: str, error: httpx.TransportError) -> ControlFailed:
    return ControlFailed(
        f"no world answers at {url} ({type(error).__name__}: {error}); "
        "`nce sim up` prints where it is"
    )


def _time(result: Mapping[str, Any]) -> WorldTime:
    return WorldTime(datetime.fromisoformat(result["time"]), result["speed"])


def _page(answer: httpx.Response) -> JournalPage:
    said = answer.json()
    items = (
        JournalRecord(
            one["number"],
            datetime.fromisoformat(one["time"]),
            one["source"],
            one["kind"],
            one["fields"],
        )
        for one in said["items"]
    )
    return JournalPage(tuple(items), said["next"], said["forgotten"])


def _found(page: JournalPage, fields: Mapping[str, Any]) -> JournalRecord | None:
    for record in page.items:
        if all(record.fields.get(name) == value for name, value in fields.items()):
            return record
    return None


def _check_time(end_s: float, timeout_s: float, kind: str, fields: Mapping[str, Any]) -> None:
    if time.monotonic() >= end_s:
        shown = "".join(f" {name}={value!r}" for name, value in fields.items())
        raise TookTooLong(f"there was no {kind}{shown} within {timeout_s:g} s")
