"""An integration as memory keeps it and as the table holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WEBHOOK, AWS = "WEBHOOK", "AWS"

ROLLOUT_STARTED = "ROLLOUT_STARTED"
ROLLOUT_DONE = "ROLLOUT_DONE"
ROLLOUT_FAILED = "ROLLOUT_FAILED"
ACTIVE = "INTEGRATION_ACTIVE"
FAILED = "INTEGRATION_FAILED"

# Events go to integrations in these states.
TAKES_EVENTS = frozenset((ROLLOUT_DONE, ACTIVE))


@dataclass(frozen=True)
class Integration:
    """A webhook or an AWS integration; what may be secret stays out of `repr`."""

    integration_id: str
    organisation_id: int
    type: str
    name: str
    state: str
    event_types: tuple[str, ...]
    json_payload: bool
    created_ms: int
    updated_ms: int
    first_success_ms: int | None = None
    error: str | None = None
    url: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    jwt: str | None = field(default=None, repr=False)
    aws_account_id: str | None = None
    region: str | None = None
    rollout_due_ms: int | None = None

    @classmethod
    def of_row(cls, row: Any) -> Integration:
        return cls(
            **{
                **row._mapping,
                "event_types": tuple(json.loads(row.event_types)),
                "headers": json.loads(row.headers or "{}"),
            }
        )

    @property
    def row(self) -> dict[str, Any]:
        return {
            **vars(self),
            "event_types": json.dumps(self.event_types),
            "headers": json.dumps(self.headers) if self.type == WEBHOOK else None,
        }
