"""The additional e-mail addresses of organisations (1nce_os_2.md, 3.4).

    entry = emails.add(organisation_id, INVOICE, "books@example.com", work)
    emails.of(organisation_id)
    emails.delete(organisation_id, entry.email_id, work)

1NCE sends invoices and notifications of the volume there. The simulation sends no mail: it keeps
the addresses.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

from sqlalchemy import bindparam, delete, insert, select

from nce_sim.account.organisations.organisation import check_email
from nce_sim.account.organisations.tables import ADDITIONAL_EMAIL
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work

INVOICE, VOLUME = KINDS = ("INVOICE", "VOLUME")
_INSERT = insert(ADDITIONAL_EMAIL)
_DELETE = delete(ADDITIONAL_EMAIL).where(ADDITIONAL_EMAIL.c.email_id == bindparam("key"))
_MOST = 20  # [U] addresses of an organisation, of one kind


@dataclass(frozen=True)
class AdditionalEmail:
    """One address and what is sent there."""

    email_id: str
    organisation_id: int
    kind: str
    email: str


class AdditionalEmails:
    """All additional addresses, in memory and in the database."""

    def __init__(self, storage: Storage, random: Random) -> None:
        self._random = random
        self._entries = {
            row.email_id: AdditionalEmail(**row._asdict())
            for row in storage.read(select(ADDITIONAL_EMAIL))
        }

    def of(self, organisation_id: int) -> list[AdditionalEmail]:
        """The addresses of an organisation, by what is sent there."""
        own = (one for one in self._entries.values() if one.organisation_id == organisation_id)
        return sorted(own, key=lambda one: (one.kind, one.email))

    def add(self, organisation_id: int, kind: str, email: str, work: Work) -> AdditionalEmail:
        """Send one kind of mail to another address, too."""
        if kind not in KINDS:
            raise Invalid(f"there is no kind {kind!r} of mail; choose {' or '.join(KINDS)}")
        email = email.strip()
        check_email(email)
        known = [one.email for one in self.of(organisation_id) if one.kind == kind]
        if email.lower() in map(str.lower, known):
            raise Conflict(f"{email!r} is in the list already")
        if len(known) >= _MOST:
            raise Conflict(f"the list has {_MOST} addresses; delete one first")
        entry = AdditionalEmail(
            f"{self._random.getrandbits(84):021x}", organisation_id, kind, email
        )
        self._entries[entry.email_id] = entry
        work.on_rollback(lambda: self._entries.pop(entry.email_id, None))
        work.write(_INSERT, asdict(entry))
        return entry

    def delete(self, organisation_id: int, email_id: str, work: Work) -> None:
        """Send no more there."""
        entry = self._entries.get(email_id)
        if entry is None or entry.organisation_id != organisation_id:
            raise NotFound(f"there is no e-mail address {email_id!r}; list those that there are")
        del self._entries[email_id]
        work.on_rollback(lambda: self._entries.update({email_id: entry}))
        work.write(_DELETE, {"key": email_id})

    def forget(self, organisation_id: int, work: Work) -> None:
        """The organisation was deleted."""
        for entry in self.of(organisation_id):
            self.delete(organisation_id, entry.email_id, work)
