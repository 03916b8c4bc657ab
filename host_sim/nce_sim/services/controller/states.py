"""The life of an action request, as 1NCE's figure of the Device Controller draws it.

    after(SCHEDULED, Step.TRIGGERED)        # IN_PROGRESS
    INITIAL[SEND_NOW]                       # IN_PROGRESS

Two steps are ours, for `sendAttempts`, of which 1NCE documents the number alone: an attempt that
failed is followed by the next one at once, or puts the request back in line for the next trigger.
"""

from __future__ import annotations

import enum

SCHEDULED = "SCHEDULED"
IN_PROGRESS = "IN_PROGRESS"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
CANCELLED = "CANCELLED"

ACTIVE = (SCHEDULED, IN_PROGRESS)
ARCHIVED = (FAILED, SUCCEEDED, CANCELLED)

SEND_NOW = "SEND_NOW"
SEND_WHEN_ACTIVE = "SEND_WHEN_ACTIVE"

INITIAL = {SEND_NOW: IN_PROGRESS, SEND_WHEN_ACTIVE: SCHEDULED}  # [D]


class Step(enum.Enum):
    """What happens to a request."""

    TRIGGERED = "the device is active"
    SUCCEEDED = "it was sent by UDP, or answered with 2.xx"
    FAILED = "the last attempt failed, or the device refused"
    REPEATED = "an attempt failed; the next one follows at once"
    POSTPONED = "an attempt failed; the next one waits for a trigger"
    EXPIRED = "there was no trigger in time"
    CANCELLED = "the customer cancelled it"


_TRANSITIONS = {
    (SCHEDULED, Step.TRIGGERED): IN_PROGRESS,  # [D]
    (SCHEDULED, Step.EXPIRED): FAILED,  # [D]
    (SCHEDULED, Step.CANCELLED): CANCELLED,  # [D]
    (IN_PROGRESS, Step.SUCCEEDED): SUCCEEDED,  # [D]
    (IN_PROGRESS, Step.FAILED): FAILED,  # [D]
    (IN_PROGRESS, Step.REPEATED): IN_PROGRESS,  # [U]
    (IN_PROGRESS, Step.POSTPONED): SCHEDULED,  # [U]
}


def after(status: str, step: Step) -> str | None:
    """The status after a step; None when the step has no effect in this status."""
    return _TRANSITIONS.get((status, step))
