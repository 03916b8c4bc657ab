"""The page: all integrations with their states, and what can be done with each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from fastapi import Request
from nicegui import ui

from nce_api.models.clouds import Integration, IntegrationDetails
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.cloud_integrator.aws_form import add_aws
from nce_sim.portal.pages.cloud_integrator.details import show_details
from nce_sim.portal.pages.cloud_integrator.webhook_form import change_webhook, new_webhook
from nce_sim.portal.pages.cloud_integrator.words_of import (
    AWS,
    FAILED,
    NOT_ROLLED_OUT,
    ROLLING_OUT,
    STATES,
    TYPES,
    WEBHOOK,
    events_text,
)
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_EVERY_S = 3.0  # between two looks at the states
_HELP = (
    "A webhook gets each event by HTTPS POST and answers 2xx within 20 s. After five tries it is "
    "set to Integration Failed: mend the server, then restart it. A failed integration cannot "
    "report itself, so let a second one have the Error events."
)


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/cloud-integrator", "Cloud Integrator") as frame:
        await _Clouds(frame).build()


class _Row(NamedTuple):
    """An integration, and its last error where it failed: the list does not tell it."""

    one: Integration
    error: str | None


class _Clouds:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._clouds = frame, frame.visit.management.clouds
        self._reason = frame.visit.lacks("os.change")

    async def build(self) -> None:
        with self._frame.more, allowed(self._reason) as within:
            within(quiet("New AWS integration", "cloud_queue", self._add_aws))
            within(quiet("New webhook", "add", self._add_webhook))
        words("p", _HELP, "soft")
        self._panel = Panel(
            "Integrations",
            self._load,
            self._show,
            empty="There is no integration yet. Add a webhook, and it gets what devices send.",
            width="w12",
            icon="cloud_off",
        ).with_refresh()
        await self._panel.load()
        ui.timer(_EVERY_S, self._panel.renew, immediate=False)

    async def _load(self) -> list[_Row] | None:
        rows = []
        async for one in self._clouds.list():
            has_failed = one.state in (FAILED, NOT_ROLLED_OUT)
            error = (await self._clouds.get(one.id)).error if has_failed else None
            rows.append(_Row(one, error))
        return rows or None

    def _show(self, rows: list[_Row]) -> None:
        headings = (
            "Name",
            "Integration Type",
            "Event Type",
            "Status",
            "First successful delivery",
        )
        with plain_table(*headings, actions=True):
            for row in rows:
                with box("tr"):
                    self._row(row)

    def _row(self, row: _Row) -> None:
        one = row.one
        with box("td"):
            opener = quiet(one.name, on_click=partial(self._open, one), shape="flat dense")
            opener.classes("name").props["aria-label"] = f"Details of {one.name}"
        words("td", TYPES.get(one.type, one.type), "when")
        words("td", events_text(one.eventTypes))
        with box("td"):
            text, tone = STATES.get(one.state, (one.state, "calm"))
            words("span", text, f"chip {tone}")
            if row.error:
                words("div", row.error, "note told")
        words("td", self._frame.zone.text(one.lastSuccessfulMessageDelivery), "when")
        with box("td", "when"), allowed(self._reason) as within:
            if one.state == FAILED:
                within(quiet("Restart", "restart_alt", partial(self._restart, one)))
            test = sign("play_circle", f"Test {one.name}", partial(self._test, one))
            within(test)
            if one.state in (ROLLING_OUT, NOT_ROLLED_OUT):
                test.disable()  # there is nobody yet who could answer
            if one.type == WEBHOOK:
                within(sign("edit", f"Edit {one.name}", partial(self._edit, one)))
            within(sign("delete", f"Delete {one.name}", partial(self._delete, one)))

    # -- what can be done ------------------------------------------------------------------

    async def _add_webhook(self) -> None:
        if await new_webhook(self._clouds):
            await self._panel.load()

    async def _add_aws(self) -> None:
        if await add_aws(self._clouds):
            await self._panel.load()

    async def _details(self, one: Integration) -> IntegrationDetails | None:
        found, problem = await asked(lambda: self._clouds.get(one.id))
        if found is None:
            self._say(problem or "no answer", False)
        return found

    async def _open(self, one: Integration) -> None:
        found = await self._details(one)
        if found is not None:
            # The row of the button may be drawn again meanwhile; the card stays.
            with self._panel.body:
                show_details(found, self._frame.zone)

    async def _edit(self, one: Integration) -> None:
        found = await self._details(one)
        if found is None:
            return
        with self._panel.body:
            is_changed = await change_webhook(self._clouds, found)
        if is_changed:
            await self._panel.load()

    async def _test(self, one: Integration) -> None:
        test = self._clouds.test_aws if one.type == AWS else self._clouds.test_webhook
        found, problem = await asked(lambda: test(one.id))
        if found is None:
            self._say(f"{one.name}: {problem}", False)
        else:
            self._say(f"{one.name}: {found.message}", found.testStatus == "SUCCESS")

    async def _restart(self, one: Integration) -> None:
        restart = self._clouds.restart_aws if one.type == AWS else self._clouds.restart_webhook
        found, problem = await asked(lambda: restart(one.id))
        if found is None:
            self._say(f"{one.name}: {problem}", False)
        else:
            self._say(f"{one.name}: {found.message}", found.restartStatus == "SUCCESS")
        await self._panel.load()

    async def _delete(self, one: Integration) -> None:
        text = "It gets no more events, and those that wait for it are dropped."
        if one.type == AWS:
            text += " The stack in your AWS account stays: delete it there."
        if not await is_sure(f"Delete {one.name}?", text, "Delete"):
            return
        await self._do(lambda: self._clouds.delete(one.id), f"{one.name} is deleted.")

    async def _do(self, call: Callable[[], Awaitable[Any]], done: str) -> None:
        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        self._say(problem or done, problem is None)
        await self._panel.load()

    def _say(self, text: str, is_good: bool) -> None:
        with self._panel.body:
            ui.notify(text, type="positive" if is_good else "negative")
