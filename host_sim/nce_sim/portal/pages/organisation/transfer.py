"""A SIM transfer: from, to, a file with ranges of ICCIDs, a preview, and the deed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Organisation
from nce_api.models.portal_organisation import (
    SeenTransfer,
    TransferPreview,
    TransferredSims,
    TransferStart,
)
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.organisation.iccid_ranges import SAMPLE, Fault, Range, parse
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_MOST_SUBS = 100  # of a page of the service, and as many as an account has
_MOST_BYTES = 500_000  # 10,000 lines have less; a larger file is not read
_SHOWN = 50  # lines of a preview
_READ = f"""async (event) => {{
  const file = event.target.files[0];
  if (!file) return;
  emit(file.name, file.size, file.size > {_MOST_BYTES} ? "" : await file.text());
  event.target.value = "";
}}"""
_ABOVE = 0  # stands for the account above, whose number a sub-account is not told


class SimTransfers:
    """A card with the form, and the preview below it."""

    def __init__(
        self, frame: Frame, portal: Portal[Awaited], moved: Callable[[], Awaitable[None]]
    ) -> None:
        self._frame, self._portal, self._moved = frame, portal, moved
        self._ranges: list[Range] = []
        self._panel = Panel(
            "SIM Transfer",
            self._load,
            self._show,
            empty="SIMs are transferred between organisations: add a sub-organisation first.",
            width="w12",
            icon="swap_horiz",
        )

    async def load(self) -> None:
        """Ask between whom SIMs can go."""
        await self._panel.load()

    async def _load(self) -> tuple[Organisation, list[Organisation]] | None:
        own = await self._portal.organisation()
        subs = await self._portal.sub_accounts(page_size=_MOST_SUBS)
        return (own, list(subs.items)) if subs.items or own.parent_id else None

    # -- the form --------------------------------------------------------------------------

    def _show(self, found: tuple[Organisation, list[Organisation]]) -> None:
        own, subs = found
        self._own = own
        self._names = {own.organisation_id: own.name}
        self._names |= {sub.organisation_id: sub.name for sub in subs}
        if own.parent_id is not None:
            self._names = {own.organisation_id: own.name, _ABOVE: "The master organisation"}
        reason = self._frame.visit.lacks("organisation.sim_transfer")
        self._ranges = []
        with box("div", "whole"), allowed(reason) as within, box("div", "set"):
            sources = self._names if own.parent_id is None else {own.organisation_id: own.name}
            self._source = _select("From", sources, own.organisation_id)
            targets = self._targets(own.organisation_id)
            self._target = _select("To", targets, next(iter(targets)))
            self._source.on_value_change(lambda event: self._turn(event.value))
            self._target.on_value_change(self._forget)
            for one in (self._source, self._target):
                within(one)
            self._file_field(is_on=reason is None)
        words(
            "p",
            f"A text file with a range of ICCIDs on each line: {SAMPLE}. No heading, no semicolon "
            "at the end of a line, no SIM twice.",
            "note q-mt-sm",
        )
        self._result = box("div", aria_live="polite")

    def _file_field(self, *, is_on: bool) -> None:
        with box("label", "file"):
            words("span", "SIM selection (ICCID Ranges CSV)")
            made = box("input", type="file", accept=".csv,text/csv,text/plain")
            made.props["aria-label"] = "SIM selection (ICCID Ranges CSV)"
            if not is_on:
                made.props["disabled"] = True
            made.on("change", self._chosen, js_handler=_READ)

    def _targets(self, source: int) -> Mapping[int, str]:
        """Only between the master organisation and a sub-organisation (1nce_os_2.md, 3.6)."""
        own = self._own.organisation_id
        if self._own.parent_id is None and source != own:
            return {own: self._names[own]}
        return {key: name for key, name in self._names.items() if key != source}

    def _turn(self, source: int) -> None:
        targets = self._targets(source)
        self._target.set_options(dict(targets), value=next(iter(targets)))
        self._forget()

    def _forget(self) -> None:
        self._ranges = []
        self._result.clear()

    # -- the preview -----------------------------------------------------------------------

    async def _chosen(self, event: GenericEventArguments) -> None:
        name, size, text = event.args
        self._forget()
        if size > _MOST_BYTES:
            self._say_faults([Fault(0, f"{name} has {size} bytes; use {_MOST_BYTES} at most.")])
            return
        ranges, faults = parse(text)
        if faults:
            self._say_faults(faults)
            return
        wanted = TransferPreview.model_validate(self._wanted(ranges))

        async def ask() -> SeenTransfer:
            return await self._portal.preview_transfer(wanted)

        seen, problem = await asked(ask)
        self._result.clear()
        with self._result:
            if seen is None:
                words("p", problem or "no answer", "bad-text", role="alert")
            else:
                self._ranges = ranges
                self._preview(ranges, seen)

    def _wanted(self, ranges: Sequence[Range]) -> dict[str, object]:
        wanted: dict[str, object] = {
            "source_organisation": self._source.value,
            "ranges": [[one.first, one.last] for one in ranges],
        }
        if self._target.value != _ABOVE:
            wanted["target_organisation"] = self._target.value
        return wanted

    def _say_faults(self, faults: Sequence[Fault]) -> None:
        with self._result, box("div", role="alert"):
            words("p", "The file cannot be used. Mend it and choose it again.", "bad-text")
            _lines([(str(one.line or "–"), one.text) for one in faults], ("Line", "What is wrong"))

    def _preview(self, ranges: Sequence[Range], seen: SeenTransfer) -> None:
        rows = [
            (str(line.line), f"{one.first} to {one.last}", count_text(one.sims), one.problem or "")
            for line, one in zip(ranges, seen.ranges, strict=True)
        ]
        wrong = [row for row in rows if row[3]]
        words("h3", "Preview", "small")
        if wrong:
            words(
                "p", "Some lines cannot be transferred. Mend the file.", "bad-text", role="alert"
            )
            _lines(wrong, ("Line", "Range", "SIMs", "What is wrong"))
            return
        _lines(rows, ("Line", "Range", "SIMs"))
        sims = f"{count_text(seen.sims)} SIM{'' if seen.sims == 1 else 's'}"
        with box("div", "set q-mt-md"):
            main(f"Transfer {sims}", lambda: self._start(sims))
            quiet("Cancel", on_click=self._forget, shape="flat")

    # -- the deed --------------------------------------------------------------------------

    async def _start(self, sims: str) -> None:
        source, target = (
            self._names[int(one.value or _ABOVE)] for one in (self._source, self._target)
        )
        loss = "Their sessions end. They get new IP addresses, and the limits of the new owner."
        if not await is_sure(f"Transfer {sims} from {source} to {target}?", loss, "Transfer"):
            return
        start = TransferStart.model_validate(self._wanted(self._ranges))

        async def ask() -> TransferredSims:
            return await self._portal.start_transfer(start)

        done, problem = await asked(ask)
        if done is None:
            ui.notify(problem or "no answer", type="negative")
            return
        ui.notify(f"{sims} transferred to {target}.", type="positive")
        self._forget()
        await self._moved()


def _select(label: str, options: Mapping[int, str], value: int) -> ui.select:
    made = ui.select(dict(options), label=label, value=value).props("outlined dense")
    made.props["aria-label"] = label
    return made


def _lines(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> None:
    """A table; the cells that no head names are left out."""
    with plain_table(*heads):
        for row in rows[:_SHOWN]:
            with box("tr"):
                for _, cell in zip(heads, row, strict=False):
                    words("td", cell)
    if len(rows) > _SHOWN:
        words("p", f"and {count_text(len(rows) - _SHOWN)} more lines", "note")
