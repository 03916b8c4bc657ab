"""The page: the account with its sub-accounts, the transfer of SIMs, and its history."""

from __future__ import annotations

from functools import partial

from fastapi import Request
from nicegui import ui

from nce_api.calls import OnePage
from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Organisation
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.organisation.history import History
from nce_sim.portal.pages.organisation.transfer import SimTransfers
from nce_sim.portal.pages.organisation.wizard import ask_for_sub_account
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning
from nce_sim.portal.visit import NO_PORTAL

_PAGE = 25
_NO_LEVELS = "A sub-organisation has none of its own."


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/organisation", "Organisation") as frame:
        if frame.visit.portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            return
        await _Organisation(frame, frame.visit.portal).build()


class _Organisation:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._frame, self._portal = frame, portal
        self._page = 1

    async def build(self) -> None:
        own, _ = await asked(self._portal.organisation)
        is_sub = own is not None and own.parent_id is not None
        reason = self._frame.visit.lacks("organisation.add")
        if reason is None and is_sub:
            reason = _NO_LEVELS
        with self._frame.more, allowed(reason) as within:
            within(quiet("New organisation", "add", self._add))
        with box("div", "grid"):
            self._panel = Panel(
                "Organisations", self._load, self._show, empty="", width="w12"
            ).with_refresh()
            self._transfers = SimTransfers(self._frame, self._portal, self._moved)
            self._history = History(self._frame, self._portal)
        await self._panel.load()
        await self._transfers.load()
        await self._history.load()

    async def _load(self) -> tuple[Organisation, OnePage[Organisation]]:
        own = await self._portal.organisation()
        return own, await self._portal.sub_accounts(page=self._page, page_size=_PAGE)

    def _show(self, found: tuple[Organisation, OnePage[Organisation]]) -> None:
        own, subs = found
        with plain_table("ID", "Name", "Kind", "E-mail", "SIMs", numbers=("SIMs",), actions=True):
            self._row(own, "Sub-organisation" if own.parent_id else "Master organisation")
            for sub in subs.items:
                self._row(sub, "Sub-organisation", is_sub=True)
        if not subs.items:
            words("p", self._why_alone(own), "note q-mt-md q-mb-none")
        turning(self._page, -(-(subs.total or 0) // _PAGE), self._turn)

    def _row(self, account: Organisation, kind: str, *, is_sub: bool = False) -> None:
        with box("tr"):
            words("td", account.account_number, "mono")
            words("td", account.name)
            words("td", kind)
            words("td", account.email)
            words("td", count_text(account.sims), "num")
            with box("td", "when"):
                if is_sub:
                    reason = self._frame.visit.lacks("organisation.add") or _bound(account)
                    with allowed(reason) as within:
                        delete = partial(self._delete, account)
                        within(sign("delete", f"Delete {account.name}", delete))

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    def _why_alone(self, own: Organisation) -> str:
        if own.parent_id is not None:
            return _NO_LEVELS
        return (
            "There are no sub-organisations yet. One has its own SIMs, IP addresses and settings, "
            "and gets SIMs from here by a transfer."
        )

    async def _add(self) -> None:
        made = await ask_for_sub_account(self._portal)
        if made is not None:
            ui.notify(f"{made.name} is a sub-organisation now.", type="positive")
            await self._renew()

    async def _delete(self, account: Organisation) -> None:
        loss = "Its settings and its users are deleted, too."
        if not await is_sure(f"Delete {account.name}?", loss, "Delete"):
            return

        async def ask() -> None:
            await self._portal.delete_sub_account(account.organisation_id)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(f"{account.name} is deleted.", type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._renew()

    async def _moved(self) -> None:
        """SIMs were transferred."""
        await self._panel.load()
        await self._history.load()

    async def _renew(self) -> None:
        await self._panel.load()
        await self._transfers.load()


def _bound(account: Organisation) -> str | None:
    """Why a sub-account cannot be deleted now (1nce_os_2.md, 3.6)."""
    if account.sims:
        return f"It has {count_text(account.sims)} SIMs: transfer them first."
    if account.open_orders:
        return "It has open orders: wait until they are completed."
    return None
