"""Billing and shipping addresses; an order without an address goes to the default one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Address, AddressChange, NewAddress, PostalLines
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.account.own_user import SALUTATIONS
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted, permitted_sign
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

Ask = Callable[[], Awaitable[bool]]
Kind = Literal["BILLING", "SHIPPING"]
_KINDS: dict[Kind, str] = {"BILLING": "Billing address", "SHIPPING": "Shipping address"}
# name, label, whether it is needed, the browser's name
_LINES = (
    ("first_name", "First name", False, "given-name"),
    ("last_name", "Last name", False, "family-name"),
    ("company", "Company", False, "organization"),
    ("street", "Street", True, "address-line1"),
    ("house_number", "House number", False, "off"),
    ("address_line2", "Address line 2", False, "address-line2"),
    ("zip", "ZIP code", True, "postal-code"),
    ("city", "City", True, "address-level2"),
    ("country", "Country", True, "country"),
    ("phone", "Phone", False, "tel"),
)
_MOST = 200


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    await _Addresses(frame, portal).show()


class _Addresses:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._portal = portal
        self._reason = frame.visit.lacks("account.addresses")
        self._shown: list[Address] = []

    async def show(self) -> None:
        self._panel = Panel(
            "Billing and shipping addresses",
            self._load,
            self._draw,
            empty="There is no address yet. Orders need one for shipping.",
            width="w12",
            icon="local_shipping",
        )
        with self._panel.more:
            for kind, title in _KINDS.items():
                add = partial(self._edit, kind, None)
                permitted(f"New {title.lower()}", "add", add, self._reason)
        await self._panel.with_refresh().load()

    async def _load(self) -> list[Address] | None:
        self._shown = (await self._portal.addresses()).items
        return self._shown or None

    def _draw(self, found: list[Address]) -> None:
        with box("div", "tiles"):
            for entry in found:
                with box("article", "tile"):
                    self._entry(entry)

    def _entry(self, entry: Address) -> None:
        kind: Kind = "SHIPPING" if entry.kind == "SHIPPING" else "BILLING"
        title = _KINDS[kind]
        lines = _written(entry.address)
        name = f"{title}, {lines[0]}"
        with box("div", "top"):
            words("h3", title, "small")
            if entry.is_default:
                words("span", "Default", "chip good")
        for line in lines:
            words("div", line)
        with box("div", "acts"):
            edit = partial(self._edit, kind, entry)
            permitted_sign("edit", f"Change: {name}", edit, self._reason)
            delete = partial(self._delete, entry, name)
            permitted_sign("delete", f"Delete: {name}", delete, self._reason)
            if not entry.is_default:
                prefer = partial(self._prefer, entry)
                permitted("Make default", None, prefer, self._reason, shape="flat dense")

    async def _edit(self, kind: Kind, entry: Address | None) -> None:
        before = {} if entry is None else entry.address
        is_first = entry is None and not any(one.kind == kind for one in self._shown)

        async def save(values: Values) -> Address:
            lines = PostalLines(**{name: text for name, text in values.items() if text})
            if entry is None:
                new = NewAddress(kind=kind, address=lines, is_default=is_first)
                return await self._portal.add_address(new)
            return await self._portal.change_address(entry.id, AddressChange(address=lines))

        hints = {"country": "Two letters, such as DE"}
        fields = [
            Field("salutation", "Salutation", before.get("salutation") or "", options=SALUTATIONS)
        ]
        for name, label, is_needed, fills in _LINES:
            value, most = before.get(name) or "", 2 if name == "country" else _MOST
            hint = hints.get(name, "")
            fields.append(
                Field(name, label, value, most=most, is_needed=is_needed, hint=hint, fills=fills)
            )
        title = _KINDS[kind] if entry is not None else f"New {_KINDS[kind].lower()}"
        if await filled_in(title, fields, save, done="The address is saved."):
            await self._panel.load()

    async def _prefer(self, entry: Address) -> None:
        async def ask() -> bool:
            # An order needs exactly one: the others are no longer it before this one is.
            for one in self._shown:
                if one.kind == entry.kind and one.is_default:
                    await self._portal.change_address(one.id, AddressChange(is_default=False))
            await self._portal.change_address(entry.id, AddressChange(is_default=True))
            return True

        await self._do(ask, "This is the default address now.")

    async def _delete(self, entry: Address, name: str) -> None:
        if not await is_sure("Delete this address?", f"{name}. Orders keep theirs.", "Delete"):
            return

        async def ask() -> bool:
            await self._portal.delete_address(entry.id)
            return True

        await self._do(ask, "The address is deleted.")

    async def _do(self, ask: Ask, done: str) -> None:
        _, problem = await asked(ask)
        ui.notify(problem or done, type="positive" if problem is None else "negative")
        await self._panel.load()


def _written(lines: dict[str, str | None]) -> list[str]:
    """An address as it stands on a parcel."""

    def joined(*names: str) -> str:
        return " ".join(text for name in names if (text := lines.get(name)))

    salutation = SALUTATIONS.get(lines.get("salutation") or "", "")
    person = joined("first_name", "last_name")
    found = (
        joined("company"),
        f"{salutation} {person}" if person and salutation != "–" else person,
        joined("street", "house_number"),
        joined("address_line2"),
        joined("zip", "city"),
        joined("country"),
        joined("phone"),
    )
    return [line for line in found if line]
