"""The records of a timeline as a sequence picture: device, modem, network, 1NCE OS.

    svg = sequence_picture(world.timeline.records())

Times run downwards, a row for each record that tells a step. Commands that ask what the picture
shows anyway are left out, and the rows that stand for them say how many there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nce_sim.record.svg import FAINT, INK, Svg
from nce_sim.record.timeline import Record

WIDTH = 1000
NAMES = ("device", "modem", "network", "1NCE OS")
DEVICE, MODEM, NETWORK, CLOUD = range(4)
PLACES = (110, 470, 700, 950)
ROW, TOP = 22, 44
DOWN, UP, NOTE = "#2f9e6e", "#4c6a92", "#a05a00"
# Commands that move the attach or a message on; the others configure or ask.
TELLING = ("+CPIN", "+CGDCONT=", "+CFUN=", "+QIACT=", "+QIOPEN", "+QISEND", "+QIRD", "+QICLOSE")
TELLING_URCS = ("RDY", "+CPIN", "+CEREG", "+QIOPEN", "+QIURC")
STATES = {0: "not searching", 1: "registered at home", 2: "searching", 3: "refused", 5: "roaming"}
COAP_PORTS = {"5683": "CoAP", "5684": "DTLS"}


class Step(NamedTuple):
    """One row: from whom to whom, equal for a note."""

    at_ms: int | None
    start: int
    end: int
    text: str


def sequence_picture(records: Iterable[Record]) -> str:
    """The picture as an SVG element."""
    steps = list(_steps(records))
    height = TOP + ROW * len(steps) + 12
    svg = Svg(WIDTH)
    for x, name in zip(PLACES, NAMES, strict=True):
        svg.line((x, 28), (x, height - 8), stroke=FAINT)
        svg.text(x, 20, name, anchor="middle", size=13)
    for number, step in enumerate(steps):
        _draw(svg, TOP + ROW * number, step)
    return svg.markup(height, "From power-on to the first message, step by step")


def _draw(svg: Svg, y: float, step: Step) -> None:
    if step.at_ms is None:
        svg.text(PLACES[0] + 10, y, step.text, fill=FAINT, size=10)
        return
    svg.text(8, y, f"{step.at_ms / 1000:.3f} s", fill=FAINT, size=10)
    if step.start == step.end:
        anchor = "end" if step.end == CLOUD else "start"
        side = -8 if anchor == "end" else 8
        svg.dot(PLACES[step.end], y - 4, 3.5, fill=NOTE)
        svg.text(PLACES[step.end] + side, y, step.text, fill=NOTE, anchor=anchor)
        return
    start, end = PLACES[step.start], PLACES[step.end]
    stroke = UP if end > start else DOWN
    back = -7 if end > start else 7
    svg.line((start, y + 3), (end, y + 3), stroke=stroke)
    svg.triangle([(end, y + 3), (end + back, y), (end + back, y + 6)], fill=stroke)
    svg.text(min(start, end) + 10, y, step.text, fill=INK)


def _steps(records: Iterable[Record]) -> Iterator[Step]:
    left_out = 0
    for record in records:
        step = _step(record)
        if step is None:
            left_out += record.kind == "command"
            continue
        if left_out:
            yield Step(None, DEVICE, MODEM, f"({left_out} more: settings and questions)")
            left_out = 0
        yield step


def _step(record: Record) -> Step | None:
    fields = record.fields
    if record.kind == "power_key":
        return Step(record.at_ms, DEVICE, MODEM, f"power key, {fields['held_ms']} ms")
    if record.kind == "command" and fields["text"].startswith(TELLING):
        return Step(record.at_ms, DEVICE, MODEM, f"AT{fields['text']}")
    if record.kind == "urc" and fields["text"].startswith(TELLING_URCS):
        return Step(record.at_ms, MODEM, DEVICE, fields["text"])
    if record.kind == "registration":
        state = STATES.get(fields["stat"], f"state {fields['stat']}")
        return Step(record.at_ms, MODEM, MODEM, state)
    if record.kind == "event":
        return Step(record.at_ms, NETWORK, NETWORK, fields["name"])
    if record.kind == "dns":
        return Step(record.at_ms, MODEM, NETWORK, f"where is {fields['name']}?")
    if record.kind == "datagram":
        return _datagram(record)
    return _at_cloud(record)


def _datagram(record: Record) -> Step:
    fields = record.fields
    is_up = fields["direction"] == "up"
    far = fields["destination"] if is_up else fields["origin"]
    protocol = COAP_PORTS.get(far.rpartition(":")[2], "UDP")
    ends = (MODEM, CLOUD) if is_up else (CLOUD, MODEM)
    fate = "" if fields["fate"] == "sent" else f", {fields['fate']}"
    return Step(record.at_ms, *ends, f"{protocol}, {fields['size']} bytes{fate}")


def _at_cloud(record: Record) -> Step | None:
    fields = record.fields
    if record.kind == "bootstrap":
        text = "a key for this SIM"
    elif record.kind == "dtls_established":
        text = "the DTLS session is secure"
    elif record.kind == "uplink":
        text = f"message on {fields['topic']!r}, decoded"
    elif record.kind == "coap":
        text = f"answers {fields['code']}"
    else:
        return None
    return Step(record.at_ms, CLOUD, CLOUD, text)
