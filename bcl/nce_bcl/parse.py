"""From the template document to its plan (language page of the Energy Saver: statements).

    from nce_bcl.document import read_document

    parser = Parser(strict=False)
    plan = parser.parse(read_document(text))
    parser.warnings  # [("sense[0].value", "unknown key 'signed' is ignored"), ...]

What the platform is known or likely to accept is accepted, with a warning where it surprises;
`strict` refuses that instead. The walk keeps its own stack, so nesting costs no recursion.
"""

from .document import Report
from .errors import TemplateError, shown
from .paths import check_paths
from .plan import (
    LOCATION_LAT,
    LOCATION_LONG,
    MAX_DEPTH,
    MAX_PATH_KEYS,
    MAX_STATEMENTS,
    Case,
    Constant,
    Field,
    Selector,
    Switch,
    identity,
)
from .selectors import parse_selector, parse_source

if 1 - 1:
    from .shapes import Any, Block


TOP_KEYS = ("sense", "name", "version", "comment")
MAPPING_KEYS = ("asset", "value", "custom_type", "comment")
CONTROL_KEYS = ("switch", "on", "comment")
CASE_KEYS = ("case", "default", "do", "comment")


class Parser:
    """Parses one document. `places`, when given a list, gets (place, statement) for each one."""

    def __init__(
        self,
        strict: bool = False,
        multibyte_boolean: bool = True,
        coerce_cases: bool = False,
        places: "list[tuple[str, Any]] | None" = None,
    ) -> None:
        self._report = Report(strict)
        self.warnings = self._report.warnings
        self._multibyte_boolean = multibyte_boolean
        self._coerce_cases = coerce_cases
        self._places = places
        # Frames: [source list, next index, block being filled, place, depth].
        self._stack: "list[list[Any]]" = []
        self._visited = 0
        self._locations: "list[str]" = []

    def parse(self, document: "Any") -> "Block":
        """The plan (the root block) of a document dict; TemplateError says where it is wrong."""
        plan = self.read(document)
        check_paths(plan, self.warnings)
        if len(set(self._locations)) == 1:
            self._report.warn(
                "no other %s: the platform forwards pairs" % self._locations[0], "sense"
            )
        return plan

    def read(self, document: "Any") -> "Block":
        """The plan before its statements are held against each other."""
        if "sense" not in document:
            raise TemplateError("no 'sense' list, the only block the platform executes")
        self._report.check_keys(document, TOP_KEYS, "")
        plan: "list[Any]" = []
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
        return plan

    def _push(self, source: "Any", block: "Block", where: str, depth: int) -> None:
        if not isinstance(source, list):
            raise TemplateError("a block is a list of statements, not %s" % shown(source), where)
        if depth > MAX_DEPTH:
            raise TemplateError("nested deeper than %d levels" % MAX_DEPTH, where)
        self._stack.append([source, 0, block, where, depth])

    def _element(self, element: "Any", block: "Block", where: str, depth: int) -> None:
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
            statement: "Any" = self._mapping(element, where)
        elif is_control:
            statement = self._control(element, where, depth)
        elif is_comment(element):
            return
        else:
            raise TemplateError(
                "neither a mapping (asset, value) nor a switch (switch, on) nor a comment", where
            )
        block.append(statement)
        if self._places is not None:
            self._places.append((where, statement))

    def _source(self, raw: "Any", where: str) -> "Constant | Selector":
        return parse_source(raw, where, self._report, self._multibyte_boolean)

    # Mapping statements

    def _mapping(self, element: "Any", where: str) -> "Field":
        for key in ("asset", "value"):
            if key not in element:
                raise TemplateError("a mapping needs '%s'" % key, where)
        self._report.check_keys(element, MAPPING_KEYS, where)
        asset = element["asset"]
        if not isinstance(asset, str):
            raise TemplateError("'asset' is text, not %s" % shown(asset), where)
        if asset.count(".") >= MAX_PATH_KEYS:
            raise TemplateError("an asset path of over %d names" % MAX_PATH_KEYS, where)
        keys = tuple(asset.split("."))
        if "" in keys:
            raise TemplateError("empty name in the asset path %s" % shown(asset), where)
        source = self._source(element["value"], where + ".value")
        if isinstance(source, Constant) and not isinstance(source.value, str):
            self._report.warn("only text is documented as a constant value", where + ".value")
        return Field(asset, keys, source, self._custom_type(element, source, where))

    def _custom_type(self, element: "Any", source: "Any", where: str) -> "Any":
        custom_type = element.get("custom_type")
        if custom_type is None:
            return None
        if custom_type not in (LOCATION_LONG, LOCATION_LAT):
            self._report.warn("unknown custom_type %s is ignored" % shown(custom_type), where)
            return None
        if isinstance(source, Constant):
            is_number = not isinstance(source.value, (str, bool))
        else:
            is_number = source.kind in ("int", "uint", "float")
        if not isinstance(source, Constant) and source.kind == "float":
            if source.length != 8:
                self._report.warn("%s is documented as a float of 8 bytes" % custom_type, where)
        else:
            self._report.object_to("%s must be a float of 8 bytes" % custom_type, where)
        if not is_number:
            return None
        self._locations.append(custom_type)
        return custom_type

    # Control statements

    def _control(self, element: "Any", where: str, depth: int) -> "Switch":
        for key in ("switch", "on"):
            if key not in element:
                raise TemplateError("a switch statement needs '%s'" % key, where)
        self._report.check_keys(element, CONTROL_KEYS, where)
        switch = element["switch"]
        if not isinstance(switch, dict):
            hint = (
                "; $payloadLength is ABCL, send a type byte" if switch == "$payloadLength" else ""
            )
            raise TemplateError(
                "'switch' is a payload selector, not %s%s" % (shown(switch), hint), where
            )
        selector = parse_selector(switch, where + ".switch", self._report, self._multibyte_boolean)
        branches = element["on"]
        if not isinstance(branches, list):
            raise TemplateError("'on' is a list of cases, not %s" % shown(branches), where)
        cases: "list[Any]" = []
        seen: "set[Any]" = set()  # identities of the case constants
        default = None
        pushes = []
        for index, branch in enumerate(branches):
            place = "%s.on[%d]" % (where, index)
            self._visited += 1
            if not isinstance(branch, dict):
                raise TemplateError("a case is an object, not %s" % shown(branch), place)
            if is_comment(branch):
                continue
            block: "list[Any]" = []
            if self._is_default(branch, place):
                if default is None:
                    default = block
                else:
                    self._report.warn("a second default is never reached", place)
            else:
                value = self._case_value(branch["case"], selector, seen, place)
                cases.append(Case(value, block))
            pushes.append((branch["do"], block, place + ".do"))
        pushes.reverse()  # the last one pushed is read first
        for source, block, place in pushes:
            self._push(source, block, place, depth + 1)
        return Switch(selector, tuple(cases), default)

    def _is_default(self, branch: "Any", where: str) -> bool:
        self._report.check_keys(branch, CASE_KEYS, where)
        has_default = "default" in branch
        if has_default == ("case" in branch):
            raise TemplateError("a case needs either 'case' or 'default'", where)
        if has_default and branch["default"] is not True:
            raise TemplateError("'default' is true or absent", where)
        if "do" not in branch:
            raise TemplateError("a case needs 'do', a list of statements", where)
        return has_default

    def _case_value(
        self, raw: "Any", selector: "Selector", seen: "set[Any]", where: str
    ) -> "Constant | Selector":
        value = self._source(raw, where + ".case")
        if isinstance(value, Selector):
            return value
        if selector.kind == "hex" and isinstance(value.value, str):
            value = Constant(value.value.lower())
        if raw == "$default":
            self._report.object_to(
                "'$default' is ABCL and here ordinary text; write \"default\": true",
                where,
            )
        elif not self._coerce_cases and not comparable(selector.kind, value.value):
            self._report.warn(
                "%s never equals a switch of type %s" % (shown(raw), selector.kind), where
            )
        key = identity(value.value, self._coerce_cases)
        if key in seen:
            self._report.warn("case %s again: the first one is taken" % shown(raw), where)
        seen.add(key)
        return value


def is_comment(element: "Any") -> bool:
    """True for an object that holds a comment alone."""
    return len(element) == 1 and "comment" in element


def comparable(kind: str, value: "Any") -> bool:
    """True when a switch of this type can equal the constant at all."""
    if kind == "boolean":
        return value is True or value is False
    if kind in ("string", "hex"):
        return isinstance(value, str)
    return not (isinstance(value, str) or value is True or value is False)
