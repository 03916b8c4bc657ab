"""The encode() of a generated module: a function per route that looks up, checks and packs.

    emit_encode(text, tree, needs)   # adds lines to `text`, names of parts to `needs`

A route takes the nested mapping that decode() gives. A mapping of another form (dotted keys,
something missing or unknown) raises KeyError inside and is walked through or refused, so that the
usual mapping costs no walk.
"""

from .compile_layout import Leaf, Wire, enclosing, leaves
from .compile_pack import Packer
from .compile_switch import emit_switch
from .compile_text import literal, local_names
from .compile_values import bytes_of, doubts_of, misfit, plain_bytes, row
from .plan import Constant, Field

if 1 - 1:
    from .compile_layout import Fork
    from .compile_text import Text
    from .shapes import Any


def emit_encode(text: "Text", tree: "Leaf | Fork", needs: "set[str]") -> None:
    """Adds encode(mapping, case=None) and what it calls; CompileError when that is not made."""
    ends = leaves(tree)
    names = {}
    if isinstance(tree, Leaf):
        _Route(text, tree, "encode", needs).emit()
        text.blank(2)
        return
    for number, leaf in enumerate(ends):
        names[id(leaf)] = "_encode_%d" % (number + 1)
        _Route(text, leaf, names[id(leaf)], needs).emit()
        text.blank(2)
    emit_switch(text, tree, names, needs)
    text.blank(2)


class _Route:
    """One route's function."""

    def __init__(self, text: "Text", leaf: "Leaf", name: str, needs: "set[str]") -> None:
        self._text = text
        self._leaf = leaf
        self._name = name
        self._needs = needs
        self._wire = Wire(leaf)
        optional = [field.asset for field, _ in self._wire.optional]
        self._required: "list[Any]" = []
        self._optional: "list[Any]" = []
        for field in leaf.fields:
            asset = field.asset
            if asset in self._required or asset in self._optional:
                continue
            is_constant = isinstance(leaf.winners[asset].source, Constant)
            is_optional = is_constant or asset in optional
            (self._optional if is_optional else self._required).append(asset)
        paths = self._required + self._optional
        for asset in list(paths):
            paths.extend([path for path in enclosing(asset) if path not in paths])
        self._names = local_names(paths)
        self._packer = Packer(leaf, self._wire, self._names, needs)
        self._dynamic = [
            index for index in range(len(leaf.choices)) if leaf.choices[index][1] is None
        ]

    def emit(self) -> None:
        text = self._text
        switches = ["switch_%d" % index for index in self._dynamic]
        arguments = ["mapping"] + switches
        if self._name == "encode":
            text.line(0, "def encode(mapping, case=None):")
            text.line(1, '"""The payload of `mapping`, nested or dotted keys, or EncodeError."""')
            text.line(1, "if case is not None and case != [] and case != ():")
            text.line(2, 'raise EncodeError("a case, but there is no switch")')
        else:
            text.line(0, "def %s(%s):" % (self._name, ", ".join(arguments)))
        self._look_up()
        for index in self._dynamic:
            width = self._leaf.choices[index][0].length
            text.line(1, "if switch_%d is None:" % index)
            text.line(2, "switch_%d = bytes(%d)  # not known yet" % (index, width))
            self._check_optional(index, 1, "el")
        for index in range(len(self._leaf.choices)):
            if index not in self._dynamic:
                self._check_optional(index, 1, "")
        self._check_constants()
        self._check_values()
        self._pack()

    # The mapping

    def _look_up(self) -> None:
        text = self._text
        if not self._required and not self._optional:
            text.line(1, "if not isinstance(mapping, dict) or mapping:")
            self._needs.add("_values")
            text.line(2, "_values(mapping, (), 0)  # raises, unless its objects are empty")
            return
        text.line(1, "try:")
        tests: "list[Any]" = []
        self._object("mapping", "", tests)
        text.joined(2, "if ", tests, " or ", ":")
        text.line(3, "raise KeyError")
        text.line(1, "except (KeyError, TypeError, AttributeError):")
        self._needs.add("_values")
        assets = self._required + self._optional
        text.items(2, "[", [self._names[asset] for asset in assets], "] = _values(")
        quoted = [literal(asset) for asset in assets]
        text.rows(3, "mapping, ", quoted, ", %d" % len(self._required))
        text.line(2, ")")

    def _object(self, variable: str, prefix: str, tests: "list[str]") -> None:
        """Reads the members of one object into local variables, and of the objects in it."""
        text = self._text
        count = 0
        optional = []
        inner = []
        for asset in self._required + self._optional:
            if not asset.startswith(prefix):
                continue
            key = asset[len(prefix) :].split(".")[0]
            path = prefix + key
            if path != asset:
                if path in inner:
                    continue
                inner.append(path)
                is_required = any([name.startswith(path + ".") for name in self._required])
            else:
                is_required = asset in self._required
            name = self._names[path]
            if is_required:
                count += 1
                text.line(2, "%s = %s[%s]" % (name, variable, literal(key)))
                continue
            optional.append("(%s in %s)" % (literal(key), variable))
            if path == asset:
                self._needs.add("_ABSENT")
                text.line(2, "%s = %s.get(%s, _ABSENT)" % (name, variable, literal(key)))
                tests.append("%s == {}" % name)  # an object with nothing in it
            else:
                text.line(2, "%s = %s.get(%s, {})" % (name, variable, literal(key)))
        self._needs.add("_len")
        tests.append("_len(%s) != %s" % (variable, " + ".join([str(count)] + optional)))
        if optional:
            tests.append("not isinstance(%s, dict)" % variable)
        for path in inner:
            self._object(self._names[path], path + ".", tests)

    # What is checked

    def _check_optional(self, index: int, depth: int, prefix: str) -> None:
        """Assets that repeat a switch's bytes must have its value."""
        for field, choice in self._wire.optional:
            if choice != index:
                continue
            name = self._names[field.asset]
            raw = self._leaf.choices[index][1]
            wanted = "switch_%d" % index if raw is None else literal(raw)
            found = bytes_of(field, name, self._needs)
            self._needs.add("_check_repeated")
            self._text.line(depth, "%sif %s is not _ABSENT:" % (prefix, name))
            self._text.items(
                depth + 1, "_check_repeated(", [found, wanted, literal(field.asset)], ")"
            )
            prefix = ""

    def _check_constants(self) -> None:
        for asset in self._optional:
            source = self._leaf.winners[asset].source
            if isinstance(source, Constant):
                self._needs.add("_check_constant")
                name = self._names[asset]
                self._text.line(1, "if %s is not _ABSENT:" % name)
                self._text.line(
                    2,
                    "_check_constant(%s, %s, %s)" % (name, literal(source.value), literal(asset)),
                )

    def _packed(self) -> "list[Field]":
        """The fields that are packed by struct, in order of their places."""
        contents = [item[2] for item in self._wire.head + self._wire.tail]
        return [content for content in contents if isinstance(content, Field)]

    def _check_values(self) -> None:
        """Plain checks of everything at once; what they doubt is looked at one by one."""
        text = self._text
        integers = []
        plain = []  # lines that may raise
        doubts = []
        rows = []
        exact = []  # lines for texts whose plain bytes are in doubt
        for field in self._packed() + ([self._wire.middle] if self._wire.middle else []):
            source = field.source
            name = self._packer.local(field)
            if source.kind in ("int", "uint"):
                integers.append(misfit(name, source))
                doubts.append("%s is True or %s is False" % (name, name))
                rows.append(row(field, name))
            elif source.kind == "boolean":
                doubts.append("(%s is not True and %s is not False)" % (name, name))
                rows.append(row(field, name))
            elif source.kind != "float":
                raw = self._packer.bytes_name(field)
                plain.append("%s = %s" % (raw, plain_bytes(source, name)))
                self._needs.add("_len")
                doubts.extend(doubts_of(source, name, raw))
                exact.append("%s = %s" % (raw, bytes_of(field, name, self._needs)))
        if integers or plain:
            text.line(1, "try:")
            for line in plain:
                text.line(2, line)
            if integers:
                text.joined(2, "is_fit = not (", integers, " | ", ")")
            else:
                text.line(2, "is_fit = True")
            text.line(1, "except (TypeError, ValueError, AttributeError):")
            text.line(2, "is_fit = False")
            doubts.insert(0, "not is_fit")
        if not doubts:
            return
        text.joined(1, "if ", doubts, " or ", ":")
        if rows:
            self._needs.add("_check")
            text.rows(2, "_check(", rows, ")")
        for line in exact:
            text.line(2, line)

    # The bytes

    def _pack(self) -> None:
        text = self._text
        floats = [field for field in self._packed() if field.source.kind == "float"]
        tests = []
        for field in floats:
            name = self._packer.local(field)
            if ("_isinstance(%s, _float)" % name) not in tests:
                self._needs.update(("_isinstance", "_float"))
                tests.append("_isinstance(%s, _float)" % name)
                tests.append("%s - %s == 0" % (name, name))
            if field.source.length == 4:
                tests.append("-_LIMIT < %s < _LIMIT" % name)
                self._needs.add("_LIMIT")
        if tests:
            text.joined(1, "if ", tests, " and ", ":")
            text.sum(2, self._packer.calls(True))
        text.sum(1, self._packer.calls(False))
