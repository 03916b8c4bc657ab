"""Management API access: pairs of client id and secret, as many as one wants (2.7, 3.4)."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import AddedCredential, Credential
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_TITLE = "Management API access"


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    await _Credentials(frame, portal).show()


class _Credentials:
    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._frame, self._portal = frame, portal

    async def show(self) -> None:
        reason = self._frame.visit.lacks("configuration.management_api")
        self._panel = Panel(
            _TITLE,
            self._load,
            self._draw,
            empty="There are no credentials. Make some, and programs can call the API with them.",
            width="w12",
            icon="vpn_key_off",
        )
        with self._panel.more:
            permitted("New credentials", "add", self._add, reason)
        if reason is not None:
            with self._panel.body:
                empty_state(reason, "lock")
            return
        await self._panel.with_refresh().load()

    async def _load(self) -> list[Credential] | None:
        return (await self._portal.credentials()).items or None

    def _draw(self, found: list[Credential]) -> None:
        zone = self._frame.zone
        with plain_table("Name", "Client ID", "Created", "Last used", actions=True):
            for pair in found:
                with box("tr"):
                    words("td", pair.name)
                    words("td", pair.client_id, "mono")
                    words("td", zone.text(pair.created), "when")
                    words("td", zone.text(pair.last_used), "when")
                    with box("td", "when"):
                        revoke = partial(self._revoke, pair)
                        sign("delete", f"Revoke {pair.client_id}", revoke)
        words(
            "p",
            "A secret is shown once, when it is made. The roles of users do not hold for these "
            "credentials: they may do all that the API has.",
            "note q-mt-md q-mb-none",
        )

    async def _add(self) -> None:
        added: list[AddedCredential] = []

        async def save(values: Values) -> None:
            added.append(await self._portal.add_credential(values["name"]))

        fields = (Field("name", "Name", most=100, is_needed=True, hint="What they are for"),)
        if await filled_in("New credentials", fields, save, action="Make them"):
            await _show_once(added[0])
            await self._panel.load()

    async def _revoke(self, pair: Credential) -> None:
        text = f"Programs that use {pair.client_id} ({pair.name}) are refused at once."
        if not await is_sure("Revoke these credentials?", text, "Revoke"):
            return

        async def ask() -> bool:
            await self._portal.delete_credential(pair.client_id)
            return True

        _, problem = await asked(ask)
        done = f"The credentials {pair.name} are revoked."
        ui.notify(problem or done, type="positive" if problem is None else "negative")
        await self._panel.load()


async def _show_once(added: AddedCredential) -> None:
    """The secret, until the user closes it."""
    with ui.dialog().props("persistent") as dialog, ui.card():
        words("h2", "Your new credentials", "text-h6")
        words("p", "Copy the secret now: it is shown this once, and stored as a hash.")
        for name, text in (("Client ID", added.client_id), ("Client secret", added.client_secret)):
            words("div", name, "note")
            with box("div", "secret"):
                words("code", text, "mono", aria_label=name)
                sign("content_copy", f"Copy: {name}", partial(_copy, name, text))
        with box("div", "row justify-end full-width"):
            quiet("I have it", on_click=dialog.close, shape="flat")
    await answer_of(dialog)


def _copy(name: str, text: str) -> None:
    ui.clipboard.write(text)
    ui.notify(f"{name} is copied.")
