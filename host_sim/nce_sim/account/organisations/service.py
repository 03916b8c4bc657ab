"""The account and its sub-accounts (service description, 4.1; 1nce_os_2.md, 3.6).

    organisations = Organisations(storage, random, sims, network, settings, own_id, now_ms)
    new = NewOrganisation("Branch", "branch@example.com", "DE")
    sub = organisations.create(organisation_id, new, now_ms, work)
    organisations.rules.set_imei_lock(organisation_id, True, work)      # of all SIMs
    organisations.set_breakout(organisation_id, "Manual", "Frankfurt", work)

A customer is an account with its sub-accounts, one level deep. Each has addresses, rules for
its SIMs, a breakout and an APN of its own. A caller of one sees nothing of another, except that an
account manages its sub-accounts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from nce_sim.account.organisations.addresses import PostalAddresses
from nce_sim.account.organisations.emails import AdditionalEmails
from nce_sim.account.organisations.network import Network
from nce_sim.account.organisations.organisation import (
    NewOrganisation,
    Organisation,
    begun,
    check_texts,
)
from nce_sim.account.organisations.register import Register
from nce_sim.account.organisations.settings import PAYMENT_METHODS, OrganisationSettings
from nce_sim.account.organisations.sim_rules import SimRules
from nce_sim.account.organisations.vpn import VpnConfigurations
from nce_sim.account.sims import Sims
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work

AUTOMATIC, MANUAL = MODES = ("Automatic", "Manual")
# TS 23.003, 9.1: labels of a domain name; not the operator's part, which ends in .gprs
_APN = re.compile(r"(?=.{1,100}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class Organisations:
    """All organisations; the world's own one is made at once."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        sims: Sims,
        network: Network,
        settings: OrganisationSettings,
        own_id: int,
        now_ms: int,
    ) -> None:
        self.settings = settings
        self._sims = sims
        self._network = network
        self._register = Register(storage)
        self.rules = SimRules(self._register, sims)
        self.addresses = PostalAddresses(storage, random)
        self.emails = AdditionalEmails(storage, random)
        self.vpn = VpnConfigurations(storage, random, settings, self)
        for organisation in self._register:
            network.claim_block(organisation.organisation_id, organisation.block)
            self._apply(organisation)
        if own_id not in self._register:
            with storage.unit() as work:
                self._found(own_id, now_ms, work)

    # -- reading ---------------------------------------------------------------------------

    def get(self, organisation_id: int) -> Organisation:
        """The caller's own organisation."""
        return self._register.get(organisation_id)

    def account_number_of(self, organisation_id: int) -> str:
        """The number that its client ids begin with."""
        return self.get(organisation_id).account_number

    def subs(self, organisation_id: int) -> list[Organisation]:
        """The sub-accounts of an account."""
        return [
            organisation
            for organisation in self._register
            if organisation.parent_id == organisation_id
        ]

    def sub(self, organisation_id: int, sub_id: int) -> Organisation:
        """One sub-account of an account; another's is not found."""
        if sub_id in self._register and self.get(sub_id).parent_id == organisation_id:
            return self.get(sub_id)
        raise NotFound(f"there is no sub-account {sub_id}; list those that there are")

    def customer_of(self, organisation_id: int) -> list[int]:
        """The account and all sub-accounts of the customer that an organisation belongs to."""
        top = self.get(organisation_id).parent_id or organisation_id
        return [top, *(sub.organisation_id for sub in self.subs(top))]

    def blocks(self, organisation_id: int) -> list[str]:
        """The blocks of addresses of an organisation."""
        self.get(organisation_id)
        return list(self._network.blocks_of(organisation_id))

    def breakout(self, organisation_id: int) -> tuple[str, str]:
        """Mode and region of new sessions."""
        self.get(organisation_id)
        return self._network.breakout_of(organisation_id)

    # -- sub-accounts ----------------------------------------------------------------------

    def create(
        self, parent_id: int, new: NewOrganisation, now_ms: int, work: Work
    ) -> Organisation:
        """A sub-account with a block of addresses of its own."""
        parent, most = self.get(parent_id), self.settings.most_sub_accounts
        if parent.parent_id is not None:
            raise Conflict(
                f"{parent_id} is a sub-account, which has none; "
                f"sign in to account {parent.parent_id}"
            )
        if len(self.subs(parent_id)) >= most:
            raise Conflict(f"account {parent_id} has {most} sub-accounts; delete one first")
        region = self._network.breakout_of(parent_id)[1]
        return self._opened(parent, new, parent.payment_methods, region, now_ms, work)

    def open_account(self, new: NewOrganisation, now_ms: int, work: Work) -> Organisation:
        """Another customer in this world, who knows nothing of the others."""
        region = self._network.breakout_of(min(one.organisation_id for one in self._register))[1]
        methods = self.settings.payment_methods
        return self._opened(None, new, methods, region, now_ms, work)

    def delete(self, parent_id: int, sub_id: int, *, has_open_orders: bool, work: Work) -> None:
        """Delete a sub-account; only without SIMs and open workflows [D]."""
        self.sub(parent_id, sub_id)
        count = len(self._sims.iccids(sub_id))
        if count:
            raise Conflict(f"sub-account {sub_id} has {count} SIMs; transfer them first")
        if has_open_orders:
            raise Conflict(f"sub-account {sub_id} has open orders; wait until they are completed")
        self._register.drop(sub_id, work)
        self.addresses.forget(sub_id, work)
        self.emails.forget(sub_id, work)
        self.vpn.forget(sub_id, work)
        work.after_commit(lambda: self._network.give_back(sub_id))

    # -- what an organisation sets for itself ----------------------------------------------

    def change(
        self,
        organisation_id: int,
        *,
        email: str | None = None,
        phone: str | None = None,
        language: str | None = None,
        vat_id: str | None = None,
        work: Work,
    ) -> Organisation:
        """Change customer data; name and country are fixed [D]."""
        before = self.get(organisation_id)
        after = replace(
            before,
            email=before.email if email is None else email,
            phone=before.phone if phone is None else phone,
            language=before.language if language is None else language,
            vat_id=before.vat_id if vat_id is None else vat_id,
        )
        check_texts(after)
        self._register.put(after, work)
        return after

    def set_payment_methods(
        self, organisation_id: int, methods: tuple[str, ...], work: Work
    ) -> Organisation:
        """How the organisation may pay; a card is saved when "creditcard" is among them."""
        for method in methods:
            if method not in PAYMENT_METHODS:
                choice = ", ".join(PAYMENT_METHODS)
                raise Invalid(f"there is no payment method {method!r}; choose of {choice}")
        after = replace(self.get(organisation_id), payment_methods=tuple(dict.fromkeys(methods)))
        self._register.put(after, work)
        return after

    def set_breakout(
        self, organisation_id: int, mode: str, region: str | None, work: Work
    ) -> Organisation:
        """Where new sessions meet the internet; Automatic mode ends 1NCE OS and OpenVPN [D]."""
        if region is None:
            region = self.breakout(organisation_id)[1]
        if mode not in MODES:
            raise Invalid(f"there is no breakout mode {mode!r}; choose {' or '.join(MODES)}")
        if region not in self._network.regions:
            choice = ", ".join(self._network.regions)
            raise Invalid(f"there is no breakout in {region!r}; choose one of {choice}")
        after = replace(self.get(organisation_id), breakout_mode=mode, breakout_region=region)
        self._register.put(after, work)
        work.after_commit(lambda: self._apply(after))
        return after

    def set_apn(self, organisation_id: int, apn: str | None, work: Work) -> Organisation:
        """A custom APN beside the usual one; None ends it."""
        apn = None if apn is None else apn.lower()
        if apn is not None and (not _APN.fullmatch(apn) or apn.endswith(".gprs")):
            raise Invalid(
                f"the APN {apn[:100]!r} is not usable; use labels of letters, digits and hyphens, "
                "as fleet.example (TS 23.003, 9.1)"
            )
        after = replace(self.get(organisation_id), apn=apn)
        self._register.put(after, work)
        work.after_commit(lambda: self._apply(after))
        return after

    # -- inside ----------------------------------------------------------------------------

    def _opened(
        self,
        parent: Organisation | None,
        new: NewOrganisation,
        payment_methods: tuple[str, ...],
        region: str,
        now_ms: int,
        work: Work,
    ) -> Organisation:
        organisation_id, account_number = self._register.next_numbers()
        organisation = begun(
            organisation_id,
            None if parent is None else parent.organisation_id,
            account_number,
            "",
            now_ms,
            new,
            currency=self.settings.currency if parent is None else parent.currency,
            payment_methods=payment_methods,
            breakout=(self.settings.new_breakout_mode, region),
        )
        check_texts(organisation)
        organisation = replace(organisation, block=self._block_for(organisation_id))
        work.on_rollback(lambda: self._network.give_back(organisation_id))
        self._register.put(organisation, work)
        if new.address is not None:
            self.addresses.found(organisation_id, new.address, work)
        work.after_commit(lambda: self._apply(organisation))
        return organisation

    def _found(self, own_id: int, now_ms: int, work: Work) -> None:
        """The world's own organisation, when its database is new."""
        settings = self.settings
        organisation = begun(
            own_id,
            None,
            str(settings.first_account_number),
            self._block_for(own_id),
            now_ms,
            NewOrganisation(settings.name, settings.email, settings.country),
            currency=settings.currency,
            payment_methods=settings.payment_methods,
            breakout=None,
        )
        self._register.put(organisation, work)
        self.addresses.found(own_id, settings.address, work)

    def _apply(self, organisation: Organisation) -> None:
        """Let the network do as the organisation has it."""
        key, mode = organisation.organisation_id, organisation.breakout_mode
        if mode is not None and organisation.breakout_region is not None:
            self._network.set_breakout(key, mode, organisation.breakout_region)
        self._network.set_apn(key, organisation.apn)

    def _block_for(self, organisation_id: int) -> str:
        blocks = self._network.blocks_of(organisation_id)
        if blocks:
            return blocks[0]  # its SIMs came before it
        try:
            return self._network.take_block(organisation_id)
        except ValueError as full:
            raise Conflict(str(full)) from full
