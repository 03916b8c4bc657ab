"""HTTP towards partners, as the plugins need it: one small protocol.

client.send(HttpRequest("POST", url, {"Content-Type": "application/json"}, body), done)
done(HttpAnswer(200, "application/json", b"{}"))        # or NoAnswer("no answer", is_late=True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from nce_sim.clock import Handle


@dataclass(frozen=True)
class HttpRequest:
    """One request; what may be secret stays out of `repr`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_ms: int = 20_000
    most_answer_bytes: int = 5_120


@dataclass(frozen=True)
class HttpAnswer:
    """The answer to a request."""

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class NoAnswer:
    """Why there is no answer; `is_late`: the server was reached, or might have been, too late."""

    reason: str
    is_late: bool = False


Done = Callable[[HttpAnswer | NoAnswer], None]


class HttpClient(Protocol):
    """Sends requests. `done` is called once, and never before `send` has returned."""

    def send(self, request: HttpRequest, done: Done) -> Handle: ...
