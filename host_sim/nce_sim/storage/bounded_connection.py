"""A connection of psycopg that waits for its server no longer than a limit.

The server ends statements that take too long, but a server that is frozen ends nothing, and
psycopg would wait for it forever.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

Result = TypeVar("Result")


class BoundedConnection(psycopg.Connection[Any]):
    """Closed, with an OperationalError, when a wait takes longer than `limit_s`."""

    limit_s = 60.0

    def wait(self, gen: PQGen[Result], *options: Any, **names: Any) -> Result:
        """Wait for the server, as psycopg does."""
        return super().wait(self._bounded(gen), *options, **names)

    def _bounded(self, gen: PQGen[Result]) -> Generator[Any, Any, Result]:
        deadline = time.monotonic() + self.limit_s
        try:
            state = next(gen)
            while True:
                ready = yield state
                # psycopg looks up a few times a second, also when nothing is ready.
                if not ready and time.monotonic() > deadline:
                    self.close()
                    raise psycopg.OperationalError(f"no answer for {self.limit_s:g} seconds")
                state = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result
