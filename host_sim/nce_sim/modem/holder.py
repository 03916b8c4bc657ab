"""The holder of a modem's SIM: the card is pulled out and put back while the modem runs.

    modem.holder.take_out()
    modem.holder.put_in()                   # the same card
    modem.holder.put_in(another)            # or another one, in its place

A modem without its card leaves the network at once: it can answer no challenge any more. What it
says of it is the family's (3GPP TS 27.007, 8.3; hot removal is no part of the standard).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.power import Power
from nce_sim.modem.registration import MINIMUM
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

_RUNNING = (Power.ON, Power.LINE_OFF)


class Holder:
    """Where the card of one modem is; `outside` is the one that was taken out."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.outside: SimCard | None = None

    @property
    def owner(self) -> SimCard | None:
        """The card of this modem, in its holder or beside it."""
        return self._modem.sim or self.outside

    def take_out(self) -> None:
        """Pull the card out; ValueError when there is none, or the modem sleeps."""
        modem = self._modem
        if modem.sim is None:
            raise ValueError(f"{modem.name} has no SIM in its holder; put one in")
        self._check_awake()
        modem.radio.stop("the SIM was taken out")
        modem.sim_is_ready = False
        if modem.sim.lock is not None:
            modem.sim.lock.power_cycled()
        self.outside, modem.sim = modem.sim, None
        modem.note("card", state="out")
        if modem.power in _RUNNING:
            modem.personality.hooks.card_moved(modem, is_in=False)

    def put_in(self, card: SimCard | None = None) -> None:
        """Put the card that is outside back, or another one, which nobody else may hold.

        ValueError when the holder is not empty, nothing is outside, or the modem sleeps.
        """
        modem = self._modem
        if modem.sim is not None:
            raise ValueError(f"{modem.name} has a SIM in its holder; take it out before")
        card = card or self.outside
        if card is None:
            raise ValueError(f"no SIM of {modem.name} is outside its holder; say which to put in")
        self._check_awake()
        modem.sim, self.outside = card, None
        modem.note("card", state="in")
        if modem.power in _RUNNING:
            modem.personality.hooks.card_moved(modem, is_in=True)
            if modem.radio.function != MINIMUM:
                modem.start_sim()

    def _check_awake(self) -> None:
        # A sleeping modem would find out when it wakes, each in its own way, which nobody tells.
        if self._modem.power is Power.ASLEEP or self._modem.power_saving.is_asleep:
            raise ValueError(f"{self._modem.name} sleeps; wake it before, by its power key")
