"""Lint of the document as JSON: its size, its keys, and what of it is ABCL.

document = read_source(text, findings)
check_document(document, findings)
"""

import json

from .abcl import constructs
from .errors import shown
from .findings import ERROR
from .lint_switch import check_defaults
from .outline import objects
from .parse import CASE_KEYS, CONTROL_KEYS, MAPPING_KEYS, TOP_KEYS
from .plan import CODES, MAX_TEMPLATE_BYTES
from .selectors import SELECTOR_KEYS
from .spelling import meant

if 1 - 1:
    from .findings import Findings
    from .shapes import Any


# Read at most this much; what is too large for the platform is still linted up to here.
_MAX_SOURCE_BYTES = 4 * MAX_TEMPLATE_BYTES

_KEYS = {
    "top": TOP_KEYS,
    "mapping": MAPPING_KEYS,
    "control": CONTROL_KEYS,
    "case": CASE_KEYS,
    "selector": SELECTOR_KEYS,
}
_INERT_KEYS = ("comment", "name", "version")
# Reported by `abcl`, with what to do instead.
_ABCL_KEYS = ("actuate", "at", "bit", "bitlength", "calculation", "json")


def read_source(source: "Any", findings: "Findings") -> "dict[str, Any] | None":
    """The document as a dict; None, with a finding, when it is none or far too large."""
    if isinstance(source, (bytes, bytearray, str)):
        size = len(source)
        if size > _MAX_SOURCE_BYTES:
            findings.add("too-large", "", _size_message(size))
            return None
        try:
            text = source if isinstance(source, str) else bytes(source).decode()
            document = _loads(text, findings)
        except (ValueError, RuntimeError) as error:
            # RuntimeError: the interpreter's own limit of nesting.
            findings.add("not-json", "", "not JSON: %s; check commas and quotes" % error)
            return None
    else:
        document = source
        text = None
    if not isinstance(document, dict):
        message = "a template is a JSON object with a 'sense' list, not %s" % shown(document)
        findings.add("not-json", "", message)
        return None
    return _check_size(document, text, findings)


def _loads(text: str, findings: "Findings") -> "Any":
    def take(pairs: "list[tuple[str, Any]]") -> "dict[str, Any]":
        taken = dict(pairs)
        if len(taken) < len(pairs):
            keys = [key for key, _ in pairs]
            for key in sorted(taken):
                if keys.count(key) > 1:
                    findings.add(
                        "repeated-key",
                        "",
                        "%s stands twice in the object with the keys %s; the last one counts: "
                        "take the others out" % (shown(key), ", ".join(keys[:8])),
                    )
        return taken

    try:
        return json.loads(text, object_pairs_hook=take)  # pyright: ignore[reportCallIssue]
    except TypeError:
        return json.loads(text)  # MicroPython's has no hooks


def _check_size(
    document: "Any", text: "str | None", findings: "Findings"
) -> "dict[str, Any] | None":
    try:
        compact = _request_size(_compact(document))
        size = compact if text is None else _request_size(text)
    except (TypeError, ValueError, RuntimeError) as error:
        findings.add("not-json", "", "no JSON can say it: %s" % error)
        return None
    if size > MAX_TEMPLATE_BYTES:
        remedy = "the spaces left out it has %d" % compact
        if compact > MAX_TEMPLATE_BYTES:
            remedy += "; drop comments, shorten asset names, or split it by protocol"
        findings.add("too-large", "", "%s; %s" % (_size_message(size), remedy))
    return document if compact <= _MAX_SOURCE_BYTES else None


def _size_message(size: int) -> str:
    return "a request of %d bytes with this template, and the platform's API takes %d" % (
        size,
        MAX_TEMPLATE_BYTES,
    )


def _compact(document: "Any") -> str:
    text = json.dumps(document)
    # MicroPython's dumps has no separators; counting a space too many does no harm there.
    if len(text) > MAX_TEMPLATE_BYTES // 2:
        try:
            text = json.dumps(document, separators=(",", ":"))
        except TypeError:
            pass
    return text


def _request_size(text: str) -> int:
    """Bytes of the API request: the template travels as a string inside JSON, quotes escaped."""
    request = {"name": "", "template": text, "protocolFilter": ["UDP", "COAP"], "status": "ACTIVE"}
    return len(json.dumps(request).encode())


def check_document(document: "Any", findings: "Findings") -> None:
    """Adds findings on every object of the document."""
    for change in constructs(document):
        rule = "abcl-actuate" if change.place == "actuate" else "abcl"
        findings.add(rule, change.place, change.message)
    for role, place, element in objects(document):
        if role in _KEYS:
            _check_keys(element, role, place, findings)
        if role == "control":
            check_defaults(element, place, findings)


def _check_keys(element: "Any", role: str, place: str, findings: "Findings") -> None:
    known = _KEYS[role]
    for key in element:
        if key in known or key in _ABCL_KEYS:
            continue
        if key == "signed" and role == "selector":
            _check_signed(element, place, findings)
            continue
        guess = meant(key, known)
        if guess is not None and guess not in element and guess not in _INERT_KEYS:
            findings.add(
                "misspelt-key",
                place,
                "%s is ignored; '%s' is meant, it seems" % (shown(key), guess),
            )
        else:
            findings.add(
                "unknown-key", place, "%s is ignored; take it out, or use 'comment'" % shown(key)
            )


def _check_signed(element: "Any", place: str, findings: "Findings") -> None:
    kind = element.get("type")
    wanted = {True: "int", False: "uint", "true": "int", "false": "uint"}
    signed = element["signed"]
    meaning = wanted.get(signed) if isinstance(signed, (bool, str)) else None
    if kind in ("int", "uint") and meaning not in (None, kind):
        findings.add(
            "signed",
            place,
            '\'signed\': %s is ignored and contradicts type "%s"; write "%s"'
            % (shown(signed), kind, meaning),
            ERROR,
        )
    elif isinstance(kind, str) and kind in CODES:
        findings.add(
            "signed", place, "'signed' is ignored; int is signed, uint is not: take it out"
        )
