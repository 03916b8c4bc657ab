"""The bytes of messages as the world's journal told them: 1NCE OS keeps what they mean alone.

    seen = SeenBytes(most=500)
    seen.take(records)                      # of the kind "uplink", the oldest first
    seen.of(messages)                       # the bytes of each, the newest first; None: not known

The journal masks a SIM and has no number of a message. So bytes are matched by time, protocol and
the last digits; where more messages of one instant were told than are asked for, none is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from nce_api.models.inspect import Message
from nce_sim.control.answers import JournalRecord

_DIGITS = 4  # of a SIM that the journal shows
Key = tuple[str, str, str]


class SeenBytes:
    """What came since the page is open, as much as `most` instants."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: dict[Key, list[bytes]] = {}

    def take(self, records: Sequence[JournalRecord]) -> None:
        """Keep the bytes of these."""
        for record in records:
            fields = record.fields
            sim, protocol = str(fields.get("sim", "")), str(fields.get("protocol", ""))
            key = _key(record.time, sim, protocol)
            data = bytes.fromhex(str(fields.get("payload", "")))
            self._told.setdefault(key, []).append(data)
        while len(self._told) > self._most:
            del self._told[next(iter(self._told))]

    def of(self, messages: Sequence[Message]) -> list[bytes | None]:
        """The bytes of each message."""
        found: list[bytes | None] = [None] * len(messages)
        places: dict[Key, list[int]] = {}
        for place, message in enumerate(messages):
            moment = datetime.fromisoformat(message.time)
            key = _key(moment, message.iccid, message.protocol)
            places.setdefault(key, []).append(place)
        for key, those in places.items():
            told = self._told.get(key, [])
            if len(set(told)) == 1:
                told = told[:1] * len(those)
            if len(told) == len(those):
                for place, data in zip(those, reversed(told), strict=True):
                    found[place] = data
        return found


def _key(moment: datetime, sim: str, protocol: str) -> Key:
    instant = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return instant, sim[-_DIGITS:], protocol
