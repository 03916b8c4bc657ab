"""The templates of the account: opened, activated, deleted, and saved from the workbench."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from pydantic import ValidationError

from nce_api.models.optimize import NewTemplate, Template, TemplateUpdate
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.fields import Form, select, text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted, permitted_sign
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

PROTOCOLS = {"COAP": "CoAP", "UDP": "UDP"}


class Templates:
    """The card; `open_it(text)` puts a template in the workbench."""

    def __init__(self, frame: Frame, open_it: Callable[[str], None]) -> None:
        self._templates = frame.visit.management.templates
        self._reason = frame.visit.lacks("os.change")
        self._open = open_it

    async def build(self) -> None:
        """Show it."""
        self._panel = Panel(
            "Templates",
            self._load,
            self._show,
            empty="There are no templates yet. Write one below, and save it.",
            width="w6",
            icon="description",
        ).with_refresh()
        await self._panel.load()

    def build_form(self, source: Callable[[], str]) -> None:
        """Where the workbench's template gets its name."""
        with box("div", "filters q-mt-md", role="form", aria_label="Save the template"):
            name = text("Name", most=64).classes("grow")
            protocols = select("Protocols", PROTOCOLS, ["COAP"], multiple=True)
            form = Form({"name": name, "protocolFilter": protocols})

            async def save() -> None:
                form.clear()
                if not form.has_all("name", "protocolFilter"):
                    return
                try:
                    new = NewTemplate.model_validate(
                        {
                            "name": name.value,
                            "template": source(),
                            "protocolFilter": list(protocols.value),
                            "status": "ACTIVE",
                        }
                    )
                except ValidationError as error:
                    form.refuse(error)
                    return
                await self._do(
                    lambda: self._templates.create(new), f"Saved and active: {new.name}."
                )

            permitted("Save as active", "save", save, self._reason)

    async def _load(self) -> list[Template] | None:
        return [one async for one in self._templates.list()] or None

    def _show(self, templates: list[Template]) -> None:
        with plain_table("Name", "Protocols", "State", actions=True):
            for template in templates:
                is_active = template.status == "ACTIVE"
                with box("tr"):
                    words("td", template.name)
                    names = (PROTOCOLS.get(one, one) for one in template.protocolFilter)
                    words("td", ", ".join(names))
                    with box("td"):
                        state, tone = ("Active", "good") if is_active else ("Inactive", "calm")
                        words("span", state, f"chip {tone}")
                    with box("td", "when"):
                        self._row_buttons(template, is_active)

    def _row_buttons(self, template: Template, is_active: bool) -> None:
        name = template.name

        async def turn() -> None:
            status = "INACTIVE" if is_active else "ACTIVE"
            update = TemplateUpdate.model_validate({"status": status})
            done = f"{name} is {'inactive' if is_active else 'active'}."
            await self._do(lambda: self._templates.update(template.id, update), done)

        async def delete() -> None:
            question = f"Delete the template {name}?"
            if await is_sure(question, "Messages are kept as they come then.", "Delete"):
                await self._do(lambda: self._templates.delete(template.id), f"{name} is deleted.")

        permitted_sign("edit", f"Open {name} below", lambda: self._open(template.template), None)
        verb, icon = ("Deactivate", "pause") if is_active else ("Activate", "play_arrow")
        permitted_sign(icon, f"{verb} {name}", turn, self._reason)
        permitted_sign("delete", f"Delete {name}", delete, self._reason)

    async def _do(self, call: Callable[[], Awaitable[object]], done: str) -> None:
        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(done, type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._panel.load()
