"""Data streams: records of events, usage and SMS to a server of the customer's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nce_api.models.portal_configuration import DataStream
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.pages.configuration.stream_form import TYPES, ask_for_stream
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_STATES = {
    "ACTIVE": ("Active", "good"),
    "STOPPED": ("Stopped", "calm"),
    "FAILED": ("Failed", "bad"),
}


class DataStreams(Section):
    """The list, and what is done to one of it."""

    TITLE, SIGN, PERMISSION = "Data Streams", "stream", "configuration.data_streams"
    EMPTY = (
        "There are no data streams yet. A stream sends usage data or events of your SIMs to a "
        "server of yours, as they happen."
    )

    def furnish(self) -> None:
        with self.fold.more:
            quiet("New data stream", "add", self._add)
            sign("refresh", "Refresh: Data Streams", self.fold.load)

    async def load(self) -> list[DataStream] | None:
        return await self.portal.streams() or None

    def show(self, found: Sequence[DataStream]) -> None:
        with plain_table("Name", "API", "Type", "URL", "Status", actions=True):
            for stream in found:
                with box("tr"):
                    self._row(stream)

    def _row(self, stream: DataStream) -> None:
        text, tone = _STATES.get(stream.state, (stream.state, "calm"))
        words("td", stream.name)
        words("td", stream.api)
        words("td", TYPES.get(stream.type, stream.type))
        words("td", stream.url, "url")
        with box("td", "when"):
            words("span", text, f"chip {tone}")
            if stream.error:
                words("div", stream.error, "note")
        with box("td", "when"):
            if stream.state == "ACTIVE":
                sign("stop_circle", f"Stop {stream.name}", partial(self._stop, stream))
            elif stream.state == "STOPPED":
                sign("play_circle", f"Start {stream.name}", partial(self._start, stream))
            else:
                sign("restart_alt", f"Restart {stream.name}", partial(self._restart, stream))
            sign("delete", f"Delete {stream.name}", partial(self._delete, stream))

    async def _stop(self, stream: DataStream) -> None:
        question, loss = f"Stop {stream.name}?", "What happens until it is started is not sent."
        if await is_sure(question, loss, "Stop"):
            stop = partial(self.portal.stop_stream, stream.id)
            await self.do(stop, f"{stream.name} is stopped.")

    async def _start(self, stream: DataStream) -> None:
        start = partial(self.portal.start_stream, stream.id)
        await self.do(start, f"{stream.name} is active.")

    async def _restart(self, stream: DataStream) -> None:
        restart = partial(self.portal.restart_stream, stream.id)
        await self.do(restart, f"{stream.name} is active again.")

    async def _delete(self, stream: DataStream) -> None:
        question, loss = f"Delete {stream.name}?", "What waits to be sent is lost."
        if await is_sure(question, loss, "Delete"):
            delete = partial(self.portal.delete_stream, stream.id)
            await self.do(delete, f"{stream.name} is deleted.")

    async def _add(self) -> None:
        made = await ask_for_stream(self.portal)
        if made is not None:
            await self.tell(f"{made.name} is active.")
