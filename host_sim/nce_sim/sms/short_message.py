"""One short message and its status, with the ids that 1NCE's API uses.

message = world.operator.sms.send_mt(sim, "hello")
message.status                          # Status.BUFFERED until the SIM is attached
message.attempt                         # the next one of the forwarder, for a message of a SIM
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple

from nce_sim.clock import Handle
from nce_sim.sim_card import SimCard
from nce_sim.wire.sms.address import INTERNATIONAL
from nce_sim.wire.sms.user_data import UserData


class Direction(enum.IntEnum):
    """The API's `sms_type`."""

    MT = 1
    MO = 2


class Status(enum.IntEnum):
    """The API's status ids."""

    PENDING = 2
    BUFFERED = 3
    DELIVERED = 4
    FAILED = 5
    EXPIRED = 6


class Attempt(NamedTuple):
    """What the forwarder still has to bring to the customer's server, and when."""

    method: str  # "POST" a message, "PATCH" a delivery report
    tries: int  # so far
    due_ms: int


@dataclass(eq=False)
class ShortMessage:
    """A message of a SIM (MO) or to one (MT); times are the clock's milliseconds."""

    id: int
    sim: SimCard
    direction: Direction
    user_data: UserData
    submitted_at_ms: int
    source: str = field(default="", repr=False)
    source_type: int = INTERNATIONAL
    destination: str = field(default="", repr=False)
    pid: int = 0
    reference: int = 0
    wants_report: bool = False
    status: Status = Status.PENDING
    final_at_ms: int | None = None
    expires_at_ms: int | None = None
    attempt: Attempt | None = None
    report: bytes | None = field(default=None, repr=False)  # to the SIM, on a message of it
    expiry: Handle | None = field(default=None, repr=False)
