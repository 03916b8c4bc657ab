"""The table of SIMs, and which of its columns are shown.

table = SimTable(page_size, on_select=count, on_request=ask)
table.show(rows, pagination)
with button:
    table.column_menu()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from nce_sim.portal.pages.sim_columns import COLUMNS, Column
from nce_sim.portal.parts.tags import box

SIZES = (10, 25, 50, 100)


class SimTable(ui.table, component="sim_table.js"):
    """Rows as `sim_columns.row_of` makes them; the server searches, sorts and cuts."""

    def __init__(
        self, page_size: int, on_select: Callable[[], None], on_request: Callable[[Any], Any]
    ) -> None:
        super().__init__(
            columns=[dict(column) for column in COLUMNS],
            rows=[],
            row_key="iccid",
            selection="multiple",
            pagination={"rowsPerPage": page_size, "rowsNumber": 0, "sortBy": "iccid", "page": 1},
            on_select=on_select,
        )
        self.props["flat"] = self.props["binary-state-sort"] = True
        self.props["rows-per-page-options"] = SIZES
        self.props["visible-columns"] = [c["name"] for c in COLUMNS if not c.get("is_more")]
        self.props["table-aria-label"] = "SIMs"
        self.on("request", on_request)

    def column_menu(self) -> None:
        """An open menu with a switch for each column, below the button that it is made in."""
        menu = ui.menu(value=True).props("auto-close=false")
        with menu, box("div", "q-pa-sm column items-start"):
            for column in COLUMNS:
                self._column_switch(column)

    def _column_switch(self, column: Column) -> None:
        def turn(is_on: bool) -> None:
            shown = set(self.props["visible-columns"])
            shown = shown | {column["name"]} if is_on else shown - {column["name"]}
            # In the order of the columns.
            self.props["visible-columns"] = [
                each["name"] for each in COLUMNS if each["name"] in shown
            ]

        made = ui.checkbox(
            column["label"],
            value=column["name"] in self.props["visible-columns"],
            on_change=lambda event: turn(event.value),
        )
        made.props("dense").classes("q-my-xs")
