"""A template with the place of everything in it, read as far as it can be.

    outline = Outline(document)
    outline.refusals                   # [("sense[2]", "a mapping needs 'value'"), ...]
    outline.place(outline.plan[0])     # "sense[0]"
    for role, place, element in objects(document): ...

For tools on the host: where the parser stops at the first error, an outline notes it and goes on.
"""

from .errors import TemplateError
from .parse import Parser, is_comment
from .plan import MAX_DEPTH

if 1 - 1:
    from .shapes import Any, Block, Iterator


_MAX_REPAIRS = 32  # bad cases of one switch that are left out so that the others are read


class Outline(Parser):
    """The plan of a document dict and the places of its statements and cases.

    `refusals` holds (place, message) for what the parser refuses; that part is not in the plan.
    """

    def __init__(
        self, document: "Any", multibyte_boolean: bool = True, coerce_cases: bool = False
    ) -> None:
        super().__init__(False, multibyte_boolean, coerce_cases)
        self.refusals: "list[Any]" = []
        # id of a statement -> (place, id of its block)
        self._statements: "dict[int, tuple[str, int]]" = {}
        self._read_statements: "list[Any]" = []
        # id of a case's block -> (place of the case, id of the block around)
        self._cases: "dict[int, tuple[str, int]]" = {}
        self.plan: "list[Any]" = []
        try:
            self.plan = self.read(document)
        except TemplateError as error:
            self._refuse(error)

    def place(self, statement: "Any") -> str:
        """Where a statement of the plan stands in the document."""
        return self._statements[id(statement)][0]

    def case_place(self, block: "Block") -> str:
        """Where the case (or default) with this block stands."""
        return self._cases[id(block)][0]

    def block_around(self, block: "Block") -> int:
        """id() of the block in which the switch of this case's block stands."""
        return self._cases[id(block)][1]

    def statements(self) -> "list[tuple[str, Any]]":
        """(place, statement) of the whole plan, in the order they were read."""
        return self._read_statements

    def is_nested(self, first: "Any", second: "Any") -> bool:
        """True when every message that executes one statement executes the other one too."""
        return self._surrounds(first, second) or self._surrounds(second, first)

    def _surrounds(self, outer: "Any", inner: "Any") -> bool:
        wanted = self._statements[id(outer)][1]
        block: "int | None" = self._statements[id(inner)][1]
        while block is not None:
            if block == wanted:
                return True
            case = self._cases.get(block)
            block = case[1] if case else None
        return False

    def _refuse(self, error: "TemplateError") -> None:
        text = str(error)
        prefix = error.where + ": "
        if error.where and text.startswith(prefix):
            text = text[len(prefix) :]
        self.refusals.append((error.where, text))

    def _element(self, element: "Any", block: "Block", where: str, depth: int) -> None:
        for _ in range(_MAX_REPAIRS):
            try:
                super()._element(element, block, where, depth)
            except TemplateError as error:
                self._refuse(error)
                element = _without(element, where, error.where)
                if element is None:
                    return
                continue
            if not isinstance(element, list) and not is_comment(element):
                self._note(element, block, where)
            return

    def _note(self, element: "Any", block: "Block", where: str) -> None:
        statement = block[-1]
        self._read_statements.append((where, statement))
        self._statements[id(statement)] = (where, id(block))
        if len(statement) == 4:
            return
        blocks = [case.block for case in statement.cases]
        for index, branch in enumerate(element["on"]):
            if is_comment(branch):
                continue
            place = "%s.on[%d]" % (where, index)
            if "case" in branch:
                self._cases[id(blocks.pop(0))] = (place, id(block))
            elif statement.default is not None and id(statement.default) not in self._cases:
                self._cases[id(statement.default)] = (place, id(block))


def _without(element: "Any", where: str, culprit: str) -> "Any":
    """The switch statement without the case an error lies in; None when it lies elsewhere."""
    prefix = where + ".on["
    if not culprit.startswith(prefix):
        return None
    index = int(culprit[len(prefix) :].split("]", 1)[0])
    branches = list(element["on"])
    branches[index] = {"comment": "refused"}
    repaired = dict(element)
    repaired["on"] = branches
    return repaired


def objects(document: "Any") -> "Iterator[tuple[str, str, Any]]":
    """Yields (role, place, object) for each JSON object that stands where the language has one.

    Roles: top, mapping, control, case, selector, values (an object in a selector's place that
    holds others), comment, unknown. Nothing is checked; what is nested too deep is left out.
    """
    yield "top", "", document
    pending = [("block", "sense", document.get("sense"), 1)]
    while pending:
        role, place, node, depth = pending.pop()
        children: "list[Any]" = []
        if role in ("block", "on"):
            if isinstance(node, list) and depth <= MAX_DEPTH:
                inner = "element" if role == "block" else "case"
                for index, child in enumerate(node):
                    children.append((inner, "%s[%d]" % (place, index), child, depth))
        elif isinstance(node, list) and role == "element":
            children.append(("block", place, node, depth + 1))
        elif isinstance(node, dict):
            if role == "element":
                role = _statement_role(node)
            elif role == "selector" and _holds_objects(node):
                role = "values"
            yield role, place, node
            for inner, key in _CHILDREN.get(role, ()):
                if key in node:
                    # Levels are those of blocks, as the parser counts them.
                    level = depth + 1 if inner == "block" else depth
                    children.append((inner, "%s.%s" % (place, key), node[key], level))
            if role == "values" and depth <= MAX_DEPTH:
                for key in sorted([key for key in node if isinstance(key, str)]):
                    children.append(("selector", "%s.%s" % (place, key), node[key], depth + 1))
        children.reverse()  # the last one pushed is read first
        pending.extend(children)


_CHILDREN = {
    "mapping": (("selector", "value"), ("selector", "at")),
    "control": (("selector", "switch"), ("on", "on")),
    "case": (("selector", "case"), ("block", "do")),
}


def _statement_role(node: "Any") -> str:
    if "asset" in node or "value" in node:
        return "mapping"
    if "switch" in node or "on" in node:
        return "control"
    return "comment" if is_comment(node) else "unknown"


def _holds_objects(node: "Any") -> bool:
    if "byte" in node or "endbyte" in node:
        return False
    return any([isinstance(value, dict) for value in node.values()])
