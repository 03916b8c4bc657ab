"""The SMS forwarder over the outbox: POST for a message of a SIM, PATCH for a delivery report.

    forwarding = SmsForwarding(storage, deliveries, wall_ms, epoch_ms, core, settings, write_soon)
    centre.forward_by(forwarding)
    forwarding.set_server(organisation_id, "https://example.com/sms", work)

[D] Only 200 counts; the tries are 5, 15 and about 30 minutes after the message was sent, then
further apart, until 24 h are over. Each message has tries of its own, so that one does not hold up
another. The centre hears of the end by `finished`; a message that it sends once more after a stop
is the one that waits already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, select

from nce_sim.deliveries import Deliveries, Delivery, Message, Outcome, Request
from nce_sim.deliveries.targets import TargetRefused, TargetRules, is_address
from nce_sim.network.events import NetworkEvent
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.sms_forwarding.tables import SMS_FORWARDER
from nce_sim.sim_card import SimCard
from nce_sim.storage import Storage, Work, upsert

KIND = "sms"
_OK = 200
_A_MINUTE_MS = 60_000
_TIMEOUT_MS = 20_000  # [U]
_WHAT = {"POST": "SMS", "PATCH": "DLR"}

_KEEP = upsert(SMS_FORWARDER)
_REMOVE = delete(SMS_FORWARDER).where(SMS_FORWARDER.c.organisation_id == bindparam("gone_id"))

Finished = Callable[[bool], None]
WriteSoon = Callable[[Callable[[Work], None]], None]


class Tries(Protocol):
    """When a message is tried again (`SmsSettings`)."""

    @property
    def forwarder_tries_min(self) -> tuple[int, ...]: ...

    @property
    def mo_expiry_ms(self) -> int: ...


class Network(Protocol):
    """Where the failure of a try is told as an event."""

    def sim_of(self, iccid: str) -> SimCard | None: ...

    @property
    def events(self) -> Emitter: ...


class Emitter(Protocol):
    def emit(self, name: str, sim: SimCard, /, **texts: Any) -> NetworkEvent: ...


class SmsForwarding:
    """The forwarders of all organisations."""

    kind = KIND
    most_together = 1

    def __init__(
        self,
        storage: Storage,
        deliveries: Deliveries,
        wall_ms: Callable[[], int],
        epoch_ms: int,
        network: Network,
        tries: Tries,
        write_soon: WriteSoon,
    ) -> None:
        self._deliveries = deliveries
        self._wall_ms = wall_ms
        self._epoch_ms = epoch_ms
        self._network = network
        self._tries = tries
        self._write_soon = write_soon
        self._targets = TargetRules(deliveries.settings.allow_loopback)
        self._urls: dict[int, str] = {
            row.organisation_id: row.url for row in storage.read(select(SMS_FORWARDER))
        }
        self._finished: dict[str, Finished] = {}
        deliveries.register(self)

    # -- the customer's side ---------------------------------------------------------------

    def server(self, organisation_id: int) -> str | None:
        """The URL of an organisation's forwarder."""
        return self._urls.get(organisation_id)

    def set_server(self, organisation_id: int, url: str, work: Work) -> None:
        """Set the one forwarder of an organisation; the next tries go there."""
        try:
            target = self._targets.check(url)
        except TargetRefused as error:
            raise Invalid(f"url: {error}") from None
        if is_address(target.host) and not self._deliveries.settings.allow_loopback:
            raise Invalid("url: the host must be a domain name, not an address")  # [D]
        self._put(organisation_id, url, work)
        work.write(_KEEP, {"organisation_id": organisation_id, "url": url})

    def remove_server(self, organisation_id: int, work: Work) -> None:
        """Forward nothing more; what is tried already fails at its next try."""
        if organisation_id not in self._urls:
            raise NotFound("there is no SMS forwarder; set one first")
        self._put(organisation_id, None, work)
        work.write(_REMOVE, {"gone_id": organisation_id})

    def _put(self, organisation_id: int, url: str | None, work: Work) -> None:
        former = self._urls.get(organisation_id)

        def put(value: str | None) -> None:
            if value is None:
                self._urls.pop(organisation_id, None)
            else:
                self._urls[organisation_id] = value

        work.on_rollback(lambda: put(former))
        put(url)

    # -- the centre's side -----------------------------------------------------------------

    def has_server(self, organisation_id: int) -> bool:
        return organisation_id in self._urls

    def send(
        self,
        organisation_id: int,
        method: str,
        body: dict[str, Any],
        started_ms: int,
        finished: Finished,
    ) -> None:
        since_ms = self._epoch_ms + started_ms
        target_id = f"{organisation_id}/{method}/{body['id']}/{since_ms}"
        self._finished[target_id] = finished
        if self._deliveries.waiting(KIND, target_id):
            return  # since an earlier run
        details = {
            "method": method,
            "iccid": body["endpoint"]["name"],
            "started_ms": str(since_ms),
        }
        text = json.dumps(body, separators=(",", ":"))
        message = Message(organisation_id, KIND, target_id, str(body["id"]), text, details)

        def write(work: Work) -> None:
            self._deliveries.add(message, work)

        self._write_soon(write)

    # -- the outbox's side -----------------------------------------------------------------

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        [delivery] = deliveries
        # Without a server the try fails, as the name `invalid` does (RFC 6761, 6.4).
        url = self._urls.get(delivery.organisation_id, "https://forwarder.invalid/")
        return Request(
            delivery.details["method"],
            url,
            {"content-type": "application/json"},
            delivery.body.encode(),
            delivery.delivery_id,
            _TIMEOUT_MS,
        )

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        [delivery] = deliveries
        if outcome.status == _OK:
            work.after_commit(lambda: self._end(target_id, True))
            return None
        work.after_commit(lambda: self._tell(delivery, outcome))
        started_ms, waits = int(delivery.details["started_ms"]), self._tries.forwarder_tries_min
        waited_ms = self._tries.mo_expiry_ms
        if self._wall_ms() >= started_ms + waited_ms:
            work.after_commit(lambda: self._end(target_id, False))
            return None
        if delivery.tries < len(waits):
            waited_ms = min(waits[delivery.tries] * _A_MINUTE_MS, waited_ms)
        return max(0, started_ms + waited_ms - self._wall_ms())

    def _end(self, target_id: str, is_taken: bool) -> None:
        finished = self._finished.pop(target_id, None)
        if finished is not None:
            finished(is_taken)

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        sim = self._network.sim_of(delivery.details["iccid"])
        if sim is not None:
            self._network.events.emit(
                "dispatch_failed",
                sim,
                what=_WHAT[delivery.details["method"]],
                url=self._urls.get(delivery.organisation_id, ""),
                http_status=outcome.status or 0,
            )
