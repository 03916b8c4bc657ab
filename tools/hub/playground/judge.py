"""What the playground's page asks MicroPython: to judge, to explain and to pack.

judge(template, "63 ff d8")       # JSON: findings, rows of bytes, record or error
pack(template, '{"battery": 99}')  # JSON: the payload in digits, or the error

Numbers beyond 53 bits would lose digits in the page, so values go there as text.
"""

import json

from nce_bcl import EncodeError, PayloadError, Template, TemplateError
from nce_bcl.explain import explain
from nce_bcl.lint import lint

_LONGEST = 4096  # bytes of a payload; a datagram's 508 and a CoAP message's 1024 are below it


def judge(template: str, digits: str) -> str:
    """All that the page shows of a template and a payload."""
    told: dict[str, object] = {
        "findings": [
            {"severity": one.severity, "place": one.place, "rule": one.rule, "text": one.message}
            for one in lint(template)
        ]
    }
    try:
        payload = bytes_of(digits)
    except ValueError as error:
        told["payload_error"] = str(error)
        return json.dumps(told)
    try:
        explanation = explain(template, payload)
    except TemplateError as error:
        told["template_error"] = str(error)
        return json.dumps(told)
    told["rows"] = [
        {
            "start": row.start,
            "end": row.end,
            "role": row.role,
            "asset": row.asset,
            "type": row.type,
            "value": None if row.value is None else shown(row.value),
            "note": row.note,
        }
        for row in explanation.rows
    ]
    told["payload"] = payload.hex()
    if explanation.error is not None:
        told["record_error"] = str(explanation.error)
    else:
        order = order_of([row.asset for row in explanation.rows])
        told["record"] = indented(explanation.record, order)
        told["json_bytes"] = len(json.dumps(explanation.record, separators=(",", ":")).encode())
    return json.dumps(told)


def pack(template: str, record: str) -> str:
    """The payload of a record."""
    try:
        made = Template(template).encode(json.loads(record))
    except (TemplateError, EncodeError, PayloadError) as error:
        return json.dumps({"error": str(error)})
    except ValueError:
        return json.dumps({"error": "the record is no JSON: give an object"})
    return json.dumps({"payload": made.hex()})


def bytes_of(digits: str) -> bytes:
    """Bytes of hexadecimal digits with spaces, commas, colons or 0x between them; ValueError."""
    text = digits.replace("0x", " ")
    for mark in (",", ":", "\n", "\t", " "):
        text = text.replace(mark, "")
    if len(text) % 2:
        raise ValueError("the payload has half a byte: %d digits" % len(text))
    if len(text) > 2 * _LONGEST:
        raise ValueError("the payload has more than %d bytes" % _LONGEST)
    for position, digit in enumerate(text):
        if digit not in "0123456789abcdefABCDEF":
            raise ValueError("digit %d of the payload is no hexadecimal one" % (position + 1))
    return bytes.fromhex(text)


def shown(value: object) -> str:
    """A value as JSON has it."""
    return json.dumps(value)


def order_of(assets: "list[str | None]") -> "list[str]":
    """The names in a record in the order of the payload: MicroPython's dicts keep none."""
    order: list[str] = []
    for asset in assets:
        parts = asset.split(".") if asset else []
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[:count])
            if name not in order:
                order.append(name)
    return order


def indented(value: object, order: "list[str]", path: str = "", margin: str = "") -> str:
    """JSON with a line for each member, those of objects as `order` has their names."""
    if not isinstance(value, dict) or not value:
        return shown(value)
    inner = margin + "  "
    lines = []
    for name in sorted(value, key=lambda name: order.index(path + name)):
        held = indented(value[name], order, path + name + ".", inner)
        lines.append(inner + shown(name) + ": " + held)
    return "{\n" + ",\n".join(lines) + "\n" + margin + "}"
