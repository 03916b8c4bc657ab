"""What the SIM group needs of the account and of others; the backend composes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol

from nce_sim.account.subscription import Subscription
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work


class Devices(Protocol):
    """The SIMs of all organisations."""

    @property
    def version(self) -> int:
        """Another number after a SIM came or changed its organisation."""

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation."""

    def subscription_of(self, iccid: str) -> Subscription | None:
        """The subscription of a SIM, or None."""

    def address_of(self, iccid: str) -> str | None:
        """The static address of a SIM."""


class Customer(Protocol):
    """What a customer does to a SIM: it takes effect in the network after the commit."""

    def set_enabled(self, sim: SimCard, is_enabled: bool, work: Work) -> None: ...

    def lock_imei(self, sim: SimCard, work: Work) -> None: ...

    def unlock_imei(self, sim: SimCard, work: Work) -> None: ...

    def set_label(self, sim: SimCard, label: str, work: Work) -> None: ...

    def reset_connection(self, sim: SimCard) -> None: ...

    def set_limit(self, sim: SimCard, kind: str, volume: int | None, work: Work) -> None: ...

    def set_auto_top_up(self, sim: SimCard, is_on: bool, work: Work) -> None: ...


class Orders(Protocol):
    """Orders for SIMs that exist; the result is the order's number."""

    def top_up(
        self, organisation_id: int, iccids: Sequence[str], payment_method: str, work: Work
    ) -> int: ...

    def extend(
        self,
        organisation_id: int,
        iccids: Sequence[str],
        product_id: int | None,
        payment_method: str,
        work: Work,
    ) -> int: ...


class Organisations(Protocol):
    """The customers."""

    def name_of(self, organisation_id: int) -> str: ...

    def transfer(
        self,
        organisation_id: int,
        target_id: int | None,
        iccids: Sequence[str],
        ranges: Sequence[tuple[str, str]],
        work: Work,
    ) -> None:
        """Move SIMs between a parent and its sub-account; each range has both of its ends.

        The caller's own and those of its sub-accounts; a Problem when it is none of that.
        """


class EventRecord(NamedTuple):
    """One event of a SIM."""

    id: int
    at_ms: int  # since 1970
    type: int
    name: str
    severity: int
    source: int
    alert: bool
    description: str
    detail: dict[str, Any] | None


class DayOfUsage(NamedTuple):
    """What a SIM used on a day: bytes and messages, tx from the device, rx to it."""

    day_ms: int  # its first instant, since 1970
    data_tx: int
    data_rx: int
    data_total: int  # with the rounding
    sms_tx: int
    sms_rx: int


class QuotaStep(NamedTuple):
    """What changed a SIM's data volume and was no traffic, such as a top-up; in bytes."""

    at_ms: int  # since 1970
    data_added: int  # negative for volume that was lost
    data_left: int  # afterwards


class Records(Protocol):
    """Events and usage of SIMs."""

    def events(
        self, iccid: str, since_ms: int, limit: int, offset: int
    ) -> tuple[Sequence[EventRecord], int]:
        """A page of the events since `since_ms`, newest first, and how many there are."""

    def weeks(self, iccids: Collection[str], from_ms: int) -> dict[int, tuple[int, int]]:
        """Bytes and messages of these SIMs together, by the first instant of a week's Monday."""

    def usage(self, iccid: str, from_ms: int, until_ms: int) -> Sequence[DayOfUsage]:
        """The days with usage, oldest first; both ends are the first instant of a day."""

    def quota_steps(self, iccid: str, from_ms: int) -> Sequence[QuotaStep]:
        """The steps of the data volume since `from_ms`, oldest first."""
