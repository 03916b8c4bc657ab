"""My SIMs: a table that the server searches, filters, sorts and cuts, and what is done to many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.sim_columns import COLUMNS, row_of
from nce_sim.portal.pages.sim_exports import ExportsDialog
from nce_sim.portal.pages.sim_table import SIZES, SimTable
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.doing import act_buttons
from nce_sim.portal.parts.panel import asked, soon
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.states import empty_state, error_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.sim_source import Rows, source_of
from nce_sim.portal.visit import NO_PORTAL

_MOST_TEXT = 100
_MOST_DIGITS = 8  # of the number of a page
_PATIENCE_S = 0.3  # for the first rows: they are what the page is opened for
_FILTERS = (
    (
        "state",
        "State",
        {"": "Any", "ENABLED": "Active", "DISABLED": "Inactive", "EXPIRED": "Expired"},
    ),
    (
        "session",
        "Session",
        {"": "Any", "ONLINE": "Online", "ATTACHED": "Attached", "OFFLINE": "Offline"},
    ),
    (
        "data",
        "Data left",
        {"": "Any", "SUFFICIENT": "Sufficient", "LOW": "Below 20 %", "NONE": "None"},
    ),
    (
        "sms",
        "SMS left",
        {"": "Any", "SUFFICIENT": "Sufficient", "LOW": "Below 20 %", "NONE": "None"},
    ),
    ("imei_lock", "IMEI lock", {"": "Any", "true": "Locked", "false": "Unlocked"}),
)
_SORTS = tuple(column["name"] for column in COLUMNS if column["sortable"])
_FIELDS = {"": "All", "iccid": "ICCID", "imsi": "IMSI", "msisdn": "MSISDN", "label": "Label"}


@dataclass(frozen=True)
class _Wanted:
    """What the table shows; `by` holds the search and the filters, "" is any."""

    by: Mapping[str, str] = field(default_factory=dict)
    sort: str = "iccid"
    page: int = 1
    page_size: int = 25

    @property
    def is_filtered(self) -> bool:
        """Whether it is not simply the whole list."""
        return any(value for name, value in self.by.items() if name != "field")

    @property
    def address(self) -> str:
        """The page that shows it: for a reload, a bookmark, and who comes back from a SIM."""
        told = {**self.by, "sort": self.sort, "page": self.page, "size": self.page_size}
        usual = {"sort": "iccid", "page": 1, "size": _Wanted.page_size}
        asked = {name: one for name, one in told.items() if one and one != usual.get(name)}
        return f"{ROOT}/sims?{urlencode(asked)}" if asked else f"{ROOT}/sims"


async def build(request: Request) -> None:
    """The page; the address says what it shows, as links of the dashboard have it."""
    with page_frame(request, "/sims", "My SIMs") as frame:
        await _Sims(frame, _from_address(request)).build()


def _from_address(request: Request) -> _Wanted:
    given = request.query_params
    choices = (("field", "", _FIELDS), *_FILTERS)
    by = {name: given[name] for name, _, options in choices if given.get(name) in options}
    by["text"] = given.get("text", "")[:_MOST_TEXT]
    wanted, page, size = _Wanted(by), given.get("page", ""), given.get("size", "")
    if given.get("sort", "").removeprefix("-") in _SORTS:
        wanted = replace(wanted, sort=given["sort"])
    if page.isdecimal() and len(page) < _MOST_DIGITS:
        wanted = replace(wanted, page=max(1, int(page)))
    if size in map(str, SIZES):
        wanted = replace(wanted, page_size=int(size))
    return wanted


class _Sims:
    def __init__(self, frame: Frame, wanted: _Wanted) -> None:
        self._frame, self._wanted = frame, wanted
        self._source = source_of(frame.visit)
        self._total = 0
        # What few look at is made when somebody does.
        self._has_acts = self._has_menu = False

    async def build(self) -> None:
        visit = self._frame.visit
        with self._frame.more:
            self._adjust = quiet("Columns", "view_column", self._adjust_columns)
            reason = NO_PORTAL if visit.portal is None else visit.lacks("sims.export")
            permitted("Export", "download", self._export, reason)
        with box("section", "panel", aria_label="SIMs"):
            self._build_filters()
            with box("div", "picked", role="region", aria_label="What to do") as self._picked:
                self._count = words("strong", "")
            self._picked.set_visibility(False)
            self._state = box("div", aria_live="polite")
            self._table = SimTable(self._wanted.page_size, self._selected, self._asked_for)
        await soon(self.load(), _PATIENCE_S)

    def _build_filters(self) -> None:
        wanted = self._wanted
        with box("div", "filters", role="search", aria_label="Find SIMs"):
            text = ui.input("Search", value=wanted.by["text"], placeholder=self._source.hint)
            text.props("dense outlined clearable debounce=300 maxlength=100").classes("grow")
            text.on_value_change(lambda event: self._change("text", event.value or ""))
            for name, title, options in (("field", "In", _FIELDS), *_FILTERS):
                made = _select(
                    title,
                    options,
                    wanted.by.get(name, ""),
                    lambda value, name=name: self._change(name, value),
                )
                if name not in self._source.filters:
                    made.disable()
                    with made:
                        ui.tooltip(NO_PORTAL)

    # -- what the user does ----------------------------------------------------------------

    async def _change(self, name: str, value: str) -> None:
        by = {**self._wanted.by, name: value}
        await self._show(replace(self._wanted, page=1, by=by))

    async def _asked_for(self, event: Any) -> None:
        """Another page, another size, another order."""
        asked_for = event.args["pagination"]
        sort = asked_for.get("sortBy") or "iccid"
        wanted = replace(
            self._wanted,
            page=max(1, int(asked_for.get("page") or 1)),
            page_size=min(max(SIZES), int(asked_for.get("rowsPerPage") or 25)),
            sort=f"-{sort}" if asked_for.get("descending") else sort,
        )
        await self._show(wanted)

    async def _show(self, wanted: _Wanted) -> None:
        self._wanted = wanted
        with self._table:  # the first rows are loaded by a task, which has no page of its own
            ui.navigate.history.replace(wanted.address)
        await self.load()

    def _chosen(self) -> list[str]:
        return [row["iccid"] for row in self._table.selected]

    def _selected(self) -> None:
        count = len(self._table.selected)
        if count and not self._has_acts:
            self._has_acts = True
            with self._picked:
                act_buttons(self._frame.visit, self._chosen, self.load)
        self._picked.set_visibility(count > 0)
        self._count.text = f"{count} SIM{'' if count == 1 else 's'} selected"

    def _adjust_columns(self) -> None:
        """Make the menu when it is first asked for; then the browser opens it."""
        if not self._has_menu:
            self._has_menu = True
            with self._adjust:
                self._table.column_menu()

    async def _export(self) -> None:
        portal = self._frame.visit.portal
        assert portal is not None  # the button is disabled without it
        await ExportsDialog(portal, self._frame.zone, lambda: self._wanted.by).show()

    # -- loading ---------------------------------------------------------------------------

    async def load(self) -> None:
        """Ask for the page that is wanted; the selection ends, since its rows may be gone."""
        wanted = self._wanted
        self._table.props["loading"] = True

        async def ask() -> Rows:
            return await self._source.page(wanted.page, wanted.page_size, wanted.sort, wanted.by)

        found, problem = await asked(ask)
        if self._table.is_deleted or wanted is not self._wanted:
            return  # the page was left, or another answer is on its way
        self._table.props["loading"] = False
        if found is not None and not found.items and wanted.page > 1:
            await self._show(replace(wanted, page=1))  # there are fewer now
            return
        self._state.clear()
        with self._state:
            if found is None:
                error_state(problem or "no answer", self.load)
            elif not found.items:
                self._say_nothing()
        items = [] if found is None else found.items
        self._total = (0 if found is None else found.total) or 0
        self._table.selected.clear()
        self._selected()
        self._table.set_visibility(bool(items))
        self._table.pagination = {
            "rowsPerPage": wanted.page_size,
            "rowsNumber": self._total,
            "page": wanted.page,
            "sortBy": wanted.sort.lstrip("-"),
            "descending": wanted.sort.startswith("-"),
        }
        self._table.rows = [row_of(each, self._frame.zone, ROOT) for each in items]

    def _say_nothing(self) -> None:
        if self._wanted.is_filtered:
            empty_state("No SIM is like that. Change the search or the filters.", "search_off")
        else:
            empty_state(
                "This account has no SIMs yet. Order some, and they are listed here.", "sim_card"
            )


def _select(label: str, options: dict[str, str], value: str, change: Any) -> ui.select:
    made = ui.select(options, label=label, value=value, on_change=lambda e: change(e.value))
    made.props("dense outlined options-dense")
    made.props["aria-label"] = label
    return made
