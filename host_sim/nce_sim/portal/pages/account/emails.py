"""Additional e-mail addresses: where invoices and notifications of the volume go besides."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Email, Kind
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted, permitted_sign
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

_KINDS: tuple[tuple[Kind, str, str], ...] = (
    ("INVOICE", "Invoice", "Invoices go to the e-mail of the customer data alone."),
    ("VOLUME", "Volume notifications", "Notifications go to the e-mail of the customer data."),
)


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    await _Emails(frame, portal).show()


class _Emails:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._portal = portal
        self._reason = frame.visit.lacks("account.add_email")

    async def show(self) -> None:
        self._panel = Panel("Additional e-mail addresses", self._load, self._draw, empty="")
        await self._panel.with_refresh().load()

    async def _load(self) -> list[Email]:
        return (await self._portal.emails()).items

    def _draw(self, found: list[Email]) -> None:
        for kind, title, nothing in _KINDS:
            own = [one for one in found if one.kind == kind]
            words("h3", title, "small")
            if not own:
                words("p", nothing, "note")
            with box("ul", "lines", aria_label=title):
                for one in own:
                    with box("li"):
                        words("span", one.email)
                        delete = partial(self._delete, one)
                        permitted_sign("delete", f"Delete {one.email}", delete, self._reason)
            add = partial(self._add, kind, title)
            with box("div", "q-mt-sm"):
                button = permitted("New e-mail address", "add", add, self._reason)
            button.props["aria-label"] = f"New e-mail address: {title}"
        words(
            "p", "The simulation sends no mail; it keeps the addresses.", "note q-mt-md q-mb-none"
        )

    async def _add(self, kind: Kind, title: str) -> None:
        async def save(values: Values) -> Email:
            return await self._portal.add_email(kind, values["email"])

        fields = (Field("email", "E-mail", kind="email", is_needed=True),)
        if await filled_in(f"{title}: new e-mail address", fields, save, action="Add"):
            ui.notify("The address is in the list.", type="positive")
            await self._panel.load()

    async def _delete(self, email: Email) -> None:
        if not await is_sure("Delete this address?", f"{email.email} gets no more.", "Delete"):
            return

        async def ask() -> bool:
            await self._portal.delete_email(email.id)
            return True

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"{email.email} is deleted.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._panel.load()
