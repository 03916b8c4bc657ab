"""The billing and shipping addresses of organisations.

    addresses.add(organisation_id, SHIPPING, address, is_default=True, work=work)
    addresses.for_delivery(organisation_id)      # the one default, or why there is none

An order without an address goes to the single default shipping address [D].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from sqlalchemy import bindparam, delete, select

from nce_sim.account.organisations.tables import POSTAL_ADDRESS
from nce_sim.account.postal import PostalAddress, checked, restored, stored
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work, upsert

BILLING, SHIPPING = KINDS = ("BILLING", "SHIPPING")
_KEEP = upsert(POSTAL_ADDRESS)
_DELETE = delete(POSTAL_ADDRESS).where(POSTAL_ADDRESS.c.address_id == bindparam("key"))
_MOST = 100  # [U] addresses of an organisation


@dataclass(frozen=True)
class Entry:
    """One address of an organisation."""

    address_id: str
    organisation_id: int
    kind: str
    is_default: bool
    address: PostalAddress


class PostalAddresses:
    """All addresses, in memory and in the database."""

    def __init__(self, storage: Storage, random: Random) -> None:
        self._random = random
        self._entries: dict[str, Entry] = {
            row.address_id: Entry(
                row.address_id, row.organisation_id, row.kind, row.is_default, restored(row.body)
            )
            for row in storage.read(select(POSTAL_ADDRESS))
        }

    def of(self, organisation_id: int) -> list[Entry]:
        """The addresses of an organisation, by their kinds."""
        found = [
            entry for entry in self._entries.values() if entry.organisation_id == organisation_id
        ]
        return sorted(found, key=lambda entry: (entry.kind, entry.address_id))

    def get(self, organisation_id: int, address_id: str) -> Entry:
        """One address of an organisation."""
        entry = self._entries.get(address_id)
        if entry is None or entry.organisation_id != organisation_id:
            raise NotFound(f"there is no address {address_id!r}; list those that there are")
        return entry

    def for_delivery(self, organisation_id: int) -> PostalAddress:
        """Where an order without an address goes; Invalid when that is not clear."""
        defaults = [
            entry
            for entry in self.of(organisation_id)
            if entry.kind == SHIPPING and entry.is_default
        ]
        if len(defaults) != 1:
            raise Invalid(
                f"the organisation has {len(defaults)} default shipping addresses; "
                "give a delivery_address with the order"
            )
        return defaults[0].address

    def found(self, organisation_id: int, address: PostalAddress, work: Work) -> None:
        """The addresses of a new account."""
        for kind in KINDS:
            self.add(organisation_id, kind, address, is_default=True, work=work)

    def add(
        self,
        organisation_id: int,
        kind: str,
        address: PostalAddress,
        *,
        is_default: bool = False,
        work: Work,
    ) -> Entry:
        """Add an address."""
        if kind not in KINDS:
            raise Invalid(f"there is no kind {kind!r} of address; choose {' or '.join(KINDS)}")
        if len(self.of(organisation_id)) >= _MOST:
            raise Conflict(f"the organisation has {_MOST} addresses; delete one first")
        address_id = f"{self._random.getrandbits(84):021x}"
        entry = Entry(address_id, organisation_id, kind, is_default, checked(address))
        self._put(entry, work)
        return entry

    def change(
        self,
        organisation_id: int,
        address_id: str,
        *,
        address: PostalAddress | None = None,
        is_default: bool | None = None,
        work: Work,
    ) -> Entry:
        """Change what is given."""
        before = self.get(organisation_id, address_id)
        after = replace(
            before,
            address=before.address if address is None else checked(address),
            is_default=before.is_default if is_default is None else is_default,
        )
        self._put(after, work)
        return after

    def delete(self, organisation_id: int, address_id: str, work: Work) -> None:
        """Delete an address; orders keep theirs."""
        entry = self.get(organisation_id, address_id)
        del self._entries[address_id]
        work.on_rollback(lambda: self._entries.update({address_id: entry}))
        work.write(_DELETE, {"key": address_id})

    def forget(self, organisation_id: int, work: Work) -> None:
        """The organisation was deleted."""
        for entry in self.of(organisation_id):
            self.delete(organisation_id, entry.address_id, work)

    def _put(self, entry: Entry, work: Work) -> None:
        before = self._entries.get(entry.address_id)

        def undo() -> None:
            if before is None:
                del self._entries[entry.address_id]
            else:
                self._entries[entry.address_id] = before

        self._entries[entry.address_id] = entry
        work.on_rollback(undo)
        work.write(
            _KEEP,
            {
                "address_id": entry.address_id,
                "organisation_id": entry.organisation_id,
                "kind": entry.kind,
                "is_default": entry.is_default,
                "body": stored(entry.address),
            },
        )
