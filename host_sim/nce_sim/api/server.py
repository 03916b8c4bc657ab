"""The doors on a TCP port, in the loop of the world.

from nce_sim.api.app import create_app
server = ApiServer(create_app(backend), host="127.0.0.1", port=0)
await server.start()                 # OSError when the port is taken
server.url                           # "http://127.0.0.1:43127"
await server.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

_CLOSE_S = 5
_BACKLOG = 128


class _Quiet(uvicorn.Server):
    """Signals stay with the program that runs the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiServer:
    """One uvicorn server; `port=0` takes a free port."""

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        certificate: str | None = None,
        key: str | None = None,
    ) -> None:
        self._app, self._host, self._port = app, host, port
        self._certificate, self._key = certificate, key
        self._socket: socket.socket | None = None
        self._server: _Quiet | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the server listens, without a path."""
        if self._socket is None:
            raise RuntimeError("the server has not started")
        host, port = self._socket.getsockname()[:2]
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def start(self) -> None:
        """Listen; returns when requests are taken."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
        except OSError:
            listener.close()
            raise
        self._socket = listener
        config = uvicorn.Config(
            self._app,
            interface="asgi3",  # a method looks older to uvicorn
            log_config=None,
            access_log=False,
            lifespan="off",
            backlog=_BACKLOG,
            server_header=False,
            timeout_graceful_shutdown=_CLOSE_S,
            ssl_certfile=self._certificate,
            ssl_keyfile=self._key,
        )
        self._server = _Quiet(config)
        self._running = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._running.done():
                self._running.result()  # raises what went wrong
                raise RuntimeError("the API's server ended at its start")
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        """Answer what is asked, for 5 s at most, and end; closing twice is harmless."""
        if self._server is not None and self._running is not None:
            self._server.should_exit = True
            await self._running
            self._running = None
        if self._socket is not None:
            self._socket.close()
