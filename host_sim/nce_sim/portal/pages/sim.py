"""One SIM: who it is, how long it lives, where it is, what is left, what happened, its SMS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from fastapi import Request
from nicegui import ui

from nce_api.models.events_v2 import RecordedEvent
from nce_api.models.locate import Position
from nce_api.models.sims import DailyUsage
from nce_api.models.sims_v2 import Connectivity, NewSms, SimUpdate, Sms
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.sim_columns import (
    SESSIONS,
    STATES,
    TONES,
    data_left_text,
    share,
    sms_left_text,
    switch_text,
)
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.charts import Bar, bars
from nce_sim.portal.parts.doing import act_buttons
from nce_sim.portal.parts.figures import data_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.sim_source import SimRow, source_of

T = TypeVar("T")
_SHOWN = 50  # of events, messages and positions
_MOST_SMS = 160  # [F] "0/160"
_MOST_LABEL = 255


async def build(request: Request, iccid: str) -> None:
    """The page."""
    with page_frame(request, "/sims", f"SIM {iccid[:20]}", crumb="My SIMs") as frame:
        await _Sim(frame, iccid).build()


class _Sim:
    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame, self._iccid = frame, iccid
        self._sims = frame.visit.management.sims_v2
        self._source = source_of(frame.visit)
        self._zone = frame.zone

    async def build(self) -> None:
        found, problem = await asked(self._details)
        if found is None:
            text = problem or "This account has no such SIM. It may have been transferred."
            empty_state(text, "search_off")
            return
        with box("div", "picked", role="region", aria_label="What to do"):
            act_buttons(self._frame.visit, lambda: [self._iccid], self._reload)
        with box("div", "grid"):
            self._panels: list[Panel[Any]] = [
                Panel("Details", self._details, self._show_details, empty="", width="w4"),
                Panel(
                    "Lifetime and volume", self._details, self._show_volume, empty="", width="w4"
                ),
                Panel("Network", self._status, self._show_status, empty="", width="w4"),
            ]
            for panel in self._panels:
                panel.with_refresh()
                await panel.load()
            with box("section", "panel w12", aria_label="History"):
                await self._tabs()

    async def _tabs(self) -> None:
        histories = {
            "Events": self._build_events,
            "Usage": self._build_usage,
            "SMS": self._build_sms,
            "Positions": self._build_positions,
        }
        with ui.tabs().props("align=left no-caps") as tabs:
            for name in histories:
                ui.tab(name)
        with ui.tab_panels(tabs, value="Events").props("animated=false").classes("bg-transparent"):
            for name, build_history in histories.items():
                with ui.tab_panel(name).classes("q-px-none"):
                    await build_history()

    async def _build_events(self) -> None:
        panel = Panel(
            "Events of the last seven days",
            lambda: _some(self._sims.events(self._iccid, page_size=_SHOWN)),
            self._show_events,
            empty="Nothing happened in the last seven days. Switch a device with this SIM on.",
            width="flat",
        )
        await panel.with_refresh().load()

    async def _build_usage(self) -> None:
        async def load() -> DailyUsage | None:
            found = await self._sims.usage(self._iccid)
            return found if found.stats else None

        panel = Panel(
            "Data used by day",
            load,
            self._show_usage,
            empty="This SIM has used nothing yet.",
            width="flat",
            icon="bar_chart",
        )
        await panel.with_refresh().load()

    async def _build_positions(self) -> None:
        panel = Panel(
            "Positions of the last seven days",
            lambda: _some(self._frame.visit.management.locator.positions(self._iccid)),
            self._show_positions,
            empty="No position is known. Switch the Device Locator on in 1NCE OS.",
            width="flat",
            icon="location_off",
        )
        await panel.with_refresh().load()

    async def _reload(self) -> None:
        for panel in self._panels:
            await panel.load()

    # -- asking ----------------------------------------------------------------------------

    async def _details(self) -> SimRow | None:
        return await self._source.one(self._iccid)

    async def _status(self) -> Connectivity | None:
        return await self._sims.status(self._iccid)

    # -- showing ---------------------------------------------------------------------------

    def _show_details(self, sim: SimRow) -> None:
        state, tone = STATES.get(sim.state, ("Expired", "bad"))
        with box("dl", "facts"):
            words("dt", "State")
            with box("dd"):
                words("span", state, f"chip {tone}")
            words("dt", "Label")
            with box("dd"):
                words("span", sim.label or "–")
                self._label_button(sim.label)
            for name, value in (
                ("ICCID", sim.iccid),
                ("IMSI", sim.imsi),
                ("MSISDN", sim.msisdn),
                ("IMEI", sim.imei or "not known yet"),
                ("IMEI lock", "Locked" if sim.imei_lock else "Unlocked"),
                ("SIM type", sim.sim_type or "–"),
            ):
                words("dt", name)
                words("dd", value, "number" if value.isdecimal() else "")

    def _label_button(self, label: str) -> None:
        if not self._frame.visit.may("sims.state"):
            return
        button = sign("edit", "Change the label").props("size=sm")

        async def change() -> None:
            with ui.dialog() as dialog, ui.card():
                words("h2", "Label", "text-h6")
                text = ui.input("Label", value=label).classes("full-width")
                text.props(f"outlined maxlength={_MOST_LABEL} autofocus")
                with box("div", "row justify-end q-gutter-sm full-width"):
                    quiet("Cancel", on_click=dialog.close, shape="flat")
                    ui.button("Save", on_click=lambda: dialog.submit(text.value or ""))
            answer = await answer_of(dialog)
            if answer is None:
                return

            async def save() -> None:
                await self._sims.update(self._iccid, SimUpdate(label=answer))

            _, problem = await asked(save)
            if problem is not None:
                ui.notify(problem, type="negative")
            await self._reload()

        button.on_click(change)

    def _show_volume(self, sim: SimRow) -> None:
        _meter(
            "Data left",
            data_left_text(sim),
            share(sim.data_left, sim.data_total, sim.data),
            TONES.get(sim.data, "good"),
        )
        _meter(
            "SMS left",
            sms_left_text(sim),
            share(sim.sms_left, sim.sms_total, sim.sms),
            TONES.get(sim.sms, "good"),
        )
        with box("dl", "facts q-mt-md"):
            for name, value in (
                ("Activated", self._zone.day(sim.activated)),
                ("Ends", self._zone.day(sim.ends)),
                (
                    "Can be extended",
                    _EXTENDABLE[sim.is_extendable],
                ),
                ("Auto top-up", switch_text(sim.auto_top_up)),
            ):
                words("dt", name)
                words("dd", value)

    def _show_status(self, found: Connectivity) -> None:
        session, tone = SESSIONS.get(found.status.description, ("Offline", "calm"))
        if found.status.description == "BLOCKED":
            session, tone = "Blocked", "bad"
        location, contexts = found.location, found.pdp_contexts or []
        with box("dl", "facts"):
            words("dt", "Session")
            with box("dd"):
                words("span", session, f"chip {tone}")
            facts = []
            if location is not None and location.operator is not None:
                operator = location.operator
                facts.append(("Operator", f"{operator.name}, {operator.country.name}"))
                facts.append(("Last seen", self._zone.text(location.last_updated)))
            for context in contexts:
                facts += [
                    ("Radio", context.rat_type.description),
                    ("IP address", context.ue_ip_address),
                    ("APN", context.apn),
                    ("Breakout", context.region),
                    ("Session since", self._zone.text(context.created)),
                    ("Cell", f"{context.ci} in area {context.lac}"),
                ]
            for name, value in facts:
                words("dt", name)
                words("dd", value)
        if location is None:
            words("p", "The device is not in a network now.", "note q-mt-sm")

    def _show_events(self, events: list[RecordedEvent]) -> None:
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            _heads("Time", "Event", "Description", "Source")
            with box("tbody"):
                for event in events:
                    with box("tr"):
                        words("td", self._zone.text(event.timestamp), "when")
                        words("td", _named(event.event_type))
                        words("td", event.description or "")
                        words("td", _named(event.event_source))

    def _show_usage(self, usage: DailyUsage) -> None:
        days = (usage.stats or [])[-56:]
        bars(
            "Data used by day",
            [
                Bar(
                    (day.date or "")[5:10],
                    float(day.data.volume or 0) if day.data else 0,
                    data_text(float(day.data.volume or 0) if day.data else 0),
                )
                for day in days
            ],
        )

    def _show_positions(self, positions: list[Position]) -> None:
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            _heads("Time", "Latitude", "Longitude", "Source")
            with box("tbody"):
                for position in positions:
                    longitude, latitude = position.coordinate[:2]
                    with box("tr"):
                        words("td", self._zone.text(position.sampleTime), "when")
                        words("td", f"{latitude:.5f}°", "num")
                        words("td", f"{longitude:.5f}°", "num")
                        words("td", str(position.source))

    # -- SMS -------------------------------------------------------------------------------

    async def _build_sms(self) -> None:
        panel = Panel(
            "SMS of the last seven days",
            lambda: _some(self._sims.list_sms(self._iccid)),
            self._show_messages,
            empty="No SMS was sent to this SIM or by it.",
            width="flat",
            icon="sms",
        )
        if self._frame.visit.may("sims.send_sms"):
            self._send_form(panel)
        await panel.with_refresh().load()

    def _send_form(self, panel: Panel[list[Sms]]) -> None:
        with box("div", "filters", role="form", aria_label="Send an SMS"):
            source = ui.input("Source address", placeholder="12345678")
            source.props("dense outlined maxlength=16")
            payload = ui.input("Text").props(f"dense outlined counter maxlength={_MOST_SMS}")
            payload.classes("grow")

            async def send() -> None:
                sms = NewSms(payload=payload.value or "", dcs=0)
                if source.value:
                    sms = NewSms(payload=payload.value or "", dcs=0, source_address=source.value)

                async def ask() -> None:
                    await self._sims.send_sms(self._iccid, sms)

                _, problem = await asked(ask)
                if problem is not None:
                    ui.notify(problem, type="negative")
                    return
                payload.value = ""
                ui.notify("The SMS is on its way.", type="positive")
                await panel.load()

            ui.button("Send", icon="send", on_click=send).props("no-caps")

    def _show_messages(self, messages: list[Sms]) -> None:
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            _heads("Submitted", "Direction", "State", "Finished", "From", "Text")
            with box("tbody"):
                for sms in messages:
                    with box("tr"):
                        words("td", self._zone.text(sms.submit_date), "when")
                        kind = sms.sms_type.description if sms.sms_type else ""
                        words("td", _DIRECTIONS.get(kind or "", kind or ""))
                        words(
                            "td", (sms.status.description or "").capitalize() if sms.status else ""
                        )
                        words("td", self._zone.text(sms.final_date), "when")
                        words("td", sms.source_address or "–")
                        words("td", sms.payload or "")


_EXTENDABLE = {True: "Yes", False: "From 3 months before the end", None: "–"}
_DIRECTIONS = {"MT": "To the device", "MO": "From the device"}


async def _some(found: AsyncIterator[T]) -> list[T] | None:
    """The first of a list, as many as a page shows; None for none."""
    items: list[T] = []
    async for item in found:
        items.append(item)
        if len(items) == _SHOWN:
            break
    return items or None


def _named(value: object) -> str:
    return str(getattr(value, "description", None) or value or "–")


def _heads(*names: str) -> None:
    with box("thead"), box("tr"):
        for name in names:
            words("th", name, scope="col")


def _meter(name: str, text: str, percent: float, tone: str) -> None:
    with box("div", "q-mb-md"):
        with box("div", "row justify-between"):
            words("span", name, "soft")
            words("strong", text)
        with box("div", f"meter {tone}", aria_hidden="true"):
            box("div").style(f"width: {min(100, max(0, percent))}%")
