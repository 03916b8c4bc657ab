"""The HTTP headers of a webhook: names and values; no kept value is ever sent to a browser.

headers = Headers({"x-api-key": "..."})
headers.chosen()                        # with the kept values, where no new one was given
"""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.tags import box, words

_MOST_NAME, _MOST_VALUE = 256, 4_096


class Headers:
    """Rows of a name and a value, which can be added and removed."""

    def __init__(self, kept: Mapping[str, str]) -> None:
        self._kept = dict(kept)
        self._rows: list[tuple[ui.input, ui.input]] = []
        with box("fieldset", "choice full-width"):
            words("legend", "HTTP Headers")
            self._body = box("div", "full-width")
            quiet("Add a header", "add", self._add, shape="flat dense")
        for name in self._kept:
            self._add(name)

    def _add(self, name: str = "") -> None:
        number = len(self._rows) + 1
        with self._body, box("div", "pair") as row:
            key = ui.input(f"Header {number}", value=name)
            key.props(f"outlined dense maxlength={_MOST_NAME}")
            value = ui.input(f"Value {number}", password=True)
            value.props(f"outlined dense maxlength={_MOST_VALUE} autocomplete=off")
            if name:
                key.props("readonly")
                value.props["placeholder"] = "Kept as it is"
                value.props("stack-label")
            entry = (key, value)
            self._rows.append(entry)

            def remove() -> None:
                self._rows.remove(entry)
                row.delete()

            sign("close", f"Remove header {number}", remove)

    def chosen(self) -> dict[str, str] | None:
        """The headers as they shall be; None, and it is said, when one has no name twice over."""
        found: dict[str, str] = {}
        is_right = True
        for key, value in self._rows:
            name, text = (key.value or "").strip(), value.value or ""
            key.error = None
            if not name and not text:
                continue
            if not name:
                key.error, is_right = "Give a name.", False
            elif name.lower() in (one.lower() for one in found):
                key.error, is_right = "This name is there already.", False
            found[name] = text or self._kept.get(name, "")
        return found if is_right else None
