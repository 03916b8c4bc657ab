"""Acts on SIMs: the buttons, the question, the doing one after the other, and what came of it.

act_buttons(visit, lambda: chosen, after=reload)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from nce_sim.portal.parts.acts import ACTS, Act
from nce_sim.portal.parts.asking import Values, filled_in
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import Visit

_SHOWN = 20  # of the SIMs that failed


def act_buttons(
    visit: Visit, chosen: Callable[[], Sequence[str]], after: Callable[[], Awaitable[None]]
) -> None:
    """A button for each act; one that the role does not permit says so."""
    for act in ACTS:
        reason = act.why_not(visit)

        async def run(act: Act = act) -> None:
            await _run(visit, act, list(chosen()), after)

        permitted(act.name, act.sign, run, reason, shape="flat dense")


async def _run(
    visit: Visit, act: Act, iccids: list[str], after: Callable[[], Awaitable[None]]
) -> None:
    if not iccids:
        ui.notify("Select SIMs first.")
        return
    values: Values = {}
    if act.fields:

        async def keep(filled: Values) -> None:
            values.update(filled)

        title = f"{act.name}: {_count(len(iccids))}"
        if not await filled_in(title, act.fields, keep):
            return
    title = f"{act.name}: {_count(len(iccids))}?"
    if act.question and not await is_sure(title, act.question, act.name):
        return
    failed: list[tuple[str, str]] = []
    with ui.dialog().props("persistent") as progress, ui.card():
        words("p", f"{act.name}: {_count(len(iccids))}")
        bar = ui.linear_progress(0, show_value=False).props("instant-feedback")
        bar.props["aria-label"] = "How many are done"
    if len(iccids) > 1:
        progress.open()
    for number, iccid in enumerate(iccids, 1):

        async def do(iccid: str = iccid) -> None:
            await act.do(visit, iccid, values)

        _, problem = await asked(do)
        if problem is not None:
            failed.append((iccid, problem))
        bar.value = number / len(iccids)
    if progress.is_deleted:
        return  # the page was left
    progress.close()
    progress.delete()
    if failed:
        _tell(act, len(iccids), failed)
    else:
        ui.notify(f"{_count(len(iccids))} {act.done}.", type="positive")
    await after()


def _tell(act: Act, count: int, failed: list[tuple[str, str]]) -> None:
    with ui.dialog() as dialog, ui.card():
        words("h2", f"{count - len(failed)} of {_count(count)} {act.done}", "text-h6")
        with box("table", "plain"), box("tbody"):
            for iccid, problem in failed[:_SHOWN]:
                with box("tr"):
                    words("td", iccid, "mono")
                    words("td", problem)
        if len(failed) > _SHOWN:
            words("p", f"and {len(failed) - _SHOWN} more", "note")
        quiet("Close", on_click=dialog.close, shape="flat")
    dialog.open()


def _count(number: int) -> str:
    return "1 SIM" if number == 1 else f"{number} SIMs"
