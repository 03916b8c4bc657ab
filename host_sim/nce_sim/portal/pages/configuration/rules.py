"""What holds for all SIMs: monthly limits, the IMEI lock, and what future orders begin with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from nce_api.models import portal_configuration as models
from nce_sim.portal.door import ROOT
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

_NO_LIMIT = "No Limit"


class Limits(Section):
    """Monthly limits."""

    TITLE, SIGN, PERMISSION = "Monthly Limits", "speed", "configuration.monthly_limit"
    HINT = "Affects all SIMs globally"

    async def load(self) -> models.MonthlyLimits:
        return await self.portal.limits()

    def show(self, found: models.MonthlyLimits) -> None:
        words(
            "p",
            "A SIM that has used so much in a calendar month is blocked until the next month.",
            "soft",
        )
        with box("div", "set"):
            data = _limit_select("Data", found.data)
            sms_mt = _limit_select("SMS MT", found.sms_mt, "Messages to the device")
            sms_mo = _limit_select("SMS MO", found.sms_mo, "Messages from the device")

            async def save() -> None:
                change = models.LimitsChange(
                    data=data.value or 0, sms_mt=sms_mt.value or 0, sms_mo=sms_mo.value or 0
                )
                await self.do(
                    lambda: self.portal.set_limits(change), "The limits hold for all SIMs now."
                )

            main("Save", save)


class ImeiLock(Section):
    """The lock of all SIMs, and of future ones."""

    TITLE, SIGN, PERMISSION = "IMEI Lock", "phonelink_lock", "configuration.network"
    HINT = "Affects all SIMs"

    async def load(self) -> models.NetworkSettings:
        return await self.portal.settings()

    def show(self, found: models.NetworkSettings) -> None:
        words(
            "p",
            "A locked SIM works in one device alone: the one that uses it at the next attach. "
            "IMEI is the serial number of a device.",
            "soft",
        )
        words(
            "p",
            f"{count_text(found.sims_with_imei_lock)} of {count_text(found.sims)} SIMs are "
            "locked.",
        )
        lacks = self.frame.visit.lacks("configuration.imei_lock")
        with box("div", "set"):
            for name, icon, enabled in (
                ("Activate", "lock", True),
                ("Deactivate", "lock_open", False),
            ):

                async def turn(enabled: bool = enabled) -> None:
                    await self._turn(found.sims, enabled)

                with allowed(lacks) as within:
                    within(quiet(name, icon, turn))
        _future(
            "Activate IMEI Lock for all future SIM orders.",
            found.imei_lock_for_new_sims,
            lacks,
            self._turn_future,
        )

    async def _turn(self, sims: int, enabled: bool) -> None:
        if enabled:
            question = f"Lock all {count_text(sims)} SIMs?"
            loss = "Open sessions end. Each SIM is locked to the device that attaches next."
        else:
            question = f"Unlock all {count_text(sims)} SIMs?"
            loss = "Each SIM then works in any device."
        if await is_sure(question, loss, "Activate" if enabled else "Deactivate"):
            done = "All SIMs are locked." if enabled else "All SIMs are unlocked."
            await self.do(lambda: self.portal.set_imei_lock(enabled), done)

    async def _turn_future(self, enabled: bool) -> None:
        done = "SIMs of future orders are %s." % ("locked" if enabled else "not locked")
        await self.do(lambda: self.portal.lock_new_sims(enabled), done)


class AutoTopUp(Section):
    """Whether SIMs of future orders top themselves up."""

    TITLE, SIGN, PERMISSION = "Auto-Top-Up", "autorenew", "configuration.network"

    async def load(self) -> models.NetworkSettings:
        return await self.portal.settings()

    def show(self, found: models.NetworkSettings) -> None:
        words(
            "p",
            "A SIM with Auto-Top-Up orders its volume again whenever less than 20 % is left, "
            "and pays by the stored credit card.",
            "soft",
        )
        lacks = self.frame.visit.lacks("configuration.auto_top_up")
        if lacks is None and not found.has_credit_card and not found.auto_top_up_for_new_sims:
            lacks = "Auto-Top-Up needs a stored credit card. Save one in Account."
            with box("p"):
                words("span", f"{lacks} ")
                words("a", "Go to Account", href=f"{ROOT}/account")
        _future(
            "Activate Auto-Top-Up for all future SIM orders.",
            found.auto_top_up_for_new_sims,
            lacks,
            self._turn,
        )
        words("p", "SIMs that you have are set in My SIMs.", "note q-mt-sm q-mb-none")

    async def _turn(self, enabled: bool) -> None:
        done = "SIMs of future orders %s themselves up." % ("top" if enabled else "do not top")
        await self.do(lambda: self.portal.top_up_new_sims(enabled), done)


def _future(
    text: str, value: bool, lacks: str | None, turn: Callable[[bool], Awaitable[None]]
) -> None:
    async def turned(event: ValueChangeEventArguments[bool | None]) -> None:
        await turn(bool(event.value))

    with box("div", "q-mt-md"), allowed(lacks) as within:
        within(ui.checkbox(text, value=value, on_change=turned).props("dense"))


def _limit_select(name: str, limit: models.MonthlyLimit, tooltip: str = "") -> ui.select:
    options = {option.id: _text(option) for option in limit.options}
    made = ui.select(options, label=name, value=limit.id).props("outlined dense")
    made.props["aria-label"] = name
    if tooltip:
        made.tooltip(tooltip)
    return made


def _text(option: models.LimitOption) -> str:
    if option.limit == _NO_LIMIT:
        return _NO_LIMIT
    return f"{option.limit} {option.unit} per 1 month"
