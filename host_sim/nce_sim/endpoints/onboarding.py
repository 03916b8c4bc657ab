"""The HTTP server of the older onboarding in the simulated network.

    stop = serve_onboarding(core, address, on_request, settings)
    intake.take(OnboardingJob(onboarding, sim, asked, respond, request_id))

    GET /device-api/onboarding                    # JSON; with `Accept: text/csv` one line of CSV

The source address of the connection is the device. A request is read by h11, has a bounded head
and time, and gets one answer; then the connection ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nce_sim.clock import Clock
from nce_sim.network.core import Core
from nce_sim.network.tcp.connection import Connection
from nce_sim.network.tcp.events import (
    Acknowledged,
    Arrived,
    Closed,
    NotOpen,
    OnEvent,
    PeerClosed,
    Reset,
    TcpEvent,
)
from nce_sim.services.onboarding.service import Onboarding
from nce_sim.services.onboarding.settings import OnboardingSettings
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    import h11

PATH = "/device-api/onboarding"
_CSV = "text/csv"
_JSON = "application/json"
_READ_AT_ONCE = 4_096


class Answer(NamedTuple):
    """What a device gets."""

    status: int
    content_type: str
    body: bytes


class Asked(NamedTuple):
    """A request: from where, and for what."""

    host: str
    method: str
    path: str
    is_csv: bool


Respond = Callable[[Answer], None]
OnRequest = Callable[[Asked, Respond], None]  # it responds once, now or later


def answer_of(onboarding: Onboarding, sim: SimCard | None, asked: Asked, work: Work) -> Answer:
    """The answer to a request of `sim`; what it stores goes into `work`."""
    if asked.path != PATH:
        return _message(404, "Not Found")
    if asked.method != "GET":
        return _message(405, "Method Not Allowed")
    if sim is None or not sim.is_enabled:
        return _message(404, "There is no enabled SIM with this address")
    onboarded = onboarding.onboard(sim.iccid, work)
    if asked.is_csv:
        return Answer(200, _CSV, onboarded.as_csv().encode())
    return Answer(200, _JSON, onboarded.as_json().encode())


def failure(request_id: str, status: int = 500) -> Answer:
    """The answer when the certificate cannot be stored."""
    return _message(status, "Unexpected error occurred", requestId=request_id)


def _message(status: int, message: str, **more: str) -> Answer:
    return Answer(status, _JSON, json.dumps({"message": message, **more}).encode())


@dataclass(slots=True)
class OnboardingJob:
    """A request as a job of the intake: answered once its certificate is stored."""

    onboarding: Onboarding
    sim: SimCard | None
    asked: Asked
    respond: Respond
    request_id: str
    answer: Answer | None = None

    def serve(self, work: Work) -> None:
        self.answer = answer_of(self.onboarding, self.sim, self.asked, work)

    def stored(self) -> None:
        if self.answer is None:
            raise RuntimeError("a request is stored before it is served")
        self.respond(self.answer)

    def refused(self, reason: str) -> None:
        self.respond(failure(self.request_id))

    def failed(self) -> None:
        self.respond(failure(self.request_id))


def serve_onboarding(
    core: Core, address: Address, on_request: OnRequest, settings: OnboardingSettings
) -> Callable[[], None]:
    """Answer the connections to `address`, a private one; the result ends that."""

    def on_connection(connection: Connection) -> OnEvent:
        return _Conversation(connection, core.clock, on_request, settings).on_event

    return core.internet.tcp.listen_inside(address, on_connection)


def accepts_csv(accept: str) -> bool:
    """Whether an `Accept` header asks for CSV."""
    return any(part.partition(";")[0].strip().lower() == _CSV for part in accept.split(","))


class _Conversation:
    """One connection: a request, its answer, the end."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        on_request: OnRequest,
        settings: OnboardingSettings,
    ) -> None:
        self._connection = connection
        self._on_request = on_request
        self._settings = settings
        import h11  # at the first connection: few worlds have one

        self._h11 = h11
        self._http = h11.Connection(
            h11.SERVER, max_incomplete_event_size=settings.request_max_bytes
        )
        self._out = b""
        self._is_answered = False
        self._is_over = False
        self._handle = clock.call_in_passing(settings.patience_ms, self._give_up)

    def on_event(self, event: TcpEvent) -> None:
        if isinstance(event, Arrived):
            self._read()
        elif isinstance(event, Acknowledged):
            self._send()
        elif isinstance(event, PeerClosed) and not self._is_answered:
            self._connection.close()
        elif isinstance(event, (Closed, Reset)):
            self._is_over = True
            self._handle.cancel()

    def _read(self) -> None:
        while data := self._connection.receive(_READ_AT_ONCE):
            if self._is_answered:
                continue  # nothing more is asked here
            try:
                self._http.receive_data(data)
                event = self._http.next_event()
            except self._h11.RemoteProtocolError as error:
                self._answer(Answer(error.error_status_hint, "text/plain", b"Bad Request"))
                continue
            if isinstance(event, self._h11.Request):
                self._asked(event)

    def _asked(self, request: h11.Request) -> None:
        self._is_answered = True
        headers = dict(request.headers)
        path = request.target.decode("latin-1").partition("?")[0]
        asked = Asked(
            self._connection.remote.host,
            request.method.decode("latin-1"),
            path,
            accepts_csv(headers.get(b"accept", b"").decode("latin-1")),
        )
        self._on_request(asked, self._answer)

    def _answer(self, answer: Answer) -> None:
        self._is_answered = True
        if self._is_over:
            return
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("Connection", "close"),
        ]
        head = self._http.send(self._h11.Response(status_code=answer.status, headers=headers))
        self._out = (head or b"") + answer.body
        self._send()

    def _send(self) -> None:
        if not self._out:
            return
        try:
            self._out = self._out[self._connection.send(self._out) :]
            if not self._out:
                # Half closed: a close would reset a client that still sends, and lose the answer.
                self._connection.shut_down()
        except NotOpen:
            self._is_over = True

    def _give_up(self) -> None:
        if not self._is_over:
            self._connection.abort()
