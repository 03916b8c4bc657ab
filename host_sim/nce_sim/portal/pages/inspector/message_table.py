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
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

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
    with plain_table(*headings):
        for message, data in zip_longest(messages, seen):
            with box("tr"):
                words("td", zone.text(datetime.fromisoformat(message.time)), "when")
                if not of_one:
                    with box("td", "mono"):
                        address = f"{ROOT}/os/inspector/{message.iccid}"
                        words("a", message.iccid, href=address)
                topic = f" {message.topic}" if message.topic else ""
                words("td", f"{PROTOCOLS.get(message.protocol, message.protocol)}{topic}")
                _content(message, data)


def _content(message: Message, seen: bytes | None) -> None:
    content = content_of(message.payload)
    data = seen if content.data is None else content.data
    with box("td", "wide"):
        words("pre", content.text[:_LONGEST] or "–", "content")
    with box("td", "wide"):
        if data is None:
            words("span", "not kept", "note", title=_NOT_KEPT)
        else:
            words("div", f"{len(data)} B", "note")
            words("code", hex_of(data)[:_LONGEST], "mono")
