"""The lines that a running world prints: uplinks with payload, keys, sessions, refusals.

    log = WorldLog(start_ms=1_767_225_600_000)
    for line in log.lines(record): print(line)    # "00:00:07.161  8988…0772  COAP gps 1 B: 2a"
    as_object(record)                             # the same for --json

The rest of the timeline comes with `is_verbose`. Payloads are from the network: they are shown as
JSON or as hexadecimal digits, so that none of them reaches the terminal unescaped. Of a flood,
`MOST_A_SECOND` lines a second are printed and the rest is counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from nce_sim.record.timeline import Record

MOST_A_SECOND = 50
MOST_PAYLOAD = 512  # bytes or characters of one payload on a line

# The events that matter most to a person who watches devices; --verbose prints the others, too.
_EVENTS = frozenset({3, 5, 8, 9, 10, 18, 19, 20, 21, 42, 43, 60, 61})


def value_of(record: Record) -> Any:
    """The content of an uplink: the decoded object, or the hexadecimal digits of its bytes."""
    event = record.subject
    if not isinstance(event, dict):
        return None
    payload = event["payload"]
    return payload["value"] if payload["type"] == "JSON" else record.fields["payload"].hex()


def as_object(record: Record) -> dict[str, Any]:
    """A record as one flat object of JSON: bytes as hexadecimal digits, an uplink with `value`."""
    fields = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in record.fields.items()
    }
    if record.kind == "uplink":
        fields["value"] = value_of(record)
    return {"at_ms": record.at_ms, "source": record.source, "kind": record.kind, **fields}


def _uplink(fields: dict[str, Any], record: Record) -> str:
    value = value_of(record)
    text = value if isinstance(value, str) else json.dumps(value)
    topic = json.dumps(fields["topic"])[1:-1] + " " if fields.get("topic") else ""
    return f"{fields['sim']}  {fields['protocol']} {topic}{fields['size']} B: {_cut(text)}"


def _event(fields: dict[str, Any], record: Record) -> str | None:
    if fields["type"] not in _EVENTS:
        return None
    return f"{fields['sim']}  {fields['name']}: {fields['description']}"


def _coap(fields: dict[str, Any], record: Record) -> str | None:
    if (fields["code"] or "2.")[:2] == "2.":
        return None
    return f"{fields['peer']}  CoAP {_cut(json.dumps(fields['path'] or ''))}: {fields['code']}"


def _lwm2m(fields: dict[str, Any], record: Record) -> str:
    reason = f": {_cut(json.dumps(fields['reason'])[1:-1])}" if fields.get("reason") else ""
    return f"{fields['sim']}  LwM2M: {fields['event']}{reason}"


# Kind of record -> the text of its line; None for a record that only --verbose prints.
Teller = Callable[[dict[str, Any], Record], "str | None"]
TOLD: dict[str, Teller] = {
    "uplink": _uplink,
    "bootstrap": lambda fields, record: f"{fields['sim']}  asked for its key",
    "lwm2m": _lwm2m,
    "dtls_established": lambda fields, record: (
        f"{fields['identity']}  DTLS session {'resumed' if fields['resumed'] else 'established'} "
        f"from {fields['peer']}"
    ),
    "dtls_failed": lambda fields, record: (
        f"{fields['peer']}  no DTLS session: {_cut(json.dumps(fields['reason'])[1:-1])}"
    ),
    "coap": _coap,
    "event": _event,
    "attach_rejected": lambda fields, record: (
        f"{record.source}  attach refused: {fields['reason']} (EMM cause {fields['emm_cause']})"
    ),
    "downlink": lambda fields, record: (
        f"{fields['address']}  now goes to {fields['goes_to']}, lost by {fields['lost_by']}: "
        f"{fields['reason']}"
    ),
    "not_stored": lambda fields, record: (
        f"{fields['requests']} requests are not stored: {fields['reason']}"
    ),
    "storing_again": lambda fields, record: "the database accepts messages again",
    "dropped": lambda fields, record: (
        f"{fields['origin']}  to {fields['destination']} dropped: {fields['reason']}"
    ),
}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_PAYLOAD else f"{text[:MOST_PAYLOAD]}... of {len(text)}"


class WorldLog:
    """Lines for a person, of one world whose clock shows 0 at `start_ms` since 1970."""

    def __init__(self, start_ms: int, is_verbose: bool = False) -> None:
        self._start_ms = start_ms
        self._is_verbose = is_verbose
        self._last_refusal: dict[str, str] = {}
        self._second = 0
        self._in_this_second = 0

    def lines(self, record: Record) -> Iterator[str]:
        """None, one or two lines: the second after a flood first tells how many were left out."""
        text = self._text(record)
        if text is None:
            return
        second = record.at_ms // 1000
        if second != self._second:
            if self._in_this_second > MOST_A_SECOND:
                yield f"{self._in_this_second - MOST_A_SECOND} more lines in that second"
            self._second, self._in_this_second = second, 0
        self._in_this_second += 1
        if self._in_this_second <= MOST_A_SECOND:
            yield f"{self._time(record.at_ms)}  {text}"

    def _text(self, record: Record) -> str | None:
        tell = TOLD.get(record.kind)
        text = tell(record.fields, record) if tell is not None else None
        if record.kind == "attach_rejected" and text is not None and not self._is_verbose:
            # A modem without configuration is refused again and again: one line is enough.
            if self._last_refusal.get(record.source) == text:
                return None
            self._last_refusal[record.source] = text
        if text is None and self._is_verbose:
            shown = json.dumps(as_object(record), default=str)
            return f"{record.source}  {record.kind} {_cut(shown)}"
        return text

    def _time(self, at_ms: int) -> str:
        moment = datetime.fromtimestamp((self._start_ms + at_ms) / 1000, UTC)
        return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
