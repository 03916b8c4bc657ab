"""From the template document to its plan (language page of the Energy Saver: statements, selectors).

    parser = Parser(strict=False)
    plan = parser.parse(read_document(text))
    parser.warnings  # [("sense[0].value", "unknown key 'signed' is ignored"), ...]

What the platform is known or likely to accept is accepted, with a warning where it surprises;
`strict` refuses that instead. The walk keeps its own stack, so nesting costs no recursion.
"""

import json

from .errors import TemplateError, shown
from .paths import check_paths
from .plan import (
    CODES,
    LOCATION_LAT,
    LOCATION_LONG,
    MAX_DEPTH,
    MAX_PATH_KEYS,
    MAX_STATEMENTS,
    MAX_TEMPLATE_BYTES,
    Case,
    Constant,
    Field,
    Selector,
    Switch,
    same,
    struct_code,
)

_TOP_KEYS = ("sense", "name", "version", "comment")
_MAPPING_KEYS = ("asset", "value", "custom_type", "comment")
_CONTROL_KEYS = ("switch", "on", "comment")
_CASE_KEYS = ("case", "default", "do", "comment")
_SELECTOR_KEYS = ("byte", "endbyte", "bytelength", "byteorder", "type", "comment")

# The parent language, ABCL 1.0 of AllThingsTalk: what its words become in BCL. Keys that change
# the meaning of a statement are ignored by the platform, hence wrong values without an error.
_ABCL_KEYS = {
    "actuate": "downlink statements are not executed",
    "at": "the platform stamps the time of arrival itself",
    "bit": "a boolean takes a whole byte",
    "bitlength": "fields are whole bytes",
    "calculation": "scale on the device, or send a float",
    "json": "the payload is bytes, not JSON",
}
_ABCL_TYPES = {"integer": "int or uint", "number": "float", "hexstring": "hex"}
_MAX_OFFSET = 1 << 31


def read_document(source):
    """The template as a dict, from JSON text (str or bytes) or a dict; TemplateError otherwise."""
    if isinstance(source, dict):
        return source
    if not isinstance(source, (str, bytes, bytearray)):
        raise TemplateError(
            "a template is JSON text or a dict, not %s; read a file before passing it"
            % type(source).__name__
        )
    try:
        if not isinstance(source, str):
            _check_size(len(source))
            source = bytes(source).decode()
        elif len(source) * 4 > MAX_TEMPLATE_BYTES:  # a character is at most four bytes
            _check_size(len(source.encode()))
        document = json.loads(source)
    except TemplateError:
        raise
    except RuntimeError:
        raise TemplateError("nested too deeply to be read; %d levels are allowed" % MAX_DEPTH)
    except ValueError as error:
        raise TemplateError("not JSON: %s" % error)
    if not isinstance(document, dict):
        raise TemplateError(
            "a template is a JSON object with a 'sense' list, not %s" % shown(document)
        )
    return document


def _check_size(size):
    if size > MAX_TEMPLATE_BYTES:
        raise TemplateError(
            "%d bytes; the platform takes a request of %d at most" % (size, MAX_TEMPLATE_BYTES)
        )


class Parser:
    """Parses one document. `places`, when given a list, gets (place, statement) for each one."""

    def __init__(self, strict=False, multibyte_boolean=True, coerce_cases=False, places=None):
        self.warnings = []
        self._strict = strict
        self._multibyte_boolean = multibyte_boolean
        self._coerce_cases = coerce_cases
        self._places = places
        self._stack = []  # frames: [source list, next index, block being filled, place, depth]
        self._visited = 0
        self._locations = []

    def parse(self, document):
        """The plan (the root block) of a document dict; TemplateError says where it is wrong."""
        if "sense" not in document:
            raise TemplateError("no 'sense' list, the only block the platform executes")
        self._check_keys(document, _TOP_KEYS, "")
        plan = []
        self._push(document["sense"], plan, "sense", 1)
        while self._stack:
            frame = self._stack[-1]
            source, index, block, where, depth = frame
            if index == len(source):
                self._stack.pop()
                continue
            frame[1] = index + 1
            self._visited += 1
            if self._visited > MAX_STATEMENTS:
                raise TemplateError("over %d statements" % MAX_STATEMENTS, where)
            self._element(source[index], block, "%s[%d]" % (where, index), depth)
        check_paths(plan, self.warnings)
        if len(set(self._locations)) == 1:
            self._warn("no other %s: the platform forwards pairs" % self._locations[0], "sense")
        return plan

    def _push(self, source, block, where, depth):
        if not isinstance(source, list):
            raise TemplateError("a block is a list of statements, not %s" % shown(source), where)
        if depth > MAX_DEPTH:
            raise TemplateError("nested deeper than %d levels" % MAX_DEPTH, where)
        self._stack.append([source, 0, block, where, depth])

    def _element(self, element, block, where, depth):
        if isinstance(element, list):
            self._push(element, block, where, depth + 1)
            return
        if not isinstance(element, dict):
            raise TemplateError("a statement is an object, not %s" % shown(element), where)
        is_mapping = "asset" in element or "value" in element
        is_control = "switch" in element or "on" in element
        if is_mapping and is_control:
            raise TemplateError("both a mapping and a switch; make it two statements", where)
        if is_mapping:
            statement = self._mapping(element, where)
        elif is_control:
            statement = self._control(element, where, depth)
        elif _is_comment(element):
            return
        else:
            raise TemplateError(
                "neither a mapping (asset, value) nor a switch (switch, on) nor a comment", where
            )
        block.append(statement)
        if self._places is not None:
            self._places.append((where, statement))

    # Mapping statements

    def _mapping(self, element, where):
        for key in ("asset", "value"):
            if key not in element:
                raise TemplateError("a mapping needs '%s'" % key, where)
        self._check_keys(element, _MAPPING_KEYS, where)
        asset = element["asset"]
        if not isinstance(asset, str):
            raise TemplateError("'asset' is text, not %s" % shown(asset), where)
        keys = tuple(asset.split("."))
        if "" in keys:
            raise TemplateError("empty name in the asset path %s" % shown(asset), where)
        if len(keys) > MAX_PATH_KEYS:
            raise TemplateError("an asset path of over %d names" % MAX_PATH_KEYS, where)
        source = self._source(element["value"], where + ".value")
        if isinstance(source, Constant) and not isinstance(source.value, str):
            self._warn("only text is documented as a constant value", where + ".value")
        return Field(asset, keys, source, self._custom_type(element, source, where))

    def _custom_type(self, element, source, where):
        custom_type = element.get("custom_type")
        if custom_type is None:
            return None
        if custom_type not in (LOCATION_LONG, LOCATION_LAT):
            self._warn("unknown custom_type %s is ignored" % shown(custom_type), where)
            return None
        if isinstance(source, Constant):
            is_number = not isinstance(source.value, (str, bool))
        else:
            is_number = source.kind in ("int", "uint", "float")
        if not isinstance(source, Constant) and source.kind == "float":
            if source.length != 8:
                self._warn("%s is documented as a float of 8 bytes" % custom_type, where)
        else:
            self._warn("%s must be a float of 8 bytes" % custom_type, where, refused=self._strict)
        if not is_number:
            return None
        self._locations.append(custom_type)
        return custom_type

    # Control statements

    def _control(self, element, where, depth):
        for key in ("switch", "on"):
            if key not in element:
                raise TemplateError("a switch statement needs '%s'" % key, where)
        self._check_keys(element, _CONTROL_KEYS, where)
        switch = element["switch"]
        if not isinstance(switch, dict):
            hint = (
                "; $payloadLength is ABCL, send a type byte" if switch == "$payloadLength" else ""
            )
            raise TemplateError(
                "'switch' is a payload selector, not %s%s" % (shown(switch), hint), where
            )
        selector = self._selector(switch, where + ".switch")
        branches = element["on"]
        if not isinstance(branches, list):
            raise TemplateError("'on' is a list of cases, not %s" % shown(branches), where)
        cases = []
        default = None
        pushes = []
        for index, branch in enumerate(branches):
            place = "%s.on[%d]" % (where, index)
            self._visited += 1
            if not isinstance(branch, dict):
                raise TemplateError("a case is an object, not %s" % shown(branch), place)
            if _is_comment(branch):
                continue
            block = []
            if self._is_default(branch, place):
                if default is None:
                    default = block
                else:
                    self._warn("a second default is never reached", place)
            else:
                value = self._case_value(branch["case"], selector, cases, place)
                cases.append(Case(value, block))
            pushes.append((branch["do"], block, place + ".do"))
        pushes.reverse()  # the last one pushed is read first
        for source, block, place in pushes:
            self._push(source, block, place, depth + 1)
        return Switch(selector, tuple(cases), default)

    def _is_default(self, branch, where):
        self._check_keys(branch, _CASE_KEYS, where)
        has_default = "default" in branch
        if has_default == ("case" in branch):
            raise TemplateError("a case needs either 'case' or 'default'", where)
        if has_default and branch["default"] is not True:
            raise TemplateError("'default' is true or absent", where)
        if "do" not in branch:
            raise TemplateError("a case needs 'do', a list of statements", where)
        return has_default

    def _case_value(self, raw, selector, cases, where):
        value = self._source(raw, where + ".case")
        if isinstance(value, Selector):
            return value
        if selector.kind == "hex" and isinstance(value.value, str):
            value = Constant(value.value.lower())
        if raw == "$default":
            self._warn(
                "'$default' is ABCL and here ordinary text; write \"default\": true",
                where,
                refused=self._strict,
            )
        elif not self._coerce_cases and not _comparable(selector.kind, value.value):
            self._warn("%s never equals a switch of type %s" % (shown(raw), selector.kind), where)
        for case in cases:
            if isinstance(case.value, Constant) and same(
                case.value.value, value.value, self._coerce_cases
            ):
                self._warn("case %s again: the first one is taken" % shown(raw), where)
                break
        return value

    # Selectors

    def _source(self, raw, where):
        if isinstance(raw, dict):
            return self._selector(raw, where)
        if raw is None or not isinstance(raw, (str, bool, int, float)):
            raise TemplateError(
                "a value is text or a payload selector, not %s" % shown(raw), where
            )
        if isinstance(raw, float) and raw - raw != 0:
            raise TemplateError("a constant must be a finite number", where)
        if isinstance(raw, int) and not -(1 << 63) <= raw < 1 << 64:
            raise TemplateError("a constant integer must fit 64 bits", where)
        return Constant(raw)

    def _selector(self, raw, where):
        if "byte" not in raw and "endbyte" not in raw:
            hint = "; an object of several selectors is ABCL, use dotted assets"
            for value in raw.values():
                if isinstance(value, dict):
                    break
            else:
                hint = ""
            raise TemplateError("a selector needs 'byte' or 'endbyte'%s" % hint, where)
        self._check_keys(raw, _SELECTOR_KEYS, where)
        kind = raw.get("type")
        if kind is None:
            raise TemplateError("a selector needs 'type' (ABCL takes an integer then)", where)
        if not isinstance(kind, str) or kind not in CODES:
            hint = ""
            if isinstance(kind, str) and kind in _ABCL_TYPES:
                hint = "; that is ABCL, in BCL write %s" % _ABCL_TYPES[kind]
            raise TemplateError("unknown type %s%s" % (shown(kind), hint), where)
        byteorder = raw.get("byteorder", "big")
        if byteorder not in ("big", "little"):
            raise TemplateError(
                '\'byteorder\' is "big" or "little", not %s' % shown(byteorder), where
            )
        byte = _offset(raw, "byte", where)
        if byte is not None and byte < 0:
            raise TemplateError("'byte' counts from 0; count from the end by 'endbyte'", where)
        endbyte = _offset(raw, "endbyte", where)
        if endbyte is not None and endbyte > 0:
            raise TemplateError("'endbyte' counts from the end: 0 or negative", where)
        length = self._length(raw, byte is not None and endbyte is not None, kind, where)
        code = struct_code(kind, length, byteorder)
        return Selector(kind, byte, endbyte, length, byteorder, code)

    def _length(self, raw, is_range, kind, where):
        length = _offset(raw, "bytelength", where)
        if is_range:
            if length is not None:
                raise TemplateError(
                    "'bytelength' beside both 'byte' and 'endbyte'; leave one out", where
                )
            return None
        if length is None:
            length = 1
        if length < 1:
            raise TemplateError("'bytelength' is 1 or more, not %d" % length, where)
        if kind == "boolean":
            is_legal = length == 1 or self._multibyte_boolean
        else:
            is_legal = CODES[kind] is None or length in CODES[kind]
        if not is_legal:
            self._warn(
                "%s of %d bytes cannot be converted" % (kind, length), where, refused=self._strict
            )
        return length

    def _check_keys(self, element, known, where):
        for key in element:
            if key in known:
                continue
            if isinstance(key, str) and key in _ABCL_KEYS:
                # 'actuate' stands alone; the others alter the statement they are in.
                self._warn(
                    "'%s' is ABCL and ignored: %s" % (key, _ABCL_KEYS[key]),
                    where,
                    refused=self._strict and key != "actuate",
                )
            else:
                self._warn("unknown key %s is ignored" % shown(key), where)

    def _warn(self, message, where, refused=False):
        if refused:
            raise TemplateError(message, where)
        self.warnings.append((where, message))


def _is_comment(element):
    return len(element) == 1 and "comment" in element


def _offset(raw, key, where):
    value = raw.get(key)
    if value is None and key not in raw:
        return None
    if value is True or value is False or not isinstance(value, int):
        raise TemplateError("'%s' is a whole number, not %s" % (key, shown(value)), where)
    if not -_MAX_OFFSET < value < _MAX_OFFSET:
        raise TemplateError("'%s' is beyond any payload" % key, where)
    return value


def _comparable(kind, value):
    if kind == "boolean":
        return value is True or value is False
    if kind in ("string", "hex"):
        return isinstance(value, str)
    return not (isinstance(value, str) or value is True or value is False)
