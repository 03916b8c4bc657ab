"""The forms that install a plugin.

if await install(plugins, "DATACAKE"): ...

They stay open with all that was typed until the service takes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement
from pydantic import ValidationError

from nce_api.drivers import Awaited
from nce_api.groups.plugins import Plugins
from nce_api.models.plugins import NewDatacakePlugin, NewMenderPlugin, NewTartabitPlugin
from nce_sim.portal.pages.plugins.partners import PARTNERS, TARTABIT_SERVERS, webhook_of
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.fields import Form, select, text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import words
from nce_sim.portal.parts.window import buttons, window

_OTHER = ""  # in place of a server that is known
Fields = dict[str, ValidationElement[Any]]
Values = Callable[[], dict[str, Any]]


async def install(plugins: Plugins[Awaited], name: str) -> bool:
    """Ask for what the partner needs; whether the plugin is installed now."""
    return await _InstallForm(plugins, name).answer()


class _InstallForm:
    def __init__(self, plugins: Plugins[Awaited], name: str) -> None:
        partner = PARTNERS[name]
        self._name = partner.name
        made: dict[str, Callable[[], tuple[Fields, Values]]] = {
            "DATACAKE": _datacake,
            "MENDER": _mender,
            "TARTABIT": _tartabit,
            "MEMFAULT": _memfault,
        }
        calls: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "DATACAKE": lambda v: plugins.install_datacake(NewDatacakePlugin.model_validate(v)),
            "MENDER": lambda v: plugins.install_mender(NewMenderPlugin.model_validate(v)),
            "TARTABIT": lambda v: plugins.install_tartabit(NewTartabitPlugin.model_validate(v)),
            "MEMFAULT": lambda _: plugins.install_memfault(),
        }
        self._call = calls[name]
        with window(f"{partner.name}: {partner.tagline}", keeps=True) as self._dialog:
            words("p", partner.text, "soft")
            self._fields, self._values = made[name]()
            buttons(self._dialog, partner.install, self._send)
        self._form = Form(self._fields)

    async def answer(self) -> bool:
        """Open it; whether it was installed."""
        is_done = await answer_of(self._dialog)
        return is_done is True

    async def _send(self) -> None:
        self._form.clear()
        if not self._form.has_all(*self._fields):
            return

        async def ask() -> bool:
            await self._call(self._values())
            return True

        try:
            _, problem = await asked(ask)
        except ValidationError as error:
            self._form.refuse(error)
            return
        if problem is not None:
            self._form.tell(problem)
            return
        ui.notify(f"{self._name} is installed.", type="positive")
        self._dialog.submit(True)


def _datacake() -> tuple[Fields, Values]:
    workspace = text("Workspace ID", most=64, hint="Of the workspace in Datacake, a UUID")
    return {"workspaceId": workspace}, lambda: {"workspaceId": workspace.value.strip()}


def _mender() -> tuple[Fields, Values]:
    token = ui.input("Organization token", password=True, password_toggle_button=True)
    token.props("outlined dense maxlength=800 autocomplete=off").classes("full-width")
    words("p", "1NCE makes the key pair of your devices. The API takes one of yours.", "note")
    return {"tenantToken": token}, lambda: {"tenantToken": token.value.strip()}


def _tartabit() -> tuple[Fields, Values]:
    known = next(iter(TARTABIT_SERVERS))
    choice = select("Server", {**TARTABIT_SERVERS, _OTHER: "Another server"}, known)
    choice.classes("full-width")
    server = text("Server domain", most=253, value=known)
    server.set_visibility(False)
    key = ui.input("Webhook Secret", password=True, password_toggle_button=True)
    key.props("outlined dense maxlength=40 autocomplete=off").classes("full-width")
    preview = words("code", "", "mono")

    def show() -> None:
        preview.text = webhook_of(server.value or "…", "•" * len(key.value or "") or "…")

    def choose(event: Any) -> None:
        server.value = event.value
        server.set_visibility(event.value == _OTHER)
        show()

    choice.on_value_change(choose)
    server.on_value_change(show)
    key.on_value_change(show)
    show()
    fields: Fields = {"serverDomain": server, "webhookKey": key}
    return fields, lambda: {"serverDomain": server.value.strip(), "webhookKey": key.value}


def _memfault() -> tuple[Fields, Values]:
    words("p", "1NCE opens an account at Memfault with the e-mail address of your organisation.")
    return {}, dict
