"""What the network asks of whoever pays: who may attach, and what a session costs.

The network knows no money: quotas, limits and locks are the account's (`nce_sim.account`), which
the world hands to the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings


class Refusal(Protocol):
    """Why a SIM is not let in: the account's code, and the causes on the air."""

    @property
    def code(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def emm_cause(self) -> int: ...

    @property
    def esm_cause(self) -> int: ...


class Charging(Protocol):
    """The account, as the network sees it."""

    settings: AccountSettings

    def add(self, sim: SimCard) -> object:
        """A SIM has its address: open its books."""

    def attach_refusal(self, sim: SimCard, imei: str | None = None) -> Refusal | None:
        """Why `sim` in the device `imei` may not attach, or None."""

    def pdp_refusal(self, sim: SimCard) -> Refusal | None:
        """Why `sim` may not open a session, or None."""

    def data_limit(self, sim: SimCard) -> int | None:
        """The monthly limit that a session is opened under, in bytes, or None."""

    def count_data(self, sim: SimCard, amount: int, limit: int | None = None) -> None:
        """Count bytes; it may end the sessions of the SIM."""

    def seen(self, sim: SimCard, imei: str | None) -> None:
        """A device was let in."""

    def imei_of(self, sim: SimCard) -> str | None:
        """The device that was let in last, or None."""
