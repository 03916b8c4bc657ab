"""The network's questions to the account: may a SIM attach, and what does a session cost?

The network does not know prices: quotas, limits and locks belong to the account
(`nce_sim.account`), which the world gives to the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings, PlatformRules


class Refusal(Protocol):
    """Why a SIM is refused: the account's code, and the causes on the air."""

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

    def add(self, sim: SimCard, organisation_id: int | None = None) -> object:
        """A SIM has got its address: add it to the account of its organisation."""

    def attach_refusal(self, sim: SimCard, imei: str | None = None) -> Refusal | None:
        """Why `sim` in the device `imei` may not attach, or None."""

    def pdp_refusal(self, sim: SimCard) -> Refusal | None:
        """Why `sim` may not open a session, or None."""

    def other_platform(self, sim: SimCard) -> PlatformRules | None:
        """The rules of a SIM that is on another platform than the world's own; else None."""

    def platform_of(self, sim: SimCard) -> str:
        """The platform of a SIM, "1.0" or "2.0"."""

    def megabyte(self, sim: SimCard) -> int:
        """The bytes of a megabyte in records of the SIM."""

    def data_limit(self, sim: SimCard) -> int | None:
        """The monthly limit that a session is opened under, in bytes, or None."""

    def count_data(self, sim: SimCard, amount: int, limit: int | None = None) -> None:
        """Count bytes; it may end the sessions of the SIM."""

    def seen(self, sim: SimCard, imei: str | None) -> None:
        """A device attached."""

    def imei_of(self, sim: SimCard) -> str | None:
        """The device that attached last, or None."""
