"""Customer data: who the account is; name, country and currency are fixed."""

from __future__ import annotations

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Organisation, OrganisationChange
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.facts import facts
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.permitted import permitted_sign
from nce_sim.portal.parts.tags import words

_LANGUAGES = {"en": "English", "de": "German", "ja": "Japanese"}


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    shown: list[Organisation] = []

    async def load() -> Organisation:
        shown[:] = [await portal.organisation()]
        return shown[0]

    def draw(found: Organisation) -> None:
        facts(
            ("Company", found.name),
            ("Customer ID", found.account_number),
            ("E-mail", found.email),
            ("Phone", found.phone or "–"),
            ("Language", _LANGUAGES.get(found.language, found.language)),
            ("VAT ID", found.vat_id or "–"),
            ("Billing country", found.country),
            ("Currency", found.currency),
        )
        words("p", "Company, country and currency are fixed.", "note q-mt-md q-mb-none")

    async def edit() -> None:
        if not shown:
            return  # it is not loaded: the card says why
        (now,) = shown

        async def save(values: Values) -> Organisation:
            return await portal.change_organisation(OrganisationChange(**values))

        fields = (
            Field("email", "E-mail", now.email, kind="email", is_needed=True),
            Field("phone", "Phone", now.phone or "", kind="tel", most=40),
            Field("language", "Language", now.language, options=_LANGUAGES),
            Field("vat_id", "VAT ID", now.vat_id or "", most=20),
        )
        done = "The customer data is changed."
        if await filled_in("Customer data", fields, save, done=done):
            await panel.load()

    panel = Panel("Customer data", load, draw, empty="")
    with panel.more:
        reason = frame.visit.lacks("account.customer_data")
        permitted_sign("edit", "Change the customer data", edit, reason)
    await panel.with_refresh().load()
