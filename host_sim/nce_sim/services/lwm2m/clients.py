"""The registered clients by SIM: who is there now, until when, and what is observed of them.

    clients.alive(iccid)                        # Registration, or None
    clients.of(client), clients.at(client, ("rd", location))
    clients.put(registration, work); clients.end(registration, work)
    clients.start()                             # lifetimes end by the clock

A SIM that changed its organisation has no client: its customer is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nce_sim.clock import Clock
from nce_sim.services.controller.expiry import Expiry
from nce_sim.services.lwm2m.needs import Network, Write
from nce_sim.services.lwm2m.observations import Observation, Observations
from nce_sim.services.lwm2m.outbound import Client
from nce_sim.services.lwm2m.registration import Registration
from nce_sim.services.lwm2m.registrations import Registrations
from nce_sim.storage import Storage, Work


@dataclass(frozen=True)
class Listed:
    """A registered client as it is shown: what it has, and what is observed."""

    registration: Registration
    lifetime_left_s: int
    observations: tuple[Observation, ...]


class Clients:
    """`ended(registration)` is called once the end of a registration is stored.

    `expired(registration, work)` is called for one whose lifetime is over.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        *,
        network: Network,
        observations: Observations,
        write: Write,
        ended: Callable[[Registration], None],
        expired: Callable[[Registration, Work], None],
    ) -> None:
        self._wall_ms = wall_ms
        self._network = network
        self._observations = observations
        self._write = write
        self._ended = ended
        self._expired = expired
        self._registrations = Registrations(storage)
        self._expiry = Expiry(clock, wall_ms, self._registrations.next_due_ms, self._clear)

    def start(self) -> None:
        """Watch the lifetimes."""
        self._expiry.schedule()

    def close(self) -> None:
        """Watch them no more; what is registered stays so."""
        self._expiry.close()

    def alive(self, iccid: str) -> Registration | None:
        """The client of a SIM, or None."""
        found = self._registrations.of(iccid)
        if found is None or found.due_ms <= self._wall_ms():
            return None
        is_owners = self._network.organisation_of(iccid) == found.organisation_id
        return found if is_owners else None

    def of(self, client: Client) -> Registration | None:
        """The registration that a client speaks for: by DTLS, if it registered so."""
        found = self.alive(client.identity)
        return found if found is not None and found.client.is_secure == client.is_secure else None

    def at(self, client: Client, location: Sequence[str]) -> Registration | None:
        """The registration of a client, when that is its location."""
        found = self.of(client)
        return found if found is not None and tuple(location) == ("rd", found.location) else None

    def is_current(self, registration: Registration) -> bool:
        """Whether a registration is still its SIM's; it may have been updated."""
        found = self.alive(registration.iccid)
        return found is not None and found.location == registration.location

    def listed(self, organisation_id: int) -> list[Listed]:
        """The clients of an organisation, the one that registered first first."""
        return [
            self._told(one)
            for one in self._registrations.all()
            if one.organisation_id == organisation_id and self.alive(one.iccid) is one
        ]

    def shown(self, organisation_id: int, iccid: str) -> Listed | None:
        """The client of a device of an organisation; None when it is not registered."""
        found = self.alive(iccid)
        if found is None or found.organisation_id != organisation_id:
            return None
        return self._told(found)

    def _told(self, one: Registration) -> Listed:
        left_s = (one.due_ms - self._wall_ms()) // 1000
        return Listed(one, left_s, tuple(self._observations.of(one.iccid)))

    def count(self) -> int:
        """How many are registered, of all organisations."""
        return len(self._registrations.all())

    def put(self, registration: Registration, work: Work) -> None:
        """Keep a registration, new or updated."""
        self._registrations.put(registration, work)
        work.after_commit(lambda: self._expiry.schedule(registration.due_ms))

    def end(self, registration: Registration, work: Work) -> None:
        """A registration is over, and its observations with it."""
        self._observations.remove_all(registration.iccid, work)
        self._registrations.remove(registration, work)
        work.after_commit(lambda: self._ended(registration))

    def former(self, client: Client, work: Work) -> None:
        """End what the SIM had before, by whatever name."""
        found = self._registrations.of(client.identity)
        if found is not None:
            self.end(found, work)

    def _clear(self) -> None:
        self._write(self._expire)

    def _expire(self, work: Work) -> None:
        for registration in self._registrations.due(self._wall_ms()):
            self.end(registration, work)
            self._expired(registration, work)
        work.after_commit(self._expiry.schedule)
