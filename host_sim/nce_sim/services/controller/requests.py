"""An action request, in memory, as a row, and as the API shows it.

request = ActionRequest.of(row)
request.as_row(settings), request.as_json()
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nce_sim.services.controller.actions import Action, from_body
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import SCHEDULED
from nce_sim.services.identifiers import iso_time


@dataclass(frozen=True)
class ActionRequest:
    """One request of one device; `request` and `result` are the API's objects."""

    request_id: str
    organisation_id: int
    device_id: str
    ip: str
    protocol: str
    mode: str
    status: str
    created_ms: int
    updated_ms: int
    attempts: int
    attempts_left: int
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, row: Any) -> ActionRequest:
        """The request of a row of the table."""
        return cls(
            row.request_id,
            row.organisation_id,
            row.device_id,
            row.ip,
            row.protocol,
            row.mode,
            row.status,
            row.created_ms,
            row.updated_ms,
            row.attempts,
            row.attempts_left,
            json.loads(row.request),
            None if row.result is None else json.loads(row.result),
        )

    @property
    def action(self) -> Action:
        """The action of the request."""
        return from_body(self.protocol, dict(self.request), self.mode, self.attempts)

    def expires_ms(self, settings: ControllerSettings) -> int:
        """When it fails for want of a trigger."""
        return self.created_ms + settings.expires_after_ms

    def due_ms(self, settings: ControllerSettings) -> int:
        """When the clock does something about it: fail it, or delete it."""
        if self.status == SCHEDULED:
            return self.expires_ms(settings)
        return self.created_ms + settings.deleted_after_ms

    def as_row(self, settings: ControllerSettings) -> dict[str, Any]:
        """The row of the table."""
        return {
            **vars(self),
            "request": json.dumps(self.request),
            "result": None if self.result is None else json.dumps(self.result),
            "due_ms": self.due_ms(settings),
        }

    def as_json(self) -> dict[str, Any]:
        """The request as the API shows it."""
        item = {
            "id": self.request_id,
            "status": self.status,
            "deviceId": self.device_id,
            "ip": self.ip,
            "protocol": self.protocol,
            "created": iso_time(self.created_ms),
            "updated": iso_time(self.updated_ms),
            "mode": self.mode,
            "requestData": dict(self.request),
            "sendAttemptsLeft": self.attempts_left,
            "sendAttempts": self.attempts,
        }
        return item if self.result is None else {**item, "resultData": dict(self.result)}


def request_data(
    action: Action,
    request_id: str,
    organisation_id: int,
    device_id: str,
    imsi: str,
    ip: str,
    trace_id: str,
) -> dict[str, Any]:
    """`requestData`: the body and what 1NCE adds to it [F]."""
    return {
        **action.body(),
        "iccid": device_id,
        "imsi1": imsi,
        "traceId": trace_id,
        "deviceId": device_id,
        "requestId": request_id,
        "customerId": str(organisation_id),
        "requestMode": action.mode,
        "deviceIpAddress": ip,
    }
