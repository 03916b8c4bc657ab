"""The short message service as operators and modems see it; `nce_sim.sms` is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import SmsSettings

RatOf = Callable[[SimCard], "str | None"]
IsReachable = Callable[[SimCard], bool]
Receiver = Callable[[bytes], None]


class ShortMessages(Protocol):
    """A centre that takes and delivers TPDUs (TS 23.040)."""

    settings: SmsSettings

    def submit(self, sim: SimCard, pdu: bytes) -> int:
        """Take an SMS-SUBMIT; the result is its message reference."""

    def attach_receiver(self, sim: SimCard, deliver: Receiver) -> Callable[[], None]:
        """Deliver to `sim` from now on; the result ends that."""

    def acknowledge(self, sim: SimCard, *, is_taken: bool) -> None:
        """The answer to a message whose receiver said that it follows."""

    def memory_available(self, sim: SimCard) -> None:
        """The SIM can be reached, or has room, again."""
