"""The clients that are registered, in memory and in the database at once.

    registrations = Registrations(storage)
    registrations.put(registration, work)
    registrations.of(iccid), registrations.at(location)

A SIM has one client: a registration replaces the one before it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from nce_sim.services.lwm2m.outbound import Client
from nce_sim.services.lwm2m.registration import Registration
from nce_sim.services.lwm2m.tables import LWM2M_REGISTRATION as TABLE
from nce_sim.storage import Keyed, Storage, Work

_KEEP = Keyed(TABLE)


class Registrations:
    """The registrations of all organisations."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._by_iccid: dict[str, Registration] = {}
        self._by_location: dict[str, Registration] = {}
        for row in storage.read(select(TABLE).order_by(TABLE.c.registered_ms)):
            self._set(row.iccid, _of_row(row))

    def of(self, iccid: str) -> Registration | None:
        """The registration of a SIM, or None."""
        return self._by_iccid.get(iccid)

    def at(self, location: str) -> Registration | None:
        """The registration at a location, or None."""
        return self._by_location.get(location)

    def all(self) -> list[Registration]:
        """All of them, the one that registered first first."""
        return list(self._by_iccid.values())

    def put(self, registration: Registration, work: Work) -> None:
        """Keep a registration in the place of the one that its SIM had."""
        before = self._by_iccid.get(registration.iccid)
        work.on_rollback(lambda: self._set(registration.iccid, before))
        self._set(registration.iccid, registration)
        work.write(_KEEP, _row(registration))

    def remove(self, registration: Registration, work: Work) -> None:
        """Forget a registration."""
        work.on_rollback(lambda: self._set(registration.iccid, registration))
        self._set(registration.iccid, None)
        work.write(_KEEP, {"iccid": registration.iccid})

    def due(self, now_ms: int) -> list[Registration]:
        """Those whose lifetime is over."""
        query = select(TABLE.c.location).where(TABLE.c.due_ms <= now_ms)
        found = (self._by_location.get(row.location) for row in self._storage.read(query))
        # An update may wait for its commit.
        return [one for one in found if one is not None and one.due_ms <= now_ms]

    def next_due_ms(self) -> int | None:
        """When the next lifetime is over; None without any."""
        due_ms: int | None = self._storage.read(select(func.min(TABLE.c.due_ms)))[0][0]
        return due_ms

    def _set(self, iccid: str, registration: Registration | None) -> None:
        before = self._by_iccid.get(iccid)
        if before is not None:
            self._by_location.pop(before.location, None)
        if registration is None:
            self._by_iccid.pop(iccid, None)
        else:
            self._by_iccid[iccid] = self._by_location[registration.location] = registration


def _row(registration: Registration) -> dict[str, Any]:
    client = registration.client
    return {
        "iccid": client.identity,
        "organisation_id": registration.organisation_id,
        "location": registration.location,
        "endpoint_name": registration.endpoint_name,
        "host": client.host,
        "port": client.port,
        "is_secure": client.is_secure,
        "version": registration.version,
        "lifetime_s": registration.lifetime_s,
        "binding": registration.binding,
        "is_queueing": registration.is_queueing,
        "links": registration.links,
        "registered_ms": registration.registered_ms,
        "updated_ms": registration.updated_ms,
        "due_ms": registration.due_ms,
    }


def _of_row(row: Any) -> Registration:
    return Registration(
        row.location,
        Client(row.host, row.port, row.is_secure, row.iccid),
        row.organisation_id,
        row.endpoint_name,
        row.version,
        row.lifetime_s,
        row.binding,
        row.is_queueing,
        row.links,
        row.registered_ms,
        row.updated_ms,
        row.due_ms,
    )
