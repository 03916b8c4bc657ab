"""What organisations ask of the network: addresses, breakout and APN.

network = CoreNetwork(world.core)
network.take_block(organisation_id)              # "10.160.1.0/24"
network.set_breakout(organisation_id, "Manual", "Frankfurt")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nce_sim.network.core import Core
from nce_sim.network.internet import Breakout


class Network(Protocol):
    """The part of the network that belongs to an organisation; ValueError says what is wrong."""

    @property
    def regions(self) -> Sequence[str]:
        """The regions with a breakout."""

    def take_block(self, organisation_id: int) -> str:
        """Give an organisation the next free block of addresses."""

    def claim_block(self, organisation_id: int, block: str) -> None:
        """A block is the organisation's since an earlier run."""

    def blocks_of(self, organisation_id: int) -> Sequence[str]:
        """All blocks of an organisation."""

    def give_back(self, organisation_id: int) -> None:
        """The blocks of an organisation are free again: it was deleted."""

    def breakout_of(self, organisation_id: int) -> tuple[str, str]:
        """Mode and region of its new sessions."""

    def set_breakout(self, organisation_id: int, mode: str, region: str) -> None:
        """Change mode and region of its new sessions."""

    def set_apn(self, organisation_id: int, apn: str | None) -> None:
        """Its custom APN, beside the usual one."""


class CoreNetwork:
    """The network of a world."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._own_id = core.account.settings.organisation_id

    @property
    def regions(self) -> Sequence[str]:
        return tuple(self._core.settings.regions)

    def take_block(self, organisation_id: int) -> str:
        return self._core.blocks.take_block(organisation_id)

    def claim_block(self, organisation_id: int, block: str) -> None:
        blocks = self._core.blocks
        if blocks.blocks_of(organisation_id):
            return  # its SIMs came first, with their addresses
        base, _, length = block.partition("/")
        here = blocks.here(base)  # the blocks of a world may be shifted
        try:
            blocks.claim_block(f"{here}/{length}", organisation_id)
        except ValueError:  # not in the settings of this world, or another's: it gets the next
            blocks.take_block(organisation_id)

    def blocks_of(self, organisation_id: int) -> Sequence[str]:
        return self._core.blocks.blocks_of(organisation_id)

    def give_back(self, organisation_id: int) -> None:
        self._core.blocks.give_back(organisation_id)
        if organisation_id != self._own_id:
            self._core.internet.set_breakout(organisation_id, None)
        self._core.set_apn(organisation_id, None)

    def breakout_of(self, organisation_id: int) -> tuple[str, str]:
        breakout = self._core.internet.breakout_for(organisation_id)
        return breakout.mode, breakout.region

    def set_breakout(self, organisation_id: int, mode: str, region: str) -> None:
        # The world's own organisation has the breakout that a test sets at `internet.breakout`.
        if organisation_id == self._own_id:
            self._core.internet.breakout = Breakout(mode, region)
        else:
            self._core.internet.set_breakout(organisation_id, Breakout(mode, region))

    def set_apn(self, organisation_id: int, apn: str | None) -> None:
        self._core.set_apn(organisation_id, apn)
