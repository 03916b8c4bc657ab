"""What the LwM2M service and its endpoint say to each other: clients, requests, answers.

    outbound.request(Request(client, "GET", ("3303", "0"), accept=110), ended)
    service.register(client, ("ep=a", "lt=300", "lwm2m=1.1"), b"</3/0>", work)
    # Answer(0x41, location=("rd", "Ab3…"))

The endpoint knows CoAP, DTLS and time-outs; the service knows none of them. Codes are CoAP's
bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from nce_sim.services.controller.outbound import NoReply
from nce_sim.sim_card import masked

__all__ = [
    "Answer",
    "Bootstrap",
    "Client",
    "Ended",
    "NoReply",
    "Outbound",
    "Reply",
    "Request",
    "Step",
]


@dataclass(frozen=True)
class Client:
    """Where an LwM2M client is, and whose: `identity` is the ICCID of its SIM.

    The endpoint takes the identity from the source address of a plain request, and from the PSK
    identity of a DTLS association; the endpoint name of the client never counts.
    """

    host: str
    port: int
    is_secure: bool
    identity: str

    def __repr__(self) -> str:
        way = "DTLS" if self.is_secure else "plain"
        return f"Client({self.host}:{self.port}, {way}, {masked(self.identity)})"


# -- from the service to a client -------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """A request to a client; `observe` is 0 to begin, 1 to end, with the token of it."""

    client: Client
    method: str  # GET, POST, PUT, DELETE, FETCH, iPATCH
    path: tuple[str, ...]
    query: tuple[str, ...] = ()
    accept: int | None = None
    content_format: int | None = None
    payload: bytes = field(default=b"", repr=False)
    observe: int | None = None
    token: bytes | None = None


@dataclass(frozen=True)
class Reply:
    """The response of a client, or its notification: whole, also when it came in blocks."""

    code: int
    content_format: int | None = None
    payload: bytes = field(default=b"", repr=False)
    observe: int | None = None


Ended = Callable[[Reply | NoReply], None]


class Outbound(Protocol):
    """Sends to clients from the address and port that they registered at."""

    def request(self, request: Request, ended: Ended) -> None:
        """Send a request, or put it in line for its client; `ended` is called once, later.

        A client by DTLS without an association ends with NoReply: the server makes no handshake.
        """

    def forget(self, client: Client) -> None:
        """The client is gone: what waits for it ends with NoReply."""


# -- from a client to the service -------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """The response to a client's request; `location` are the segments of Location-Path."""

    code: int
    location: tuple[str, ...] = ()
    payload: bytes = b""


@dataclass(frozen=True)
class Step:
    """One request of a bootstrap; when one that `is_needed` is refused, the bootstrap failed."""

    method: str
    path: tuple[str, ...]
    content_format: int | None = None
    payload: bytes = field(default=b"", repr=False)  # has keys
    is_needed: bool = True


@dataclass(frozen=True)
class Bootstrap:
    """The answer to `POST /bs`, and the steps that follow it, in order; none when refused.

    The last step is `POST /bs`, Bootstrap-Finish. Each step waits for the response to the former.
    """

    answer: Answer
    steps: tuple[Step, ...] = ()
