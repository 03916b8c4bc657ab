"""Gives each datagram to a SIM's address to the modem's session or to the twin program.

Both are the SIM, but a twin program has UDP alone. The rule for each port of UDP: an answer goes
to the one that sent last from that address and port. An unsolicited datagram goes to the session
if one is open, else to the twin.

    downlink = Downlink(core)
    downlink.set_twin(deliver)                  # deliver(datagram): to the program at its twin
    downlink.twin_sent(datagram)
    downlink.session_sent(source)
    downlink.deliver(datagram)

When one of them loses a port, or unsolicited datagrams, the timeline says so (kind `downlink`).
What passes a twin is billed as what passes a session.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from typing import TYPE_CHECKING

from nce_sim.network.session import Deliver
from nce_sim.network.twin_usage import TwinUsage
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.network.core import Core

# Ports remembered in a world; the port that was silent longest is forgotten first.
MOST_PORTS = 4_096


class Owner(enum.Enum):
    """The one that acts as the SIM at one of its ports."""

    SESSION = "the modem's session"
    TWIN = "the twin program"


class Downlink:
    """Takes datagrams to SIMs and unknown addresses, and knows the last sender from each port."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._twin: Deliver | None = None
        self._owners: OrderedDict[Address, Owner] = OrderedDict()
        self._told: set[str] = set()
        self._usage = TwinUsage(core)

    def set_twin(self, deliver: Deliver | None) -> None:
        """Give datagrams for twin programs to `deliver(datagram)`; None if there are no twins."""
        self._twin = deliver
        if deliver is None:
            self._usage.close()

    def deliver(self, datagram: Datagram) -> None:
        """Give a datagram to the session of its SIM, or to the twin."""
        receiver = self._core.sim_at(datagram.destination.host)
        session = self._core.session_of(receiver) if receiver is not None else None
        # Twins are sockets of UDP: a segment is for the modem, or for nobody.
        twin = self._twin if datagram.segment is None else None
        is_for_twin = self._owners.get(datagram.destination) is Owner.TWIN
        if session is not None and not (is_for_twin and twin is not None):
            session.receive(datagram)
        elif twin is not None:
            self._record(datagram, "down", datagram.destination.host)
            # A program that was never heard may not be there.
            if receiver is not None and (is_for_twin or self._usage.is_open(receiver)):
                self._usage.bill(receiver, down=datagram.size)
            twin(datagram)
        else:
            self._core.drop(datagram, "nobody is there")

    def twin_sent(self, datagram: Datagram) -> bool:
        """A program at a twin sent this to a service; its address may be unknown.

        Whether it goes on: False when the account refuses the SIM.
        """
        self._record(datagram, "up", datagram.source.host)
        sim = self._core.sim_at(datagram.source.host)
        if sim is None or self._twin is None:
            return True
        refusal = self._usage.refusal(sim)
        if refusal is not None:
            self._core.drop(datagram, refusal.reason)
            return False
        self._sent(datagram.source, Owner.TWIN)
        if self._core.session_of(sim) is not None:
            self._tell_of_both(datagram.source.host)
        self._usage.bill(sim, up=datagram.size)
        return True

    def session_sent(self, source: Address) -> None:
        """A modem sent from `source`."""
        if self._twin is not None:
            self._sent(source, Owner.SESSION)

    def session_opened(self, host: str) -> None:
        """A modem became the SIM at `host`; a twin program that was the SIM before is told."""
        if any(
            owner is Owner.TWIN and address.host == host for address, owner in self._owners.items()
        ):
            self._tell_of_both(host)

    def session_ended(self, host: str) -> None:
        """No modem is the SIM at `host` any more: all datagrams go to the twin program."""
        self._told.discard(host)
        for address in [
            address
            for address, owner in self._owners.items()
            if owner is Owner.SESSION and address.host == host
        ]:
            del self._owners[address]

    def _sent(self, source: Address, owner: Owner) -> None:
        loser = self._owners.get(source)
        self._owners[source] = owner
        self._owners.move_to_end(source)
        if len(self._owners) > MOST_PORTS:
            self._owners.popitem(last=False)
        if loser is not None and loser is not owner:
            self._core.timeline.add(
                "core",
                "downlink",
                address=str(source),
                goes_to=owner.value,
                lost_by=loser.value,
                reason="it sent from this port last",
            )

    def _tell_of_both(self, host: str) -> None:
        if host in self._told:
            return
        self._told.add(host)
        self._core.timeline.add(
            "core",
            "downlink",
            address=host,
            goes_to=Owner.SESSION.value,
            lost_by=Owner.TWIN.value,
            reason="a session is open: it gets unsolicited datagrams; answers go to the port's "
            "last sender",
        )

    def _record(self, datagram: Datagram, direction: str, host: str) -> None:
        self._core.timeline.add(
            f"twin {host}", "datagram", **datagram.fields, direction=direction, fate="sent"
        )
