"""Device Inspector: the messages of devices, live, with their content beside their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import Request
from nicegui import ui

from nce_api.models.inspect import Message
from nce_sim.control.answers import JournalRecord
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.contents import content_of, hex_of
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words

_SHOWN = 50
_PAGE = 25  # the most that a call gives
_LONGEST = 600  # characters of one content
_AGAIN_S = 5.0  # between two looks, where nothing tells that a message came
_PROTOCOLS = {"": "Any", "UDP": "UDP", "COAP": "CoAP", "LWM2M": "LwM2M"}
_DAYS = {1: "Last day", 7: "Last 7 days"}  # [D]


async def build(request: Request) -> None:
    """The page; the address may name a device."""
    with page_frame(request, "/os/inspector", "Device Inspector") as frame:
        iccid = request.query_params.get("iccid", "")
        await _Inspector(frame, iccid if iccid.isdecimal() else "").build()


class _Inspector:
    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame = frame
        self._iccid, self._protocol, self._days = iccid, "", 1
        # What came as it came: a translated message has its bytes here alone.
        self._bytes: dict[tuple[str, str], bytes] = {}

    async def build(self) -> None:
        control = self._frame.visit.control
        with box("div", "filters", role="search", aria_label="Find messages"):
            iccid = ui.input("ICCID of a device", value=self._iccid)
            iccid.props("dense outlined clearable debounce=400 maxlength=20").classes("grow")
            iccid.on_value_change(lambda event: self._change(iccid=event.value or ""))
            _select("Protocol", _PROTOCOLS, "", lambda value: self._change(protocol=value))
            _select("Time", _DAYS, 1, lambda value: self._change(days=value))
        self._panel = Panel(
            "Messages",
            self._load,
            self._show,
            empty="No device sent a message like that. Let one send, and it appears here.",
            width="w12",
            icon="forum",
        ).with_refresh()
        with self._panel.more:
            self._sign = words("span", LIVE, "chip good")
        if control is None:
            await self._panel.load()
            ui.timer(_AGAIN_S, self._panel.renew, immediate=False)
            return
        await Follower(control, self._came, self._tell, kinds=("uplink",), newest=_SHOWN).start()
        await self._panel.load()

    async def _change(
        self, iccid: str | None = None, protocol: str | None = None, days: int | None = None
    ) -> None:
        self._iccid = self._iccid if iccid is None else iccid.strip()
        self._protocol = self._protocol if protocol is None else protocol
        self._days = self._days if days is None else days
        await self._panel.load()

    def _tell(self, state: str) -> None:
        self._sign.text = state

    def _came(self, records: Sequence[JournalRecord]) -> None:
        for record in records:
            data = bytes.fromhex(str(record.fields.get("payload", "")))
            self._bytes[_instant(record.time), str(record.fields.get("sim", ""))[-4:]] = data
        while len(self._bytes) > 10 * _SHOWN:
            del self._bytes[next(iter(self._bytes))]
        self._panel.renew_soon()

    async def _load(self) -> list[Message] | None:
        start = await self._now() - timedelta(days=self._days)
        messages = self._frame.visit.management.inspector.history_of_all(
            iccid=self._iccid or None,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            page_size=_PAGE,
            protocol=self._protocol or None,  # type: ignore[arg-type]
        )
        found: list[Message] = []
        async for message in messages:
            found.append(message)
            if len(found) == _SHOWN:
                break
        return found or None

    async def _now(self) -> datetime:
        """By the clock of the world, if there is one: it may have jumped."""
        control = self._frame.visit.control
        return datetime.now(UTC) if control is None else (await control.map()).time

    def _show(self, messages: list[Message]) -> None:
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            with box("thead"), box("tr"):
                for name in ("Time", "Device", "Protocol", "Content", "Bytes"):
                    words("th", name, scope="col")
            with box("tbody"):
                for message in messages:
                    self._row(message)

    def _row(self, message: Message) -> None:
        content = content_of(message.payload)
        moment = datetime.fromisoformat(message.time)
        data = content.data
        if data is None:
            data = self._bytes.get((_instant(moment), message.iccid[-4:]))
        with box("tr"):
            words("td", self._frame.zone.text(moment), "when")
            with box("td", "mono"):
                words("a", message.iccid, href=f"{ROOT}/sims/{message.iccid}")
            topic = f" {message.topic}" if message.topic else ""
            words("td", f"{message.protocol}{topic}")
            with box("td"):
                words("pre", content.text[:_LONGEST] or "–", "content")
            with box("td"):
                if data is None:
                    words("span", "not kept", "note", title=_NOT_KEPT)
                else:
                    words("div", f"{len(data)} B", "note")
                    words("code", hex_of(data)[:_LONGEST], "mono")


_NOT_KEPT = "The service keeps the translated content, not the bytes that it was made of."


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _select(label: str, options: object, value: object, change: object) -> None:
    made = ui.select(options, label=label, value=value)  # type: ignore[arg-type]
    made.on_value_change(lambda event: change(event.value))  # type: ignore[operator]
    made.props("dense outlined options-dense")
    made.props["aria-label"] = label
