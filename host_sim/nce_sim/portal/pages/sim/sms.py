"""SMS to the SIM and from it."""

from __future__ import annotations

from nicegui import ui

from nce_api.models.sims_v2 import NewSms, Sms
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.sim.first import first
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_MOST_SMS = 160  # [F] "0/160"
_DIRECTIONS = {"MT": "To the device", "MO": "From the device"}


async def show(frame: Frame, iccid: str) -> None:
    """The tab "SMS"."""
    sims = frame.visit.management.sims_v2
    panel = Panel(
        "SMS of the last seven days",
        lambda: first(sims.list_sms(iccid)),
        lambda messages: _draw(frame, messages),
        empty="No SMS was sent to this SIM or by it.",
        width="flat",
        icon="sms",
    )
    # The form stands above the list, which is made before it.
    with box("div") as above:
        _form(frame, iccid, panel)
    above.move(target_index=0)
    await panel.with_refresh().load()


def _form(frame: Frame, iccid: str, panel: Panel[list[Sms]]) -> None:
    reason = frame.visit.lacks("sims.send_sms")
    with box("div", "filters hinted", role="form", aria_label="Send an SMS"):
        source = ui.input("Source address", placeholder="12345678")
        source.props("dense outlined maxlength=16")
        payload = ui.input("Text").props(f"dense outlined counter maxlength={_MOST_SMS}")
        payload.classes("grow")

        async def send() -> None:
            sms = NewSms(payload=payload.value or "", dcs=0)
            if source.value:
                sms = NewSms(payload=payload.value or "", dcs=0, source_address=source.value)

            async def ask() -> None:
                await frame.visit.management.sims_v2.send_sms(iccid, sms)

            _, problem = await asked(ask)
            if problem is not None:
                ui.notify(problem, type="negative")
                return
            payload.value = ""
            ui.notify("The SMS is on its way.", type="positive")
            await panel.load()

        with allowed(reason) as within:
            button = main("Send", send, icon="send")
            for one in (source, payload, button):
                within(one)


def _draw(frame: Frame, messages: list[Sms]) -> None:
    zone = frame.zone
    with plain_table("Submitted", "Direction", "State", "Finished", "From", "Text"):
        for sms in messages:
            with box("tr"):
                words("td", zone.text(sms.submit_date), "when")
                kind = sms.sms_type.description if sms.sms_type else ""
                words("td", _DIRECTIONS.get(kind or "", kind or ""))
                words("td", (sms.status.description or "").capitalize() if sms.status else "")
                words("td", zone.text(sms.final_date), "when")
                words("td", sms.source_address or "–")
                words("td", sms.payload or "")
