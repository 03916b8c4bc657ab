"""The encode() of a template with switches: which route's function packs a mapping.

    emit_switch(text, tree, names, needs)   # names: id of a leaf -> its function

With one switch on every route, the case is given, settled by an asset over the switch's bytes, or
follows from the names in the mapping. With several in a row, all cases are given.
"""

from .compile_layout import CompileError, Leaf, Wire, leaves
from .compile_text import literal
from .compile_values import bytes_of, selector_bytes
from .plan import Constant

if 1 - 1:
    from .compile_layout import Fork
    from .compile_text import Text
    from .plan import Field, Selector
    from .shapes import Any, Sequence


def emit_switch(
    text: "Text", tree: "Leaf | Fork", names: "dict[int, str]", needs: "set[str]"
) -> None:
    """Adds encode(mapping, case=None), which calls the functions of the routes."""
    _Switch(text, tree, names, needs).emit()


class _Switch:
    """encode() of a template whose routes fork."""

    def __init__(
        self, text: "Text", tree: "Leaf | Fork", names: "dict[int, str]", needs: "set[str]"
    ) -> None:
        self._text = text
        self._tree = tree
        self._names = names
        self._needs = needs

    def emit(self) -> None:
        text = self._text
        tree = self._tree
        ends = leaves(tree)
        depth = max([len(leaf.choices) for leaf in ends])
        is_single = depth == 1
        if is_single:
            self._emit_choice(tree)
        text.line(0, "def encode(mapping, case=None):")
        text.line(
            1,
            '"""The payload of `mapping`, nested or dotted keys; EncodeError says what is wrong.',
        )
        text.blank()
        if is_single:
            text.line(
                1, "`case` is the value of the switch; without it, it follows from the data."
            )
        else:
            text.line(1, "`case` lists the values of the switches, outer switch first.")
        text.line(1, '"""')
        if is_single:
            text.line(1, "if case is None or case == [] or case == ():")
            text.line(2, "return _encode_inferred(mapping)")
            text.line(1, "if isinstance(case, (list, tuple)):")
            self._count("case", 1, 2)
            text.line(2, "case = case[0]")
            self._fork(tree, 1, [], "case")
        else:
            text.line(1, "cases = case if isinstance(case, (list, tuple)) else (case,)")
            text.line(1, "if case is None:")
            text.line(2, "cases = ()")
            self._fork(tree, 1, [], None)

    def _count(self, name: str, count: int, depth: int) -> None:
        self._text.line(depth, "if len(%s) != %d:" % (name, count))
        self._text.line(
            depth + 1,
            'raise EncodeError("%%d values in case, the data meets %d switch%s" %% len(%s))'
            % (count, "" if count == 1 else "es", name),
        )

    def _fork(
        self, tree: "Leaf | Fork", depth: int, raws: "list[str]", name: "str | None"
    ) -> None:
        """The choice of a route by the values given; `raws` name the switches' bytes."""
        text = self._text
        if isinstance(tree, Leaf):
            if name is None:
                self._count("cases", len(tree.choices), depth)
            arguments = ["mapping"] + [
                raw for raw, choice in zip(raws, tree.choices) if choice[1] is None
            ]
            text.line(depth, "return %s(%s)" % (self._names[id(tree)], ", ".join(arguments)))
            return
        selector = tree.selector
        if name is None:
            index = len(raws)
            value = "case_%d" % index
            text.line(depth, "if len(cases) <= %d:" % index)
            text.line(
                depth + 1,
                'raise EncodeError("give the value of every switch by encode(..., case=[...])")',
            )
            text.line(depth, "%s = cases[%d]" % (value, index))
        else:
            value = name
        raw = "raw" if name is not None else "raw_%d" % len(raws)
        if selector.kind in ("int", "uint"):
            # The usual case first, before its bytes are made.
            for wanted, _, _, branch in tree.branches:
                is_none = {0: " and %s is not False" % value, 1: " and %s is not True" % value}
                text.line(depth, "if %s == %d%s:" % (value, wanted, is_none.get(wanted, "")))
                self._fork(branch, depth + 1, raws + [raw], name)
            self._needs.add("_whole")
            whole = selector_bytes(selector, "_whole(%s)" % value, "case", self._needs)
            text.line(depth, "%s = %s" % (raw, whole))
        else:
            text.line(
                depth, "%s = %s" % (raw, selector_bytes(selector, value, "case", self._needs))
            )
            for _, wanted, _, branch in tree.branches:
                text.line(depth, "if %s == %s:" % (raw, literal(wanted)))
                self._fork(branch, depth + 1, raws + [raw], name)
        self._fork(tree.otherwise, depth, raws + [raw], name)

    # Inference, for templates with one switch on every route

    def _emit_choice(self, tree: "Any") -> None:
        """_encode_inferred(mapping): by an asset over the switch, else by the names given."""
        text = self._text
        selector = tree.selector
        inner = self._inner(tree)
        settling: "list[Any]" = []
        for leaf in leaves(tree):
            for field in leaf.sources:
                if field.source.place != selector.place or _has(inner, field):
                    continue
                if field.asset not in [other.asset for other in settling]:
                    settling.append(field)
        options = [branch for branch in tree.branches if branch[2]]
        text.line(0, "def _encode_inferred(mapping):")
        if settling:
            self._needs.add("_flatten")
            text.line(1, "data = _flatten(mapping)")
            for field in settling:
                text.line(1, "if %s in data:" % literal(field.asset))
                text.line(2, "value = data[%s]" % literal(field.asset))
                raw = bytes_of(field, "value", self._needs)
                text.line(2, "return _encode_raw(mapping, %s)" % raw)
        if not options and not (tree.has_default and tree.has_cases):
            # Whatever the switch, the same is executed.
            if tree.branches or Wire(tree.otherwise).optional:
                raise CompileError("a switch whose value neither data nor a case can give")
            text.line(1, "return %s(mapping, None)" % self._names[id(tree.otherwise)])
        elif len(options) == 1 and not tree.has_default:
            text.line(1, "return %s(mapping)" % self._names[id(options[0][3])])
        else:
            self._emit_fitting(tree, options, inner)
        text.blank(2)
        if settling:
            text.line(0, "def _encode_raw(mapping, raw):")
            for value, wanted, _, branch in tree.branches:
                test = "!= b'\\0'" if value is True else "== " + literal(wanted)
                text.line(1, "if raw %s:" % test)
                text.line(2, "return %s(mapping)" % self._names[id(branch)])
            text.line(1, "return %s(mapping, raw)" % self._names[id(tree.otherwise)])
            text.blank(2)

    def _emit_fitting(self, tree: "Fork", options: "list[Any]", inner: "list[Field]") -> None:
        text = self._text
        self._needs.add("_flatten")
        self._needs.add("_choose")
        text.line(1, "return _choose(")
        text.line(2, "mapping,")
        text.line(2, "(")
        for value, _, _, leaf in options:
            required, optional = _shape(leaf, tree.selector, ())
            self._option("case %r" % (value,), self._names[id(leaf)], required, optional)
        if tree.has_default:
            leaf = tree.otherwise
            demanded = [field.asset for field in inner]  # by a default, whose switch is unknown
            required, optional = _shape(leaf, tree.selector, demanded)
            self._option(None, self._names[id(leaf)], required, optional)
        text.line(2, "),")
        text.line(1, ")")

    def _option(
        self, label: "str | None", name: str, required: "list[str]", optional: "list[str]"
    ) -> None:
        rows = [
            literal(label),
            name,
            literal(tuple(required)),
            literal(tuple(optional)),
        ]
        self._text.items(3, "(", rows, "),")

    def _inner(self, tree: "Leaf | Fork") -> "list[Field]":
        """The fields behind the switch: those not on every route, or of the cases' blocks."""
        routes = [leaf.fields for leaf in leaves(tree)]
        shared = [field for field in routes[0] if all([_has(route, field) for route in routes])]
        found = []
        for route in routes:
            found.extend([field for field in route if not _has(shared, field)])
        return found


def _has(fields: "list[Field]", wanted: "Field") -> bool:
    return any([field is wanted for field in fields])


def _shape(
    leaf: "Leaf", selector: "Selector", demanded: "Sequence[str]"
) -> "tuple[list[str], list[str]]":
    """(required, optional) assets of a route; `demanded` are needed though a switch has them."""
    required: "list[Any]" = []
    optional: "list[Any]" = []
    for field in leaf.fields:
        asset = field.asset
        if asset in required or asset in optional:
            continue
        source = leaf.winners[asset].source
        is_optional = isinstance(source, Constant)
        if not is_optional and source.place == selector.place:
            is_optional = field.asset not in demanded
        (optional if is_optional else required).append(asset)
    return required, optional
