"""Saved payment details: how the account may pay; a saved card is what auto top-up needs."""

from __future__ import annotations

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Organisation
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tags import box, words

_METHODS = {
    "banktransfer": ("Bank transfer", "2 to 3 days until an order is paid"),
    "creditcard": ("Saved credit card", "paid at once; auto top-up needs it"),
    "monthlyinvoice": ("Monthly invoice", "for accounts that 1NCE agreed it with"),
    "boleto": ("Boleto", "in Brazil"),
}


async def show(frame: Frame, portal: Portal[Awaited]) -> None:
    """The card."""
    reason = frame.visit.lacks("account.payment")

    async def change(method: str, is_on: bool, shown: Organisation) -> None:
        methods = [name for name in shown.payment_methods if name != method]

        async def ask() -> Organisation:
            return await portal.set_payment_methods(*methods, *([method] if is_on else []))

        _, problem = await asked(ask)
        name = _METHODS[method][0]
        if problem is not None:
            ui.notify(problem, type="negative")
        elif is_on:
            ui.notify(f"{name} can be used for payments.", type="positive")
        else:
            ui.notify(f"{name} is used no more.", type="positive")
        await panel.load()

    def draw(found: Organisation) -> None:
        for method, (name, note) in _METHODS.items():
            with box("div", "choice", tabindex=None if reason is None else "0"):
                made = ui.checkbox(
                    name,
                    value=method in found.payment_methods,
                    on_change=lambda event, method=method: change(method, event.value, found),
                )
                made.props("dense")
                words("span", note, "note")
                if reason is not None:
                    made.disable()
                    ui.tooltip(reason)
        words("p", "No money moves, so no card number is asked for.", "note q-mt-md q-mb-none")

    panel = Panel("Saved payment details", portal.organisation, draw, empty="")
    await panel.with_refresh().load()
