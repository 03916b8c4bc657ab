"""Messages of devices as a table, their content beside their bytes.

message_table(messages, zone, seen)         # `seen`: the bytes of each that were seen elsewhere
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest

from nce_api.models.inspect import Message
from nce_sim.portal.door import ROOT
from nce_sim.portal.parts.contents import content_of, hex_of
from nce_sim.portal.parts.drawing import Drawing, Part, table, tag
from nce_sim.portal.parts.figures import Zone

PROTOCOLS = {"COAP": "CoAP", "UDP": "UDP", "LWM2M": "LwM2M"}
_LONGEST = 600  # characters of one content
_NOT_KEPT = "The service keeps the translated content, not the bytes that it was made of."


def message_table(
    messages: Sequence[Message],
    zone: Zone,
    seen: Sequence[bytes | None] = (),
    *,
    of_one: bool = False,
) -> None:
    """Draw it; `of_one` device it has no column for the device."""
    headings = ["Time", *([] if of_one else ["Device"]), "Protocol", "Content", "Bytes"]
    rows = [
        _row(message, data, zone, of_one=of_one) for message, data in zip_longest(messages, seen)
    ]
    Drawing(table(headings, rows))


def _row(message: Message, seen: bytes | None, zone: Zone, *, of_one: bool) -> Part:
    content = content_of(message.payload)
    data = seen if content.data is None else content.data
    topic = f" {message.topic}" if message.topic else ""
    link = tag("a", message.iccid, href=f"{ROOT}/os/inspector/{message.iccid}")
    return tag(
        "tr",
        tag("td", zone.text(datetime.fromisoformat(message.time)), class_="when"),
        *([] if of_one else [tag("td", link, class_="mono")]),
        tag("td", f"{PROTOCOLS.get(message.protocol, message.protocol)}{topic}"),
        tag("td", tag("pre", content.text[:_LONGEST] or "–", class_="content"), class_="wide"),
        tag("td", *_bytes(data), class_="wide"),
    )


def _bytes(data: bytes | None) -> tuple[Part, ...]:
    if data is None:
        return (tag("span", "not kept", class_="note", title=_NOT_KEPT),)
    size = tag("div", f"{len(data)} B", class_="note")
    return size, tag("code", hex_of(data)[:_LONGEST], class_="mono")
