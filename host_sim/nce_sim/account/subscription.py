"""One SIM in the account: quotas, limits, locks and expiry, and the reasons to refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from nce_sim.account.volume import Limit, Quota
from nce_sim.clock import Handle
from nce_sim.sim_card import SimCard

LIMITS = ("data", "sms_mo", "sms_mt")


class Refusal(NamedTuple):
    """Why a SIM is refused; `code` is the reason code of 1NCE's core, if it has one."""

    code: str
    reason: str
    emm_cause: int
    esm_cause: int


@dataclass(eq=False)
class Subscription:
    """One SIM in the account."""

    sim: SimCard
    number: int  # counts the SIMs of the account from 1
    data: Quota
    sms: Quota
    expires_at_ms: int
    organisation_id: int
    activation_ms: int  # of the world's clock, as every time here
    platform: str = "1.0"  # or "2.0"
    # Of the service description, 2.2.1.
    sim_class: str = "IoT SIM Card Business"
    form: str = "2FF, 3FF, 4FF"
    imsi_2: str | None = field(default=None, repr=False)  # of a card with two
    label: str | None = None
    limits: dict[str, Limit] = field(default_factory=lambda: {name: Limit() for name in LIMITS})
    imei: str | None = field(default=None, repr=False)
    locked_imei: str | None = field(default=None, repr=False)
    is_imei_locked: bool = False
    tops_up_by_itself: bool = False
    top_up_is_booked: bool = False
    is_expired: bool = False
    is_deleted: bool = False
    end: Handle | None = field(
        default=None, repr=False
    )  # the end of the lifetime, then of the grace period

    def accepts(self, imei: str | None) -> bool:
        """Whether the IMEI lock admits a device; a device without a known IMEI is admitted."""
        if not self.is_imei_locked or self.locked_imei is None or imei is None:
            return True
        # The lock compares TAC and serial number; the last two digits are check or version.
        return imei[:14] == self.locked_imei[:14]

    def seen(self, imei: str | None) -> bool:
        """A device attached; a lock without an IMEI takes its IMEI. Whether that is news."""
        if imei is None:
            return False
        before = (self.imei, self.locked_imei)
        self.imei = imei
        if self.is_imei_locked and self.locked_imei is None:
            self.locked_imei = imei
        return before != (self.imei, self.locked_imei)
