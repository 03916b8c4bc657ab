"""A template laid out for code: every route through its switches, and where its bytes stand.

    tree = grow(template.plan, template.readings)   # a Leaf, or a Fork with a tree per case
    leaf.winners                                    # asset -> the field the record shows
    wire = Wire(leaf)                               # where encode() puts what, nothing overlapping

Statements behind a switch are repeated in each of its routes, so a route is straight code.
"""

from .errors import EncodeError, TemplateError
from .plan import CODES, MAX_PAYLOAD_BYTES, Constant, Field, same
from .read import convert
from .write import value_bytes

if 1 - 1:
    from .plan import Readings, Selector, Switch
    from .shapes import Any, Block, Sequence


_MAX_ROUTES = 64
_MAX_SWITCHES = 8  # on one route
_MAX_FIELDS = 200  # on one route: local variables of one function


class CompileError(TemplateError):
    """The template is right, but code for it is not made; the message says what stands in the way.

    `nce_bcl.Template` runs it all the same.
    """


class Leaf:
    """One route: `fields` in order of execution, `choices` the switches met.

    A choice is (selector, raw): the switch's bytes, None where any other value leads here.
    """

    def __init__(
        self,
        fields: "list[Field]",
        choices: "list[tuple[Selector, bytes | None]]",
        keep_first: bool,
    ) -> None:
        self.fields = fields
        self.choices = choices
        self.sources = [field for field in fields if not isinstance(field.source, Constant)]
        self.winners: "dict[Any, Any]" = {}
        for field in fields:
            if not (keep_first and field.asset in self.winners):
                self.winners[field.asset] = field
        _check_names(self.winners)


class Fork:
    """A switch: `branches` of (value, raw, is_inferable, tree), and the tree `otherwise`.

    `has_default` tells a default's tree from the one that only goes on behind the switch.
    """

    def __init__(
        self,
        selector: "Selector",
        branches: "list[tuple[Any, bytes, bool, Any]]",
        otherwise: "Any",
        has_default: bool,
        has_cases: bool,
    ) -> None:
        self.selector = selector
        self.branches = branches
        self.otherwise = otherwise
        self.has_default = has_default
        self.has_cases = has_cases  # of which some may never be taken

    @property
    def trees(self) -> "list[Any]":
        return [branch[3] for branch in self.branches] + [self.otherwise]


def grow(plan: "Block", readings: "Readings") -> "Leaf | Fork":
    """The tree of all routes; CompileError when there are too many, or a statement is not made."""
    return _Grower(readings).grow((plan, 0, None), [], [])


def leaves(tree: "Leaf | Fork") -> "list[Leaf]":
    """The leaves of a tree, in document order."""
    if isinstance(tree, Leaf):
        return [tree]
    found = []
    for branch in tree.trees:
        found.extend(leaves(branch))
    return found


def enclosing(asset: str) -> "list[str]":
    """The paths of the objects that hold an asset: "a" and "a.b" for "a.b.c"."""
    keys = asset.split(".")
    return [".".join(keys[:count]) for count in range(1, len(keys))]


def needed_size(selectors: "Sequence[Selector]") -> int:
    """The fewest bytes of a payload that has all the selectors' bytes."""
    size = 0
    for selector in selectors:
        byte, endbyte, length = selector.place
        if endbyte is None:
            size = max(size, byte + length)
        else:
            size = max(size, (byte or 0) - endbyte)
    return size


class _Grower:
    def __init__(self, readings: "Readings") -> None:
        self._readings = readings
        self._routes = 0

    def grow(
        self, rest: "Any", fields: "list[Field]", choices: "list[tuple[Selector, bytes | None]]"
    ) -> "Leaf | Fork":
        """The tree of what is left: `rest` is a chain of (block, index, chain)."""
        fields = list(fields)
        while rest is not None:
            block, index, outer = rest
            if index == len(block):
                rest = outer
                continue
            statement = block[index]
            rest = (block, index + 1, outer)
            if isinstance(statement, Field):
                self._check_field(statement)
                fields.append(statement)
            else:
                return self._fork(statement, rest, fields, choices)
        self._routes += 1
        if self._routes > _MAX_ROUTES:
            raise CompileError("over %d ways through the switches" % _MAX_ROUTES)
        if len(fields) > _MAX_FIELDS:
            raise CompileError("over %d assets on one way through the switches" % _MAX_FIELDS)
        return Leaf(fields, choices, self._readings.keep_first)

    def _fork(
        self,
        switch: "Switch",
        rest: "Any",
        fields: "list[Field]",
        choices: "list[tuple[Selector, bytes | None]]",
    ) -> "Fork":
        selector = switch.selector
        self._check_switch(selector, choices)
        branches = []
        values = []
        for case in switch.cases:
            if not isinstance(case.value, Constant):
                raise CompileError("a case that is read from the payload")
            taken = self._taken(selector, case.value.value)
            if taken is None or taken[0] in values:
                continue
            value, raw, is_inferable = taken
            values.append(value)
            tree = self.grow((case.block, 0, rest), fields, choices + [(selector, raw)])
            branches.append((value, raw, is_inferable, tree))
        has_default = switch.default is not None
        if has_default:
            rest = (switch.default, 0, rest)
        otherwise = self.grow(rest, fields, choices + [(selector, None)])
        return Fork(selector, branches, otherwise, has_default, bool(switch.cases))

    def _taken(self, selector: "Selector", constant: "Any") -> "tuple[Any, bytes, bool] | None":
        """(switch value, its bytes, whether the case names it so) that takes a case, or None."""
        candidates = [constant]
        if selector.kind in ("int", "uint") and not isinstance(constant, bool):
            try:
                candidates.append(int(constant))  # 1.0 equals 1; "1" does if coerced
            except ValueError:
                pass
        if self._readings.coerce_cases:
            if isinstance(constant, str):
                candidates.extend([constant == "true"])
            else:
                candidates.append(str(constant).lower() if constant in (True, False) else "")
                candidates.append(str(constant))
        for candidate in candidates:
            try:
                raw = value_bytes(selector, selector.length, candidate, None)
            except EncodeError:
                continue
            value = convert(selector, raw, 0, len(raw), None, self._readings)
            if same(constant, value, self._readings.coerce_cases):
                # Inference knows a case by its value, 1.0 for 1, but not by its text.
                is_number = isinstance(constant, float) and not isinstance(value, str)
                return value, raw, candidate is constant or is_number
        return None

    def _check_switch(
        self, selector: "Selector", choices: "list[tuple[Selector, bytes | None]]"
    ) -> None:
        if selector.kind == "float" or (selector.kind == "boolean" and selector.length != 1):
            raise CompileError("a switch over a %s" % _described(selector))
        self._check_selector(selector, "a switch")
        if selector.length is None:
            raise CompileError("a switch over a range with 'endbyte'")
        if len(choices) == _MAX_SWITCHES:
            raise CompileError("over %d switches on one way" % _MAX_SWITCHES)
        for other, _ in choices:
            if other.place == selector.place:
                raise CompileError("two switches over the same bytes, one after the other")

    def _check_field(self, field: "Field") -> None:
        if not isinstance(field.source, Constant):
            self._check_selector(field.source, field.asset)

    def _check_selector(self, selector: "Selector", name: str) -> None:
        byte, endbyte, length = selector.place
        codes = CODES[selector.kind]
        if length is None:
            is_made = selector.kind in ("string", "hex")
        elif selector.kind == "boolean":
            is_made = length == 1 or self._readings.multibyte_boolean
        else:
            is_made = codes is None or length in codes
        if not is_made:
            raise CompileError("%s: a %s" % (name, _described(selector)))
        if byte is None and endbyte + length > 0:
            raise CompileError("%s: lies beyond the end of every payload" % name)


def _described(selector: "Selector") -> str:
    if selector.length is None:
        return "%s in a range with 'endbyte'" % selector.kind
    return "%s of %d bytes" % (selector.kind, selector.length)


def _check_names(winners: "dict[str, Field]") -> None:
    objects = set()
    for asset in winners:
        objects.update(enclosing(asset))
    for asset in winners:
        if asset in objects:
            raise CompileError("%s: a value on the same way as names below it" % asset)


class Wire:
    """Where a route's bytes go: `head` from the front, then `middle` (a range), then `tail`.

    head, tail     lists of (offset, width, content), by offset; content is a Field, or an index
                   into leaf.choices. The offset of `tail` counts from its own start.
    middle         a Field or None; as long as its value
    head_size, tail_size   bytes, gaps included
    optional       fields that repeat the bytes of a switch: [(field, index into leaf.choices)]
    """

    def __init__(self, leaf: "Leaf") -> None:
        self.head: "list[Any]" = []
        self.tail: "list[Any]" = []
        self.middle: "Field | None" = None
        self.optional: "list[tuple[Field, int]]" = []
        self.head_size = self.tail_size = 0
        places = [selector.place for selector, _ in leaf.choices]
        contents: "list[Any]" = [(leaf.choices[index][0], index) for index in range(len(places))]
        assets = [field.asset for field in leaf.fields]
        for asset in assets:
            if assets.count(asset) > 1:
                raise CompileError("%s: mapped twice" % asset)
        for field in leaf.sources:
            if field.source.place in places:
                self.optional.append((field, places.index(field.source.place)))
            else:
                contents.append((field.source, field))
        for selector, content in contents:
            self._reserve(selector)
            self._place(selector, content)
        self._check(leaf)

    def _reserve(self, selector: "Selector") -> None:
        byte, endbyte, length = selector.place
        if endbyte is None:
            self.head_size = max(self.head_size, byte + length)
        else:
            self.tail_size = max(self.tail_size, -endbyte)
            if byte is not None:
                self.head_size = max(self.head_size, byte)

    def _place(self, selector: "Selector", content: "Any") -> None:
        byte, endbyte, length = selector.place
        if endbyte is None:
            self.head.append((byte, length, content))
        elif byte is None:
            self.tail.append((endbyte, length, content))
        elif self.middle is None:
            self.middle = content
        else:
            raise CompileError("%s and %s: two ranges" % (self.middle.asset, content.asset))

    def _check(self, leaf: "Leaf") -> None:
        if self.middle is not None:
            byte, endbyte, _ = self.middle.source.place
            if byte != self.head_size or -endbyte != self.tail_size:
                raise CompileError("%s: shares bytes with another field" % self.middle.asset)
        self.tail = [(self.tail_size + start, width, what) for start, width, what in self.tail]
        for items in (self.head, self.tail):
            items.sort(key=lambda item: item[0])
            end = 0
            for start, width, content in items:
                if start < end:
                    name = content.asset if isinstance(content, Field) else "a switch"
                    raise CompileError("%s: shares bytes with another field" % name)
                end = start + width
        if self.head_size + self.tail_size > MAX_PAYLOAD_BYTES:
            raise CompileError("a payload of over %d bytes" % MAX_PAYLOAD_BYTES)
