"""The records of a timeline as steps of a sequence: who says what to whom.

    steps_of(world.timeline.records())                  # the telling ones, for a page of the docs
    last_exchange(records, of)                          # of one device, all of its AT dialogue

Of the AT dialogue the first has commands that move an attach or a message on; the rest is counted.
An exchange is what belongs together: it begins after a pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nce_sim.record.history import Traces
from nce_sim.record.pcap import ARRIVING_FATES
from nce_sim.record.sequence import CLOUD, CUSTOMER, DEVICE, MODEM, NETWORK, Step
from nce_sim.record.timeline import Record

# Commands that move the attach or a message on; the others configure or ask.
TELLING = ("+CPIN", "+CGDCONT=", "+CFUN=", "+QIACT=", "+QIOPEN", "+QISEND", "+QIRD", "+QICLOSE")
TELLING_URCS = ("RDY", "+CPIN", "+CEREG", "+QIOPEN", "+QIURC")
_TELLING = {"command": TELLING, "urc": TELLING_URCS}
STATES = {0: "not searching", 1: "registered at home", 2: "searching", 3: "refused", 5: "roaming"}
PORTS = {"5683": "CoAP", "5684": "DTLS"}
MOST_STEPS = 80
PAUSE_MS = 4_000  # [U] without a step, before an exchange
Fields = Mapping[str, Any]


def steps_of(records: Iterable[Record]) -> list[Step]:
    """The steps that tell a story, and how many commands were left out between them."""
    return list(_telling(records))


def last_exchange(
    records: Sequence[Record], of: Traces, pause_ms: int = PAUSE_MS
) -> list[tuple[Record, Step]]:
    """The newest steps of a device, from its last pause before a datagram on."""
    found: list[tuple[Record, Step]] = []
    has_datagram = False
    for record in reversed(records):
        if record.kind == "restored" or len(found) == MOST_STEPS:
            break
        is_delivery = record.kind == "delivery" and not has_datagram
        if not (of.has(record) or is_delivery):
            continue
        step = _step(record) or _of_dialogue(record)
        if step is None:
            continue
        # What is said while nothing is sent is no exchange: it goes on to the last that was.
        if has_datagram and found and found[-1][0].at_ms - record.at_ms > pause_ms:
            break
        has_datagram = has_datagram or record.kind == "datagram"
        found.append((record, step))
    return found[::-1]


def is_of_exchange(record: Record, of: Traces) -> bool:
    """Whether the last exchange of a device may be another one after this record."""
    return record.kind in ("restored", "delivery") or of.has(record)


def _telling(records: Iterable[Record]) -> Iterator[Step]:
    left_out = 0
    for record in records:
        step = _step(record)
        if record.kind in _TELLING and record.fields["text"].startswith(_TELLING[record.kind]):
            step = _of_dialogue(record)
        if step is None:
            left_out += record.kind == "command"
            continue
        if left_out:
            yield Step(None, DEVICE, MODEM, f"({left_out} more: settings and questions)")
            left_out = 0
        yield step


def _of_dialogue(record: Record) -> Step | None:
    text = str(record.fields.get("text", ""))
    if record.kind == "command":
        return Step(record.at_ms, DEVICE, MODEM, f"AT{text}")
    if record.kind == "urc":
        return Step(record.at_ms, MODEM, DEVICE, text)
    if record.kind == "result" and text:
        is_bad = "ERROR" in text or "NO CARRIER" in text
        return Step(record.at_ms, MODEM, DEVICE, text, is_bad)
    return None


def _step(record: Record) -> Step | None:
    fields, at_ms = record.fields, record.at_ms
    if record.kind == "power_key":
        return Step(at_ms, DEVICE, MODEM, f"power key, {fields['held_ms']} ms")
    if record.kind == "registration":
        state = STATES.get(fields["stat"], f"state {fields['stat']}")
        return Step(at_ms, MODEM, MODEM, state, fields["stat"] == 3)
    if record.kind == "fault":
        return Step(at_ms, MODEM, MODEM, f"fault: {fields['fault']}", True)
    if record.kind == "card":
        return Step(at_ms, MODEM, MODEM, f"SIM {fields['state']}", fields["state"] == "out")
    if record.kind == "event":
        return Step(at_ms, NETWORK, NETWORK, fields["name"])
    if record.kind == "dns":
        return Step(at_ms, MODEM, NETWORK, f"where is {fields['name']}?")
    if record.kind == "datagram":
        return _datagram(record)
    if record.kind == "request":
        text = f"HTTP {fields['method']} {fields['path']}: {fields['status']}"
        return Step(at_ms, CUSTOMER, CLOUD, text, fields["status"] >= 400)
    if record.kind == "delivery":
        is_bad = fields["status"] is None or fields["status"] >= 300
        text = f"{fields['count']} event(s) by {fields['to']}: {fields['outcome']}"
        return Step(at_ms, CLOUD, CUSTOMER, text, is_bad)
    return _at_cloud(record)


def _datagram(record: Record) -> Step:
    fields = record.fields
    is_up = fields["direction"] == "up"
    far = fields["destination"] if is_up else fields["origin"]
    protocol = "TCP" if "segment" in fields else PORTS.get(far.rpartition(":")[2], "UDP")
    is_lost = fields["fate"] not in ARRIVING_FATES
    # What is lost ends on the air.
    far_end = NETWORK if is_lost else CLOUD
    ends = (MODEM, far_end) if is_up else (CLOUD, NETWORK if is_lost else MODEM)
    fate = "" if fields["fate"] == "sent" else f", {fields['fate'].replace('_', ' ')}"
    return Step(record.at_ms, *ends, f"{protocol}, {fields['size']} bytes{fate}", is_lost)


def _at_cloud(record: Record) -> Step | None:
    fields, is_bad = record.fields, False
    if record.kind == "bootstrap":
        text = "a key for this SIM"
    elif record.kind == "dtls_established":
        text = "the DTLS session is secure"
    elif record.kind == "dtls_failed":
        text, is_bad = f"DTLS refused: {fields['reason']}", True
    elif record.kind == "uplink":
        on = "" if fields["topic"] is None else f" on {fields['topic']!r}"
        text = f"message{on}" + (", decoded" if fields["decoded"] else "")
    elif record.kind == "coap":
        text = f"answers {fields['code']}"
        is_bad = (fields["code"] or "2.")[:2] in ("4.", "5.")
    else:
        return None
    return Step(record.at_ms, CLOUD, CLOUD, text, is_bad)
