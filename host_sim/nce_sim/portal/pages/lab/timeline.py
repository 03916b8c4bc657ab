"""The card with a device's timeline: how far back, live or held, and as a file.

card = TimelineCard(control, number, zone)
await card.look()                       # again and again
"""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import timedelta
from typing import Any

from nicegui import ui

from nce_sim.control.answers import DeviceTimeline, timeline_of
from nce_sim.control.http import AsyncControl
from nce_sim.portal.pages.lab.growth import grown, has_news
from nce_sim.portal.pages.lab.plot import HEIGHT, RADIO, change, duration, plot
from nce_sim.portal.parts.buttons import choices, named, quiet, sign
from nce_sim.portal.parts.drawing import Drawing, Part, table, tag
from nce_sim.portal.parts.figures import Zone, data_text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.states import error_state, loading_state
from nce_sim.portal.parts.tags import box, words

_SPANS = {300: "5 minutes", 3_600: "1 hour", 86_400: "1 day", 604_800: "7 days"}
_SHOWN = 12  # moments of the table
# A long span changes slowly, and is more to send.
_LOOKS_OF_A_LONG_SPAN = 5
_TELLS = ("=", "+", "-", "@")  # a spreadsheet takes such a text for a formula


class TimelineCard:
    """One card of the page of a device."""

    def __init__(self, control: AsyncControl, number: int, zone: Zone) -> None:
        self._control, self._number, self._zone = control, number, zone
        self._span_s, self._looks, self._is_held = 300, 0, False
        self._chart: ui.echart | None = None
        self._known: DeviceTimeline | None = None
        self._drawn: dict[str, Any] = {}
        self._problem: str | None = None
        with box("section", "panel w12", aria_label="Timeline"):
            with box("header"):
                words("h2", "Timeline")
                with box("div", "more wrap"):
                    span = ui.select(
                        _SPANS, label="The last", value=self._span_s, on_change=self._choose
                    )
                    span.props("dense outlined options-dense").classes("speed")
                    self._hold = sign("pause", "Hold the timeline", self._turn)
                    with quiet("Download", "download"):
                        choices(
                            {
                                "Timeline as JSON": self._as_json,
                                "Timeline as CSV": self._as_csv,
                                "Datagrams as pcap": self._as_pcap,
                            }
                        )
            self._body = box("div", "body")
            with self._body:
                loading_state("Timeline")

    async def look(self) -> None:
        """Ask for what is new, unless the timeline is held."""
        self._looks += 1
        if self._is_held or (self._span_s > 600 and self._looks % _LOOKS_OF_A_LONG_SPAN):
            return
        await self._show()

    async def _show(self) -> None:
        known, span_s = self._known, self._span_s
        news, problem = await asked(lambda: self._ask(known))
        if self._body.is_deleted or span_s != self._span_s:
            return  # the page was left, or another span was chosen meanwhile
        before, self._problem = self._problem, problem
        if news is None:
            self._known = None
            if problem != before:
                self._fail(problem or "the world does not answer")
            return
        span = timedelta(seconds=span_s)
        self._known = found = news if known is None else grown(known, news, span)
        if self._chart is None:
            self._body.clear()
            with self._body:
                self._build(found)
        elif known is None or has_news(news) or self._is_behind(found):
            self._redraw(found)
        self._summary.text = _summary(found)
        self._table.show(_table(found, self._zone))

    def _fail(self, problem: str) -> None:
        self._chart = None
        self._body.clear()
        with self._body:
            error_state(problem, self._show)

    async def _ask(self, known: DeviceTimeline | None) -> DeviceTimeline:
        return timeline_of(await self._result(None if known is None else known.next))

    async def _result(self, after: int | None = None) -> dict[str, Any]:
        return await self._control.verb(
            "timeline", modem=self._number, last_s=self._span_s, after=after
        )

    def _build(self, found: DeviceTimeline) -> None:
        with (
            box("div", "scroll", tabindex="0"),
            box("div", role="img", aria_label=f"Timeline of {found.name}") as picture,
        ):
            self._drawn, self._drawn_until = plot(found, self._zone), found.end
            self._chart = ui.echart(self._drawn, renderer="svg")
            self._chart.classes("timeline").style(f"height: {HEIGHT}px")
        self._summary = words("p", "", "note q-mt-sm q-mb-none", role="status")
        picture.props["aria-describedby"] = self._summary.html_id
        with box("details", "q-mt-sm"):
            words("summary", "The latest events as a table")
            self._table = Drawing(_table(found, self._zone))

    def _is_behind(self, found: DeviceTimeline) -> bool:
        """Whether so much time went by since it was drawn that it is seen."""
        return found.end - self._drawn_until >= timedelta(milliseconds=found.slice_ms)

    def _redraw(self, found: DeviceTimeline) -> None:
        assert self._chart is not None
        before, self._drawn = self._drawn, plot(found, self._zone)
        self._drawn_until = found.end
        # An update of the element would send all of it.
        self._chart.run_chart_method("setOption", change(before, self._drawn))

    # -- what the viewer does ----------------------------------------------------------------

    async def _choose(self, event: Any) -> None:
        self._span_s, self._known = event.value, None
        await self._show()

    def _turn(self) -> None:
        self._is_held = not self._is_held
        self._hold.props["icon"] = "play_arrow" if self._is_held else "pause"
        named(self._hold, "Let the timeline go on" if self._is_held else "Hold the timeline")

    async def _as_json(self) -> None:
        found, problem = await asked(self._result)
        if found is None:
            ui.notify(problem, type="negative")
        else:
            self._give(json.dumps(found, indent=1).encode(), "json", "application/json")

    async def _as_csv(self) -> None:
        found, problem = await asked(lambda: self._ask(None))
        if found is None:
            ui.notify(problem, type="negative")
        else:
            self._give(as_csv(found).encode(), "csv", "text/csv")

    async def _as_pcap(self) -> None:
        async def ask() -> dict[str, Any]:
            return await self._control.verb("capture", modem=self._number, last_s=self._span_s)

        found, problem = await asked(ask)
        if found is None:
            ui.notify(problem, type="negative")
        elif not found["packets"]:
            ui.notify(f"No datagram in the last {_SPANS[self._span_s]}.")
        else:
            data = base64.b64decode(found["pcap"])
            more = f"; {found['left_out']} older do not fit" if found["left_out"] else ""
            self._give(data, "pcap", "application/vnd.tcpdump.pcap", more)

    def _give(self, data: bytes, ending: str, media_type: str, more: str = "") -> None:
        name = f"device-{self._number}.{ending}"
        ui.download.content(data, name, media_type)
        ui.notify(f"{name} is downloaded: the last {_SPANS[self._span_s]}{more}.", type="positive")


def as_csv(found: DeviceTimeline) -> str:
    """A row for each thing: from, until, what, value, details."""
    rows: list[tuple[Any, Any, str, Any, str]] = []
    for state in found.states:
        rows.append((state.start, state.end, "radio", state.state, ""))
    for time, dbm in found.signal:
        rows.append((time, "", "signal_dbm", "" if dbm is None else dbm, ""))
    for volume in found.volumes:
        for name in ("up", "down", "lost"):
            rows.append((volume.time, "", f"bytes_{name}", getattr(volume, name), ""))
    for moment in found.moments:
        rows.append((moment.time, "", moment.kind, "bad" if moment.is_bad else "", moment.text))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("from", "until", "what", "value", "details"))
    for start, end, what, value, details in sorted(rows, key=lambda row: row[0]):
        harmless = f"'{details}" if details.startswith(_TELLS) else details
        until = end and end.isoformat(timespec="milliseconds")
        writer.writerow((start.isoformat(timespec="milliseconds"), until, what, value, harmless))
    return out.getvalue()


def _table(found: DeviceTimeline, zone: Zone) -> Part:
    rows = [
        tag("tr", tag("td", zone.text(one.time), class_="when"), tag("td", one.text))
        for one in found.moments[-_SHOWN:][::-1]
    ]
    return table(("Time", "What"), rows)


def _summary(found: DeviceTimeline) -> str:
    parts = []
    if found.states:
        last = found.states[-1]
        parts.append(f"{RADIO[last.state][0]} for {duration(last.start, last.end)}")
    if found.signal and found.signal[-1][1] is not None:
        parts.append(f"signal {found.signal[-1][1]} dBm")
    for name in ("up", "down", "lost"):
        size = sum(getattr(one, name) for one in found.volumes)
        if size or name != "lost":
            parts.append(f"{data_text(size / 1e6)} {name}")
    text = ", ".join(parts) + "."
    if found.left_out:
        text += f" The newest {len(found.moments)} events are shown, older ones are not."
    if found.has_forgotten and found.states and found.states[0].state == "unknown":
        text += " The world keeps its newest records alone, so the beginning is not there."
    return text
