"""User data: one's own name, the address that one signs in with, and the password."""

from __future__ import annotations

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import OwnUser, OwnUserChange
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.facts import facts
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.permitted import permitted, permitted_sign
from nce_sim.portal.parts.tags import box

SALUTATIONS = {"": "–", "1": "Mr", "2": "Ms"}
_YES = "yes"
_CHOICE = {"no": "No", _YES: "Yes"}
_PASSWORD = Field(
    "current_password",
    "Current password",
    kind="password",
    most=256,
    is_needed=True,
    fills="current-password",
)


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    await _OwnUser(frame, portal).show()


class _OwnUser:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._frame, self._portal = frame, portal
        self._user: OwnUser | None = None

    async def show(self) -> None:
        self._reason = self._frame.visit.lacks("account.own_user")
        self._panel = Panel("User data", self._load, self._draw, empty="")
        with self._panel.more:
            permitted_sign("edit", "Change your name", self._edit, self._reason)
        await self._panel.with_refresh().load()

    async def _load(self) -> OwnUser:
        self._user = await self._portal.own_user()
        return self._user

    def _draw(self, user: OwnUser) -> None:
        facts(
            ("Salutation", SALUTATIONS.get(user.salutation or "", "–")),
            ("Name", f"{user.first_name} {user.last_name}"),
            ("E-mail", user.email),
            ("Role", user.role),
            ("Newsletter", "Yes" if user.newsletter else "No"),
            ("Outages and maintenance", "Yes" if user.notifications else "No"),
            ("Password", "••••••••••"),
        )
        with box("div", "row q-gutter-sm q-mt-md"):
            permitted("Change e-mail", "alternate_email", self._change_email, self._reason)
            permitted("Change password", "key", self._change_password, self._reason)

    async def _edit(self) -> None:
        if self._user is None:
            return  # it is not loaded: the card says why

        async def save(values: Values) -> OwnUser:
            change = OwnUserChange(
                salutation=values["salutation"],
                first_name=values["first_name"],
                last_name=values["last_name"],
                newsletter=values["newsletter"] == _YES,
                notifications=values["notifications"] == _YES,
            )
            return await self._portal.change_own_user(change)

        fields = (
            Field("salutation", "Salutation", self._user.salutation or "", options=SALUTATIONS),
            Field("first_name", "First name", self._user.first_name, most=100, is_needed=True),
            Field("last_name", "Last name", self._user.last_name, most=100, is_needed=True),
            Field("newsletter", "Newsletter", _word(self._user.newsletter), options=_CHOICE),
            Field(
                "notifications",
                "Notifications of outages and maintenance",
                _word(self._user.notifications),
                options=_CHOICE,
            ),
        )
        if await filled_in("User data", fields, save, done="Your data are changed."):
            await self._panel.load()

    async def _change_email(self) -> None:
        async def save(values: Values) -> OwnUser:
            return await self._portal.change_own_email(values["current_password"], values["email"])

        fields = (
            Field("email", "New e-mail", kind="email", is_needed=True, fills="username"),
            _PASSWORD,
        )
        note = "You sign in with it from now on."
        done = "Your e-mail address is changed. Sign in with it from now on."
        if await filled_in("Change e-mail", fields, save, note=note, done=done):
            await self._panel.load()

    async def _change_password(self) -> None:
        async def save(values: Values) -> None:
            await self._portal.change_password(values["current_password"], values["password"])

        fields = (
            _PASSWORD,
            Field(
                "password",
                "New password",
                kind="password",
                most=256,
                is_needed=True,
                hint="10 characters or more",
                fills="new-password",
            ),
        )
        note = "You are signed out everywhere, and sign in again with the new password."
        if await filled_in("Change password", fields, save, note=note):
            ui.navigate.to("/sign-in?said=password")  # below the root


def _word(is_wanted: bool) -> str:
    return _YES if is_wanted else "no"
