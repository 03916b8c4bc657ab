"""Users: who signs in to the portal and with which role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from nicegui import ui

from nce_api.calls import OnePage
from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal import AddedUser, NewUser, User, UserChange
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main, quiet, sign
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning
from nce_sim.portal.visit import NO_PORTAL

_PAGE = 25
# The roles that can be given, and what they are for (1nce_os_2.md, 3.5).
_ROLES = {
    "Admin": "everything, and the users but owners and admins",
    "User": "SIMs, configuration and support; no orders, no users",
    "Read Only": "sees everything and changes nothing",
    "3rd party": "configuration, SMS and resets, for a service provider",
    "API": "the Management API alone; does not enter the portal",
}


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/users", "Users") as frame:
        if frame.visit.portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            return
        await _Users(frame, frame.visit.portal).build()


class _Users:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._frame, self._portal = frame, portal
        self._page = 1

    async def build(self) -> None:
        may_admins = self._frame.visit.may("users.manage_admin")
        self._roles = [role for role in _ROLES if role != "Admin" or may_admins]
        with self._frame.more:
            reason = self._frame.visit.lacks("users.manage_others")
            permitted("New user", "person_add", self._add, reason)
        with box("div", "grid"):
            self._panel = Panel(
                "Users", self._load, self._show, empty="There are no users.", width="w12"
            ).with_refresh()
            with box("p", "note w12 q-ma-none"):
                words("span", "Your own name, e-mail address and password are in ")
                words("a", "Account", href=f"{ROOT}/account")
                words("span", ".")
        await self._panel.load()

    async def _load(self) -> OnePage[User] | None:
        found = await self._portal.users(page=self._page, page_size=_PAGE)
        return found if found.items else None

    def _show(self, found: OnePage[User]) -> None:
        zone, visit = self._frame.zone, self._frame.visit
        columns = (
            "State",
            "E-mail",
            "Name",
            "Role",
            "Notifications",
            "Newsletter",
            "Last sign-in",
        )
        with plain_table(*columns, actions=True):
            for user in found.items:
                is_active = user.state == "ACTIVE"
                with box("tr"):
                    with box("td"):
                        text, tone = ("Active", "good") if is_active else ("Disabled", "calm")
                        words("span", text, f"chip {tone}")
                    words("td", user.email)
                    words("td", f"{user.first_name} {user.last_name}")
                    words("td", user.role)
                    words("td", "Yes" if user.notifications else "–")
                    words("td", "Yes" if user.newsletter else "–")
                    words("td", zone.text(user.last_signed_in), "when")
                    with box("td", "when"):
                        if user.email != visit.name and self._may_manage(user):
                            self._row_buttons(user, is_active)
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn)

    def _may_manage(self, user: User) -> bool:
        if user.role == "Owner":
            return self._frame.visit.may("users.manage_owner")
        permission = "users.manage_admin" if user.role == "Admin" else "users.manage_others"
        return self._frame.visit.may(permission)

    def _row_buttons(self, user: User, is_active: bool) -> None:
        async def turn() -> None:
            state = "DISABLED" if is_active else "ACTIVE"
            change = UserChange(state=state)
            await self._do(lambda: self._portal.change_user(user.id, change))

        async def delete() -> None:
            text = f"{user.email} is signed out at once."
            if await is_sure("Delete this user?", text, "Delete"):
                await self._do(lambda: self._portal.delete_user(user.id))

        name = "Disable" if is_active else "Enable"
        sign("person_off" if is_active else "person", f"{name} {user.email}", turn)
        sign("delete", f"Delete {user.email}", delete)

    async def _turn(self, by: int) -> None:
        self._page += by
        await self._panel.load()

    async def _do(self, call: Callable[[], Awaitable[object]]) -> None:
        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
        await self._panel.load()

    async def _add(self) -> None:
        with ui.dialog() as dialog, ui.card():
            words("h2", "New user", "text-h6")
            first = ui.input("First name").props("outlined dense maxlength=100 autofocus")
            last = ui.input("Last name").props("outlined dense maxlength=100")
            email = ui.input("E-mail").props("outlined dense maxlength=254")
            options = {role: f"{role}: {_ROLES[role]}" for role in self._roles}
            role = ui.select(options, label="Role", value="User").props("outlined dense")
            role.props["aria-label"] = "Role"
            for one in (first, last, email, role):
                one.classes("full-width")
            newsletter = ui.checkbox("The newsletter")
            notifications = ui.checkbox("Notifications of outages and maintenance")
            words("p", "The simulation sends no mail: what is chosen is kept.", "note")
            with box("div", "row justify-end q-gutter-sm full-width"):
                quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
                main("Add", lambda: dialog.submit(True))
        is_wanted = await answer_of(dialog)
        if is_wanted is not True:
            return
        new = NewUser(
            email=email.value or "",
            first_name=first.value or "",
            last_name=last.value or "",
            role=role.value or "User",
            newsletter=newsletter.value,
            notifications=notifications.value,
        )

        async def ask() -> AddedUser:
            return await self._portal.add_user(new)

        added, problem = await asked(ask)
        if added is None:
            ui.notify(problem or "no answer", type="negative")
            return
        _show_password(added)
        await self._panel.load()


def _show_password(added: AddedUser) -> None:
    with ui.dialog() as dialog, ui.card():
        words("h2", f"{added.email} is a user now", "text-h6")
        words("p", "The simulation sends no mail: hand over this password. It is shown this once.")
        words("code", added.password, "mono")
        quiet("Close", on_click=dialog.close, shape="flat")
    dialog.open()
