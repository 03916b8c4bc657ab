"""Constant and payload selectors: what a mapping's `value`, a `switch` and a `case` may be.

parse_selector({"byte": 0, "bytelength": 2, "type": "int"}, "sense[0].value", report, True)
"""

from .errors import TemplateError, shown
from .plan import CODES, Constant, Selector, struct_code

if 1 - 1:
    from .document import Report
    from .shapes import Any


SELECTOR_KEYS = ("byte", "endbyte", "bytelength", "byteorder", "type", "comment")
_ABCL_TYPES = {"integer": "int or uint", "number": "float", "hexstring": "hex"}
_MAX_OFFSET = 1 << 31


def parse_source(
    raw: "Any", where: str, report: "Report", multibyte_boolean: bool
) -> "Constant | Selector":
    """The Constant or Selector that a mapping's value or a case's value is."""
    if isinstance(raw, dict):
        return parse_selector(raw, where, report, multibyte_boolean)
    if raw is None or not isinstance(raw, (str, bool, int, float)):
        raise TemplateError("a value is text or a payload selector, not %s" % shown(raw), where)
    if isinstance(raw, float) and raw - raw != 0:
        raise TemplateError("a constant must be a finite number", where)
    if isinstance(raw, int) and not -(1 << 63) <= raw < 1 << 64:
        raise TemplateError("a constant integer must fit 64 bits", where)
    return Constant(raw)


def parse_selector(
    raw: "Any", where: str, report: "Report", multibyte_boolean: bool
) -> "Selector":
    """The Selector of a payload selector object; TemplateError says what is wrong with it."""
    if "byte" not in raw and "endbyte" not in raw:
        hint = "; an object of several selectors is ABCL, use dotted assets"
        for value in raw.values():
            if isinstance(value, dict):
                break
        else:
            hint = ""
        raise TemplateError("a selector needs 'byte' or 'endbyte'%s" % hint, where)
    report.check_keys(raw, SELECTOR_KEYS, where)
    kind = _kind(raw, where)
    byteorder = raw.get("byteorder", "big")
    if byteorder not in ("big", "little"):
        raise TemplateError('\'byteorder\' is "big" or "little", not %s' % shown(byteorder), where)
    byte = _offset(raw, "byte", where)
    if byte is not None and byte < 0:
        raise TemplateError("'byte' counts from 0; count from the end by 'endbyte'", where)
    endbyte = _offset(raw, "endbyte", where)
    if endbyte is not None and endbyte > 0:
        raise TemplateError("'endbyte' counts from the end: 0 or negative", where)
    if byte is not None and endbyte is not None:
        if "bytelength" in raw:
            raise TemplateError(
                "'bytelength' beside both 'byte' and 'endbyte'; leave one out", where
            )
        length = None
    else:
        length = _length(raw, kind, where, report, multibyte_boolean)
    code = struct_code(kind, length, byteorder)
    return Selector(kind, byte, endbyte, length, byteorder, code, (byte, endbyte, length))


def _kind(raw: "Any", where: str) -> "Any":
    kind = raw.get("type")
    if kind is None:
        raise TemplateError("a selector needs 'type' (ABCL takes an integer then)", where)
    if isinstance(kind, str):
        if kind in CODES:
            return kind
        if kind in _ABCL_TYPES:
            raise TemplateError(
                "type %r is ABCL; in BCL write %s" % (kind, _ABCL_TYPES[kind]), where
            )
    raise TemplateError(
        "unknown type %s; there are int, uint, float, boolean, string, hex" % shown(kind), where
    )


def _length(raw: "Any", kind: str, where: str, report: "Report", multibyte_boolean: bool) -> "Any":
    length = _offset(raw, "bytelength", where)
    if length is None:
        length = 1
    if length < 1:
        raise TemplateError("'bytelength' is 1 or more, not %d" % length, where)
    codes = CODES[kind]
    if kind == "boolean":
        is_legal = length == 1 or multibyte_boolean
    else:
        is_legal = codes is None or length in codes
    if not is_legal:
        report.object_to("%s of %d bytes cannot be converted" % (kind, length), where)
    return length


def _offset(raw: "Any", key: str, where: str) -> "Any":
    value = raw.get(key)
    if value is None and key not in raw:
        return None
    if value is True or value is False or not isinstance(value, int):
        raise TemplateError("'%s' is a whole number, not %s" % (key, shown(value)), where)
    if not -_MAX_OFFSET < value < _MAX_OFFSET:
        raise TemplateError("'%s' is beyond any payload" % key, where)
    return value
