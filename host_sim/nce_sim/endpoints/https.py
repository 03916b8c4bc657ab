"""HTTP requests to partners, in real time: httpx, one connection for each request.

    client = HttpsClient()
    handle = client.send(HttpRequest("POST", url, headers, body), done)
    client.close()

Every request has a limit in time and its answer one in size; redirects are not followed, and
proxies of the environment are not used. httpx is loaded when the first request leaves.
"""

from __future__ import annotations

import asyncio

from nce_sim.clock import Handle
from nce_sim.services.plugins.outgoing import Done, HttpAnswer, HttpRequest, NoAnswer

_PLAIN = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
_NO_LOOP = "requests to partners need a running event loop, such as that of `nce sim up`"


class HttpsClient:
    """Sends requests in the running asyncio loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, request: HttpRequest, done: Done) -> Handle:
        """Start a request; `done` gets its answer, or why there is none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(_NO_LOOP) from None
        task = loop.create_task(self._carry(request, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return _Carried(task)

    def close(self) -> None:
        """Cancel what is under way; no `done` is called any more."""
        for task in self._tasks:
            task.cancel()

    async def _carry(self, request: HttpRequest, done: Done) -> None:
        done(await self._answer(request))

    async def _answer(self, request: HttpRequest) -> HttpAnswer | NoAnswer:
        import httpx

        try:
            async with asyncio.timeout(request.timeout_ms / 1000):
                return await self._exchange(request)
        except (TimeoutError, httpx.TimeoutException):
            return NoAnswer(f"no answer within {request.timeout_ms / 1000:g} s", is_late=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # Its text may name the URL, which a device need not see.
            return NoAnswer(f"no connection, or no HTTP ({type(error).__name__})")

    async def _exchange(self, request: HttpRequest) -> HttpAnswer | NoAnswer:
        import httpx

        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,
            client.stream(
                request.method,
                request.url,
                headers={**_PLAIN, **request.headers},
                content=request.body,
            ) as response,
        ):
            body = b""
            async for part in response.aiter_raw():
                body += part
                if len(body) > request.most_answer_bytes:
                    return NoAnswer(f"the answer is larger than {request.most_answer_bytes} bytes")
            content_type = response.headers.get("content-type", "")
            return HttpAnswer(response.status_code, content_type.partition(";")[0].strip(), body)


class _Carried:
    """A request under way."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    def cancel(self) -> None:
        self._task.cancel()
