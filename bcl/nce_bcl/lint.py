"""Finds what is wrong with a template before the platform, or a customer, does.

    for finding in lint(open("template.json").read(), sender="c-sdk", protocols=("udp",)):
        print(finding.place, finding.severity, finding.rule, finding.message)

Every message names the values and says what to do instead. The rules and their severities are the
table in `findings`. Any input gives findings, and their number and the time are bounded.
"""

import json

from .errors import shown
from .findings import ERROR, INFO, WARNING, Finding, Findings
from .lint_document import check_document, read_source
from .lint_layout import Layout
from .lint_sender import check_sender
from .lint_switch import check_routes, check_switch
from .outline import Outline, objects
from .plan import CODES, LOCATION_LAT, LOCATION_LONG, Constant, Readings, Selector
from .routes import Routes

if 1 - 1:
    from .plan import Field
    from .shapes import Any, Iterator, Sequence


__all__ = ["ERROR", "INFO", "WARNING", "Finding", "lint"]

PROTOCOLS = ("udp", "coap")
SENDERS = ("c-sdk",)

# Digits are only guaranteed within sixteen nines (Energy Saver, features and limitations).
_MOST_DIGITS = 9999999999999999


def lint(
    source: "Any",
    sender: "str | None" = None,
    protocols: "Sequence[str]" = (),
    strip_nul: bool = False,
    coerce_cases: bool = False,
    keep_first: bool = False,
    multibyte_boolean: bool = True,
) -> "list[Finding]":
    """The findings on a template (JSON text, str or bytes, or a dict), in document order.

    `sender` "c-sdk" adds what 1NCE's C SDK cannot send. `protocols`, of "udp" and "coap", are what
    the template is meant for. ValueError for any other sender or protocol. The other options are
    readings of `Template` that change what is wrong.
    """
    if sender is not None and sender not in SENDERS:
        raise ValueError("sender is one of %s, not %s" % (", ".join(SENDERS), shown(sender)))
    for protocol in protocols:
        if protocol not in PROTOCOLS:
            raise ValueError("protocols are udp and coap, not %s" % shown(protocol))
    findings = Findings()
    document = read_source(source, findings)
    if document is not None:
        readings = Readings(strip_nul, coerce_cases, keep_first, False, multibyte_boolean, False)
        _check(document, sender, protocols, readings, findings)
    return findings.sorted()


def _check(
    document: "Any",
    sender: "str | None",
    protocols: "Sequence[str]",
    readings: "Readings",
    findings: "Findings",
) -> None:
    check_document(document, findings)
    outline = Outline(document, readings.multibyte_boolean, readings.coerce_cases)
    elements = {place: element for _, place, element in objects(document)}
    for place, message in outline.refusals:
        if not (findings.has("abcl", place) or findings.has("abcl", place + ".switch")):
            findings.add("syntax", place, message)
    for place, statement in outline.statements():
        if len(statement) == 4:
            _check_mapping(statement, elements[place], place, findings)
        else:
            check_switch(statement, place, outline, findings, readings)
    for place, selector, element in _selectors(outline, elements):
        _check_selector(selector, element, place, readings, findings)
    routes = Routes(outline.plan, readings=readings)
    layout = Layout(outline, protocols, sender, findings, readings.keep_first)
    for steps in routes:
        layout.check(steps)
        if sender is not None:
            check_sender(steps, outline, findings)
    check_routes(outline, routes, findings)
    if not outline.plan and not outline.refusals:
        findings.add(
            "empty-template", "sense", "no statement: every message gives {}; map an asset"
        )


# Statements


def _selectors(
    outline: "Outline", elements: "dict[str, Any]"
) -> "Iterator[tuple[str, Selector, Any]]":
    """(place, Selector, object) of each payload selector that is in the plan."""
    for place, statement in outline.statements():
        if len(statement) == 4:
            if isinstance(statement.source, Selector):
                yield place + ".value", statement.source, elements[place]["value"]
            continue
        yield place + ".switch", statement.selector, elements[place]["switch"]
        for case in statement.cases:
            if isinstance(case.value, Selector):
                where = outline.case_place(case.block)
                yield where + ".case", case.value, elements[where]["case"]


def _check_mapping(field: "Field", element: "Any", place: str, findings: "Findings") -> None:
    source = field.source
    if isinstance(source, Constant):
        _check_constant(source.value, place + ".value", findings)
    custom_type = element.get("custom_type")
    if custom_type is None:
        return
    if custom_type not in (LOCATION_LONG, LOCATION_LAT):
        findings.add(
            "custom-type",
            place,
            "custom_type %s is ignored; there are %s and %s"
            % (shown(custom_type), LOCATION_LONG, LOCATION_LAT),
        )
        return
    if not isinstance(source, Selector) or source.kind != "float":
        what = "a constant" if isinstance(source, Constant) else source.kind
        findings.add(
            "location-type",
            place,
            "%s of type %s; the platform wants a float of 8 bytes" % (custom_type, what),
        )
    elif source.length != 8:
        findings.add(
            "location-float64",
            place,
            "%s as a float of %s bytes; 8 are documented, 4 put a place up to 0.85 m off"
            % (custom_type, source.length or "any number of"),
        )
    name = field.keys[-1].lower()
    swapped = ("lat", "latitude") if custom_type == LOCATION_LONG else _LONGITUDES
    if name in swapped:
        findings.add(
            "location-swapped",
            place,
            "asset %s is marked %s; swap the custom types" % (shown(field.asset), custom_type),
        )


_LONGITUDES = ("lon", "long", "lng", "longitude")


def _check_constant(value: "Any", place: str, findings: "Findings") -> None:
    if isinstance(value, str):
        return
    findings.add(
        "constant-type",
        place,
        'the constant %s; only text is documented: write "%s"' % (shown(value), json.dumps(value)),
    )
    if not isinstance(value, bool) and not -_MOST_DIGITS <= value <= _MOST_DIGITS:
        message = "%s is beyond +-%d, where the platform may round" % (shown(value), _MOST_DIGITS)
        findings.add("integer-digits", place, message + "; write text", WARNING)


def _check_selector(
    selector: "Selector", element: "Any", place: str, readings: "Readings", findings: "Findings"
) -> None:
    kind = selector.kind
    length = selector.length
    codes = CODES[kind]
    legal = sorted(codes or ())
    if kind == "boolean" and not readings.multibyte_boolean:
        legal = [1]
    if length is None:
        if codes is not None or kind == "boolean":
            findings.add(
                "open-number",
                place,
                "%s over [%d:n%s]; only payloads of some lengths decode: use 'bytelength'"
                % (kind, selector.byte, selector.endbyte or ""),
            )
    elif legal and length not in legal:
        findings.add(
            "illegal-length",
            place,
            "%s of %d byte%s; it has %s: set 'bytelength'"
            % (
                kind,
                length,
                "" if length == 1 else "s",
                " or ".join([str(width) for width in legal]),
            ),
        )
    elif kind == "boolean" and length > 1:
        findings.add(
            "multibyte-boolean",
            place,
            "a boolean of %d bytes; only 1 is documented, any non-zero byte makes it true"
            % length,
        )
    if length is not None and selector.byte is None and length + selector.endbyte > 0:
        findings.add(
            "outside",
            place,
            "[n%s:n+%d] ends beyond every payload; 'endbyte' is the start: write %d"
            % (selector.endbyte or "", length + selector.endbyte, -length),
        )
    if codes is None and (length or 2) > 1 and element.get("byteorder") == "little":
        findings.add(
            "byteorder-ignored", place, "byteorder of %s is ignored: it is read as sent" % kind
        )
    if length == 8 and kind in ("int", "uint"):
        findings.add(
            "integer-digits",
            place,
            "beyond +-%d the digits of an 8-byte %s may be rounded; hex keeps them all"
            % (_MOST_DIGITS, kind),
        )
