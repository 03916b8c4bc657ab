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
from types import TracebackType
from typing import Any

import httpx

from nce_sim.control.answers import (
    ControlFailed,
    JournalPage,
    JournalRecord,
    TookTooLong,
    WorldMap,
    WorldTime,
    check_time,
    checked,
    found,
    headers,
    map_of,
    no_answer,
    page_of,
    query,
    time_of,
)

_REQUEST_S = 60.0  # a jump over a year of events takes its time
_READY_S = 30.0
_WAIT_S = 10.0
_BETWEEN_S = 0.05  # of two looks
_PAGE = 1_000

__all__ = [
    "AsyncControl",
    "Control",
    "ControlFailed",
    "JournalPage",
    "JournalRecord",
    "TookTooLong",
    "WorldMap",
    "WorldTime",
]


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
            verify=verify, transport=transport, headers=headers(token), timeout=_REQUEST_S
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

    def map(self) -> WorldMap:
        """Where cells and devices are, and the time."""
        return map_of(self.verb("map"))

    def choices(self, verb: str, parameter: str) -> list[str]:
        """What a parameter of a verb takes, where it is one of some texts."""
        for one in self._ask("GET", "/verbs").json():
            if one["verb"] == verb:
                return list(one.get("choices", {}).get(parameter, ()))
        return []

    def time(self, advance_s: float | None = None, speed: float | None = None) -> WorldTime:
        """The world's time; let it jump ahead, or run at another speed."""
        return time_of(self.verb("time", advance_s=advance_s, speed=speed))

    def journal(
        self,
        kind: str | None = None,
        source: str | None = None,
        after: int = 0,
        limit: int = 100,
        *,
        wait_ms: int = 0,
        newest: bool = False,
    ) -> JournalPage:
        """Records that came after the record number `after`, or the newest ones.

        `kind` and `source` take several names with commas between them. Where there is no record,
        the answer waits up to 25,000 ms for one.
        """
        params = query(kind, source, after, limit, wait_ms=wait_ms, newest=newest)
        return page_of(self._ask("GET", "/journal", params=params))

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
            record = found(page, fields)
            if record is not None:
                return record
            after = page.next
            check_time(end_s, timeout_s, kind, fields)
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
            check_time(end_s, timeout_s, "ready", {})
            time.sleep(_BETWEEN_S)

    def _newest(self) -> int:
        page = self.journal(newest=True, limit=1)
        return page.next

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return checked(self._http.request(method, self._url + path, **more))
        except httpx.TransportError as error:
            raise no_answer(self._url, error) from error


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
            verify=verify, transport=transport, headers=headers(token), timeout=_REQUEST_S
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

    async def map(self) -> WorldMap:
        """Where cells and devices are, and the time."""
        return map_of(await self.verb("map"))

    async def choices(self, verb: str, parameter: str) -> list[str]:
        """What a parameter of a verb takes, where it is one of some texts."""
        for one in (await self._ask("GET", "/verbs")).json():
            if one["verb"] == verb:
                return list(one.get("choices", {}).get(parameter, ()))
        return []

    async def time(self, advance_s: float | None = None, speed: float | None = None) -> WorldTime:
        """The world's time; let it jump ahead, or run at another speed."""
        return time_of(await self.verb("time", advance_s=advance_s, speed=speed))

    async def journal(
        self,
        kind: str | None = None,
        source: str | None = None,
        after: int = 0,
        limit: int = 100,
        *,
        wait_ms: int = 0,
        newest: bool = False,
    ) -> JournalPage:
        """Records that came after the record number `after`, or the newest ones.

        `kind` and `source` take several names with commas between them. Where there is no record,
        the answer waits up to 25,000 ms for one.
        """
        params = query(kind, source, after, limit, wait_ms=wait_ms, newest=newest)
        return page_of(await self._ask("GET", "/journal", params=params))

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
            record = found(page, fields)
            if record is not None:
                return record
            after = page.next
            check_time(end_s, timeout_s, kind, fields)
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
            check_time(end_s, timeout_s, "ready", {})
            await asyncio.sleep(_BETWEEN_S)

    async def _newest(self) -> int:
        page = await self.journal(newest=True, limit=1)
        return page.next

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return checked(await self._http.request(method, self._url + path, **more))
        except httpx.TransportError as error:
            raise no_answer(self._url, error) from error
