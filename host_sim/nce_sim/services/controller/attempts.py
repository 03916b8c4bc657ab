"""One attempt after the other: an action is sent to its device, and its answer judged.

    attempts = Attempts(book, clock, devices=..., outbound=..., lwm2m=..., write=..., ...)
    attempts.make(request_id)               # now
    attempts.make_later(request_id, 100)

What became of an attempt is written before the next one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nce_sim.clock import Clock
from nce_sim.services.controller.actions import CoapAction, UdpAction
from nce_sim.services.controller.book import Book
from nce_sim.services.controller.outbound import (
    CoapCall,
    CoapReply,
    Devices,
    Lwm2mCall,
    Lwm2mClients,
    Lwm2mReply,
    NoReply,
    Outbound,
    Refusal,
    Write,
)
from nce_sim.services.controller.results import GONE, NOT_REGISTERED, judged, judged_lwm2m
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import Step, after
from nce_sim.storage import Work


class Attempts:
    """Makes the attempts of all requests; `ended()` is called after what ended is stored."""

    def __init__(
        self,
        book: Book,
        clock: Clock,
        *,
        devices: Devices,
        outbound: Outbound,
        lwm2m: Lwm2mClients,
        write: Write,
        settings: ControllerSettings,
        ended: Callable[[], None],
    ) -> None:
        self._book = book
        self._clock = clock
        self._devices = devices
        self._outbound = outbound
        self._lwm2m = lwm2m
        self._write = write
        self._settings = settings
        self._ended = ended
        self._is_closed = False

    def close(self) -> None:
        """Make none any more."""
        self._is_closed = True

    def make_later(self, request_id: str, delay_ms: int) -> None:
        """Make an attempt in a while."""
        self._clock.call_later(delay_ms, lambda: self.make(request_id))

    def make(self, request_id: str) -> None:
        """Send the action of a request that is in progress."""
        request = self._book.get(request_id)
        if request is None or self._is_closed:
            return
        if self._devices.organisation_of(request.device_id) != request.organisation_id:
            # The SIM was transferred meanwhile.
            self._end(request_id, Step.FAILED, {"errorMessage": GONE})
            return
        host = self._devices.address_of(request.device_id) or request.ip
        action = request.action
        if isinstance(action, UdpAction):
            self._outbound.send_udp(host, action.port, action.content())
            self._end(request_id, Step.SUCCEEDED, None)
        elif isinstance(action, CoapAction):
            path, query = action.parts()
            call = CoapCall(
                host,
                action.port,
                action.method,
                path,
                query,
                action.content_format(self._settings),
                action.content(),
            )
            self._outbound.send_coap(call, partial(self._answered, request_id))
        elif self._lwm2m.is_registered(request.device_id):
            ask = Lwm2mCall(request.device_id, action.action, action.resource_address, action.data)
            self._lwm2m.act(ask, partial(self._answered_lwm2m, request_id))
        else:
            self._end(request_id, Step.FAILED, {"errorMessage": NOT_REGISTERED})

    def _answered(self, request_id: str, reply: CoapReply | NoReply) -> None:
        request = self._book.get(request_id)
        if request is None:
            return
        # One that is postponed after its day expires at once.
        step, result = judged(
            reply,
            may_repeat=request.attempts_left > 0,
            mode=request.mode,
            settings=self._settings,
        )
        self._end(request_id, step, result)

    def _answered_lwm2m(self, request_id: str, reply: Lwm2mReply | NoReply | Refusal) -> None:
        request = self._book.get(request_id)
        if request is None:
            return
        step, result = judged_lwm2m(
            reply,
            may_repeat=request.attempts_left > 0,
            mode=request.mode,
            settings=self._settings,
        )
        self._end(request_id, step, result)

    def _end(self, request_id: str, step: Step, result: Mapping[str, Any] | None) -> None:
        """Write what became of an attempt; the next one follows its commit."""

        def end(work: Work) -> None:
            request = self._book.get(request_id)
            if request is None or after(request.status, step) is None:
                return
            self._book.step(request, step, result, work)
            if step is Step.REPEATED:
                work.after_commit(lambda: self.make(request_id))
            work.after_commit(self._ended)

        self._write(end)
