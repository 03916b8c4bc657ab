"""The wizard for a sub-account: who, where, and a last look.

made = await ask_for_sub_account(portal)          # None when the user gave up
"""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Organisation, PostalLines
from nce_api.models.portal_organisation import NewSubAccount
from nce_sim.portal.parts.form import WrongField
from nce_sim.portal.parts.steps import StepDialog
from nce_sim.portal.parts.tags import box, words

_SALUTATIONS = {"": "–", "1": "Mr", "2": "Ms"}
_LANGUAGES = {"en": "English", "de": "German", "ja": "Japanese"}
_NEEDED = "Give a value."
# Fields of a step: name at the service, label, longest text, whether it is needed.
_CONTACT = (
    ("name", "Company", 100, True),
    ("first_name", "First name", 100, True),
    ("last_name", "Last name", 100, True),
    ("phone", "Phone", 40, False),
    ("email", "E-mail", 254, True),
    ("confirmed", "Confirm e-mail", 254, True),
)
_PLACE = (
    ("street", "Street", 200, True),
    ("house_number", "House number", 20, False),
    ("zip", "ZIP", 20, True),
    ("city", "City", 100, True),
    ("country", "Country (two letters, such as DE)", 40, True),
    ("vat_id", "VAT ID", 20, False),
)
_Rows = tuple[tuple[str, str, int, bool], ...]


async def ask_for_sub_account(portal: Portal[Awaited]) -> Organisation | None:
    """The sub-account that was added."""
    return await _Wizard(portal).run()


class _Wizard:
    def __init__(self, portal: Portal[Awaited]) -> None:
        self._portal = portal
        self._inputs: dict[str, ui.input] = {}
        form = self._form = StepDialog("New organisation", "Add")
        with form.step("Company and contact", self._check_contact):
            self._add(_CONTACT[:1])
            self._salutation = form.field(
                "salutation", ui.select(_SALUTATIONS, label="Salutation", value="")
            )
            self._add(_CONTACT[1:])
            self._language = form.field(
                "language", ui.select(_LANGUAGES, label="Language", value="en")
            )
        with form.step("Address", self._check_place):
            self._add(_PLACE)
        with form.step("Summary", self._check_consent):
            self._summary = box("dl", "facts")
            words(
                "p",
                "The organisation has its own SIMs, IP addresses and settings. It begins in the "
                "Automatic Mode of the Breakout Settings.",
                "note q-mb-none",
            )
            self._consent = ui.checkbox("I have read the privacy notice, and so has the contact.")
            self._consent.props("dense")

    async def run(self) -> Organisation | None:
        return await self._form.run(self._save)

    def _add(self, rows: _Rows) -> None:
        for name, label, most, is_needed in rows:
            made = self._form.field(name, ui.input(label if is_needed else f"{label} (optional)"))
            made.props(f"maxlength={most}")
            self._inputs[name] = made

    def _given(self) -> dict[str, str]:
        return {name: (made.value or "").strip() for name, made in self._inputs.items()}

    def _check_contact(self) -> None:
        given = self._given()
        _check_needed(given, _CONTACT)
        if "@" not in given["email"]:
            raise WrongField("email", "This is no e-mail address; use one as office@example.com.")
        if given["confirmed"] != given["email"]:
            raise WrongField("confirmed", "It is not the same as the e-mail address above.")

    def _check_place(self) -> None:
        given = self._given()
        _check_needed(given, _PLACE)
        country = given["country"].upper()
        if len(country) != 2 or not (country.isascii() and country.isalpha()):
            raise WrongField("country", "Use the two letters of the country, such as DE.")
        self._summary.clear()
        with self._summary:
            for name, text in (
                ("Company", given["name"]),
                ("Contact", f"{given['first_name']} {given['last_name']}"),
                ("E-mail", given["email"]),
                ("Phone", given["phone"]),
                ("Language", _LANGUAGES.get(str(self._language.value), "")),
                ("Address", f"{given['street']} {given['house_number']}".strip()),
                ("City", f"{given['zip']} {given['city']}, {country}"),
                ("VAT ID", given["vat_id"]),
            ):
                words("dt", name)
                words("dd", text or "–")

    def _check_consent(self) -> None:
        if not self._consent.value:
            raise WrongField("", "Confirm that the privacy notice was read.")

    async def _save(self) -> Organisation:
        given = self._given()
        lines = ("first_name", "last_name", "street", "house_number", "zip", "city", "phone")
        country = given["country"].upper()
        address = {name: given[name] for name in lines if given[name]}
        if self._salutation.value:
            address["salutation"] = str(self._salutation.value)
        new = {name: given[name] for name in ("name", "email", "phone", "vat_id") if given[name]}
        return await self._portal.add_sub_account(
            NewSubAccount.model_validate(
                {
                    **new,
                    "country": country,
                    "language": str(self._language.value),
                    "address": PostalLines.model_validate(
                        {**address, "company": given["name"], "country": country}
                    ),
                }
            )
        )


def _check_needed(given: Mapping[str, str], rows: _Rows) -> None:
    for name, _, _, is_needed in rows:
        if is_needed and not given[name]:
            raise WrongField(name, _NEEDED)
