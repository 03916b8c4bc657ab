"""The Device Controller: sends a customer's actions to devices, and keeps what became of them.

    accepted = controller.create(organisation_id, iccid, action, work)
    accepted.request_id, accepted.message
    controller.request(organisation_id, accepted.request_id).status
    integrator.keep(controller.heard)       # an uplink triggers what waits for the device

A request is in the database before its first attempt. One that a kill interrupted is attempted
again at the next start: a device may get it twice, and none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from nce_sim.clock import Clock
from nce_sim.problems import Conflict, Invalid, NotFound, Problem
from nce_sim.services.controller.actions import LWM2M, PROTOCOLS, Action
from nce_sim.services.controller.archive import Archive, Page
from nce_sim.services.controller.attempts import Attempts
from nce_sim.services.controller.book import Book
from nce_sim.services.controller.expiry import Expiry
from nce_sim.services.controller.outbound import (
    Devices,
    Endpoints,
    Lwm2mClients,
    Outbound,
    Write,
)
from nce_sim.services.controller.requests import ActionRequest, request_data
from nce_sim.services.controller.results import EXPIRED, NOT_REGISTERED
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import (
    ACTIVE,
    ARCHIVED,
    IN_PROGRESS,
    INITIAL,
    SCHEDULED,
    SEND_NOW,
    Step,
    after,
)
from nce_sim.services.identifiers import ksuid, trace_id
from nce_sim.storage import Storage, Work

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Accepted:
    """A request was taken; `message` says so in 1NCE's words."""

    request_id: str
    message: str


@dataclass(frozen=True)
class BulkAccepted:
    """Which devices of a bulk request got one: (device, request) pairs, and those that did not."""

    accepted: tuple[tuple[str, str], ...]
    rejected: tuple[str, ...]
    message: str


class Controller:
    """The action requests of all organisations; `wall_ms()` is the world's time."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        *,
        devices: Devices,
        endpoints: Endpoints,
        outbound: Outbound,
        lwm2m: Lwm2mClients,
        write: Write,
        random: Random,
        settings: ControllerSettings | None = None,
    ) -> None:
        self.settings = settings or ControllerSettings()
        self._wall_ms = wall_ms
        self._devices = devices
        self._endpoints = endpoints
        self._lwm2m = lwm2m
        self._write = write
        self._random = random
        self._archive = Archive(storage, self.settings)
        self._book = Book(self._archive, wall_ms)
        self._expiry = Expiry(clock, wall_ms, self._archive.next_due_ms, self._clear)
        self._attempts = Attempts(
            self._book,
            clock,
            devices=devices,
            outbound=outbound,
            lwm2m=lwm2m,
            write=write,
            settings=self.settings,
            ended=self._expiry.schedule,
        )

    def start(self) -> None:
        """Go on with what was under way when the world ended, and watch what is due."""
        self._expiry.schedule()
        for request in self._book.all():
            if request.status == IN_PROGRESS:
                self._attempts.make_later(request.request_id, 0)

    @property
    def active(self) -> int:
        """How many requests of all organisations are under way or wait for their devices."""
        return len(self._book.all())

    def close(self) -> None:
        """Send nothing more; what is under way goes on at the next start."""
        self._attempts.close()
        self._expiry.close()

    # -- for the customer ------------------------------------------------------------------

    def create(self, organisation_id: int, device_id: str, action: Action, work: Work) -> Accepted:
        """Take an action for one device.

        Raises Invalid for a wrong action, NotFound for a device that the organisation does not
        have, and Conflict when the device has no room or is no LwM2M client.
        """
        action.check(self.settings)
        request = self._create(organisation_id, device_id, action, work)
        return Accepted(request.request_id, _confirmation(action, (device_id,)))

    def create_many(
        self, organisation_id: int, device_ids: Sequence[str], action: Action, work: Work
    ) -> BulkAccepted:
        """Take an action for several devices; those that cannot have it are rejected."""
        most = self.settings.most_devices
        if not 1 <= len(device_ids) <= most:
            raise Invalid(f"deviceIds has {len(device_ids)} devices; give 1 to {most}")
        action.check(self.settings)
        accepted, rejected = [], []
        for device_id in dict.fromkeys(device_ids):
            try:
                request = self._create(organisation_id, device_id, action, work)
            except Problem:
                rejected.append(device_id)
            else:
                accepted.append((device_id, request.request_id))
        names = [device_id for device_id, _ in accepted]
        message = _confirmation(action, names) if names else "No action is scheduled."
        return BulkAccepted(tuple(accepted), tuple(rejected), message)

    def cancel(self, organisation_id: int, request_id: str, work: Work) -> ActionRequest:
        """Cancel a scheduled request; NotFound for any other."""
        request = self._book.get(request_id)
        if request is None or request.organisation_id != organisation_id:
            raise NotFound(f"there is no scheduled action request {request_id!r}")
        if after(request.status, Step.CANCELLED) is None:
            raise NotFound(
                f"action request {request_id!r} is {request.status}; only a scheduled one can be "
                "cancelled"
            )
        return self._book.step(request, Step.CANCELLED, None, work)

    def cancel_all(
        self, organisation_id: int, device_id: str, work: Work
    ) -> tuple[ActionRequest, ...]:
        """Cancel all scheduled requests of a device."""
        self._owned(organisation_id, device_id)
        return tuple(
            self._book.step(request, Step.CANCELLED, None, work)
            for request in self._book.waiting(device_id)
            if request.organisation_id == organisation_id
        )

    def request(self, organisation_id: int, request_id: str) -> ActionRequest:
        """One request of the last seven days, as it is stored."""
        found = self._archive.find(organisation_id, request_id, self._wall_ms())
        if found is None:
            raise NotFound(f"there is no action request {request_id!r}")
        return found

    def requests(
        self,
        organisation_id: int,
        statuses: Sequence[str] = (*ACTIVE, *ARCHIVED),
        *,
        device_id: str | None = None,
        protocol: str | None = None,
        status: str | None = None,
        sort: str = "-created",
        page: int = 1,
        page_size: int = 10,
    ) -> Page:
        """A page of requests of the last seven days; `status` is one of `statuses`."""
        if status is not None and status not in statuses:
            raise Invalid(f"status is {status!r}; give one of {', '.join(statuses)}")
        if protocol is not None and protocol not in PROTOCOLS:
            raise Invalid(f"protocol is {protocol!r}; give one of {', '.join(PROTOCOLS)}")
        return self._archive.page(
            organisation_id,
            statuses if status is None else (status,),
            self._wall_ms(),
            device_id=device_id,
            protocol=protocol,
            sort=sort,
            page=page,
            page_size=page_size,
        )

    # -- triggers --------------------------------------------------------------------------

    def heard(self, event: Mapping[str, Any], work: Work) -> None:
        """An event of the Device Integrator: a message triggers what waits, by any protocol."""
        if event["type"] == "TELEMETRY_DATA":
            self.device_is_active(event["device"]["iccid"], work)

    def device_is_active(self, device_id: str, work: Work) -> None:
        """The device can be reached now: what waits for it is sent after the commit."""
        for request in self._book.waiting(device_id):
            triggered = self._book.step(request, Step.TRIGGERED, None, work)
            attempt = partial(
                self._attempts.make_later, triggered.request_id, self.settings.trigger_delay_ms
            )
            work.after_commit(attempt)

    # -- inside: requests ------------------------------------------------------------------

    def _owned(self, organisation_id: int, device_id: str) -> None:
        if self._devices.organisation_of(device_id) != organisation_id:
            raise NotFound(f"there is no device {device_id!r}")

    def _create(
        self, organisation_id: int, device_id: str, action: Action, work: Work
    ) -> ActionRequest:
        self._owned(organisation_id, device_id)
        self._check_lwm2m(organisation_id, device_id, action)
        if INITIAL[action.mode] == SCHEDULED:
            most = self.settings.most_scheduled
            if len(self._book.waiting(device_id)) >= most:
                raise Conflict(
                    f"device {device_id!r} has {most} scheduled action requests, the most that "
                    "are allowed; cancel one, or wait until the device is active"
                )
        now_ms = self._wall_ms()
        request_id = ksuid(now_ms, self._random)
        ip = self._devices.address_of(device_id) or ""
        imsi = self._devices.imsi_of(device_id) or ""
        trace = trace_id(now_ms, self._random)
        data = request_data(action, request_id, organisation_id, device_id, imsi, ip, trace)
        is_now = INITIAL[action.mode] == IN_PROGRESS
        request = ActionRequest(
            request_id,
            organisation_id,
            device_id,
            ip,
            action.protocol,
            action.mode,
            INITIAL[action.mode],
            now_ms,
            now_ms,
            action.attempts,
            action.attempts - is_now,
            data,
        )
        self._book.add(request, work)
        work.after_commit(lambda: self._expiry.schedule(request.due_ms(self.settings)))
        if is_now:
            work.after_commit(lambda: self._attempts.make(request_id))
        return request

    def _check_lwm2m(self, organisation_id: int, device_id: str, action: Action) -> None:
        if action.protocol != LWM2M:
            return
        if action.mode == SEND_NOW and not self._lwm2m.is_registered(device_id):
            raise Conflict(NOT_REGISTERED)
        if not self._endpoints.is_active(organisation_id, LWM2M):
            raise Conflict("The LwM2M endpoint is not active; activate it first.")

    # -- inside: time ----------------------------------------------------------------------

    def _clear(self) -> None:
        self._write(self._expire)

    def _expire(self, work: Work) -> None:
        """Fail what nothing triggered, and delete what is old."""
        now_ms = self._wall_ms()
        result = {"errorMessage": EXPIRED.format(hours=self.settings.expires_after_ms / HOUR_MS)}
        for request in self._book.all():
            if request.status == SCHEDULED and request.expires_ms(self.settings) <= now_ms:
                self._book.step(request, Step.EXPIRED, result, work)
        self._archive.purge(now_ms, work)
        work.after_commit(self._expiry.schedule)


def _confirmation(action: Action, device_ids: Sequence[str]) -> str:
    # [D] spelt as 1NCE spells it.
    what = "device" if len(device_ids) == 1 else "devices"
    return f"Action {action.title} successfuly scheduled for {what} {', '.join(device_ids)}."
