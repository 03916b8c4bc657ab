"""A server of CPython's `http.server` that answers while a test runs."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def served(server: socketserver.BaseServer) -> Iterator[Any]:
    """Serve in a thread until the block ends; gives the server's address."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join()
