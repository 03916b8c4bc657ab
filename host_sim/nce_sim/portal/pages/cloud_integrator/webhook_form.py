"""The form of a webhook, a new one or one that is there.

if await new_webhook(clouds): ...
if await change_webhook(clouds, integration): ...

It stays open with all that was typed until the service takes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from nce_api.drivers import Awaited
from nce_api.groups.clouds import Clouds
from nce_api.models.clouds import IntegrationDetails, IntegrationUpdate, NewWebhook
from nce_sim.portal.pages.cloud_integrator.event_choice import EventChoice
from nce_sim.portal.pages.cloud_integrator.headers import Headers
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.fields import Form, text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import words
from nce_sim.portal.parts.window import buttons, window

MOST_NAME = 128  # [D]
_MOST_URL = 2_048
_PLACEHOLDERS = "May have :iccid:, :imsi: and :ip: of the device"
_USED = "has this URL already"  # [D] the same URL may not be used twice
JSON = "Parse JSON payload"
JSON_HELP = "Messages that are JSON come as JSON, not in base64."

Save = Callable[[dict[str, Any]], Awaitable[Any]]


async def new_webhook(clouds: Clouds[Awaited]) -> bool:
    """Ask for a new webhook; whether there is one now."""

    async def save(values: dict[str, Any]) -> None:
        await clouds.create_webhook(NewWebhook.model_validate(values))

    return await _WebhookForm(save, None).answer()


async def change_webhook(clouds: Clouds[Awaited], found: IntegrationDetails) -> bool:
    """Ask for changes of a webhook; whether it was changed."""

    async def save(values: dict[str, Any]) -> None:
        del values["name"]  # [D] it stays
        update = IntegrationUpdate.model_validate(values)
        await clouds.update_webhook(found.id, update)

    return await _WebhookForm(save, found).answer()


class _WebhookForm:
    def __init__(self, save: Save, found: IntegrationDetails | None) -> None:
        self._save, self._is_new = save, found is None
        chosen = {one.type for one in found.eventTypes} if found else {"TELEMETRY_DATA"}
        headers = (found.headers if found else None) or {}
        kept = {name: str(value) for name, value in headers.items()}
        title = f"Edit {found.name}" if found else "New webhook"
        with window(title, wide=True, keeps=True) as self._dialog:
            self._name = text(
                "Integration name", most=MOST_NAME, value=found.name if found else ""
            )
            self._name.props("autofocus")
            self._name.set_visibility(found is None)
            self._url = text(
                "Endpoint URL",
                most=_MOST_URL,
                value=found.url or "" if found else "https://",
                hint=_PLACEHOLDERS,
            )
            self._events = EventChoice(chosen)
            self._json = ui.checkbox(JSON, value=bool(found and found.jsonPayloadEnabled))
            words("p", JSON_HELP, "note below")
            self._headers = Headers(kept)
            buttons(self._dialog, "Add" if self._is_new else "Save", self._send)
        self._form = Form({"name": self._name, "url": self._url})

    async def answer(self) -> bool:
        """Open it; whether something was saved."""
        is_saved = await answer_of(self._dialog)
        return is_saved is True

    async def _send(self) -> None:
        self._form.clear()
        events, headers = self._events.rows(), self._headers.chosen()
        if not self._form.has_all("name", "url") or not events or headers is None:
            return
        values = {
            "name": self._name.value,
            "url": self._url.value.strip(),
            "headers": headers,
            "eventTypes": events,
            "jsonPayloadEnabled": bool(self._json.value),
        }

        async def ask() -> bool:
            await self._save(values)
            return True

        try:
            _, problem = await asked(ask)
        except ValidationError as error:
            self._form.refuse(error)
            return
        if problem is not None:
            is_of_url = _USED in problem
            self._form.tell(f"url: {problem}" if is_of_url else problem)
            return
        done = "gets events from now on" if self._is_new else "is changed"
        ui.notify(f"{self._name.value} {done}.", type="positive")
        self._dialog.submit(True)
