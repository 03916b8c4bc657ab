"""The requests that are under way, in memory and in the database at once.

book = Book(archive, wall_ms)
book.add(request, work)
book.step(request, Step.TRIGGERED, None, work)      # the request after it
book.waiting(iccid)                                 # asked with each message of a device
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nce_sim.services.controller.archive import Archive
from nce_sim.services.controller.requests import ActionRequest
from nce_sim.services.controller.states import ACTIVE, IN_PROGRESS, SCHEDULED, Step, after
from nce_sim.storage import Work


class Book:
    """Scheduled requests, and those in progress, of all organisations."""

    def __init__(self, archive: Archive, wall_ms: Callable[[], int]) -> None:
        self._archive = archive
        self._wall_ms = wall_ms
        self._active: dict[str, ActionRequest] = {}
        self._waiting: dict[str, dict[str, ActionRequest]] = {}  # by device
        for request in archive.active():
            self._put(request.request_id, request)

    def get(self, request_id: str) -> ActionRequest | None:
        """A request that is under way, or None."""
        return self._active.get(request_id)

    def all(self) -> list[ActionRequest]:
        """All that is under way, the oldest first."""
        return list(self._active.values())

    def waiting(self, device_id: str) -> list[ActionRequest]:
        """What waits until a device is active."""
        waiting = self._waiting.get(device_id)
        return [] if waiting is None else list(waiting.values())

    def add(self, request: ActionRequest, work: Work) -> None:
        """Note a new request."""
        self._archive.add(request, work)
        self._put(request.request_id, request)
        work.on_rollback(lambda: self._put(request.request_id, None))

    def step(
        self,
        request: ActionRequest,
        step: Step,
        result: Mapping[str, Any] | None,
        work: Work,
    ) -> ActionRequest:
        """The request after a step; one that its status does not have is a ValueError."""
        status = after(request.status, step)
        if status is None:
            raise ValueError(f"{request.request_id} is {request.status}: no {step.name}")
        takes_attempt = status == IN_PROGRESS
        changed = replace(
            request,
            status=status,
            updated_ms=self._wall_ms(),
            attempts_left=request.attempts_left - takes_attempt,
            result=result if result is not None else request.result,
        )
        self._archive.change(changed, work)
        work.on_rollback(lambda: self._put(request.request_id, request))
        self._put(request.request_id, changed if status in ACTIVE else None)
        return changed

    def _put(self, request_id: str, request: ActionRequest | None) -> None:
        before = self._active.pop(request_id, None)
        if before is not None and before.status == SCHEDULED:
            waiting = self._waiting[before.device_id]
            del waiting[request_id]
            if not waiting:
                del self._waiting[before.device_id]
        if request is not None:
            self._active[request_id] = request
            if request.status == SCHEDULED:
                self._waiting.setdefault(request.device_id, {})[request_id] = request
