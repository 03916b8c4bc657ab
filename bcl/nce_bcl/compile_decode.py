"""The decode() of a generated module: one `unpack_from` per run of bytes, then a dict literal.

    emit_decode(text, tree, readings, needs)   # adds lines to `text`, names of parts to `needs`

A run is what stands together in one byte order; gaps of a few bytes are skipped inside it.
"""

from .compile_layout import Fork, needed_size
from .compile_text import literal, local_names
from .plan import Constant

if 1 - 1:
    from .compile_layout import Leaf
    from .compile_text import Text
    from .plan import Field, Readings, Selector
    from .shapes import Any


_LONGEST_GAP = 16  # bytes skipped inside a run


def emit_decode(
    text: "Text", tree: "Leaf | Fork", readings: "Readings", needs: "set[str]"
) -> None:
    """Adds decode(payload) for all routes of the tree."""
    emitter = _Decoder(text, readings, needs)
    text.line(0, "def decode(payload):")
    text.line(
        1,
        '"""The record in `payload` (bytes), nested dicts; PayloadError when it does not fit."""',
    )
    text.line(1, "size = len(payload)")
    emitter.tree(tree, 1, 0)


class _Decoder:
    def __init__(self, text: "Text", readings: "Readings", needs: "set[str]") -> None:
        self._text = text
        self._readings = readings
        self._needs = needs

    def tree(self, tree: "Leaf | Fork", depth: int, met: int) -> None:
        """A subtree; `met` counts the switches before it."""
        if not isinstance(tree, Fork):
            self._leaf(tree, depth)
            return
        selector = tree.selector
        if not tree.branches and not tree.has_default:
            self._size_check([(None, selector)], depth)
            if selector.kind == "string" and self._readings.refuse_bad_utf8:
                self._text.line(depth, self._alone(selector))  # it may fail
            self.tree(tree.otherwise, depth, met)
            return
        name = "switch" if not met else "switch_%d" % (met + 1)
        self._size_check([(None, selector)], depth)
        self._text.line(depth, "%s = %s" % (name, self._alone(selector)))
        for value, _, _, branch in tree.branches:
            test = "is" if selector.kind == "boolean" else "=="
            self._text.line(depth, "if %s %s %s:" % (name, test, literal(value)))
            self.tree(branch, depth + 1, met + 1)
        self.tree(tree.otherwise, depth, met + 1)

    def _size_check(self, named: "list[tuple[str | None, Selector]]", depth: int) -> None:
        selectors = [selector for _, selector in named]
        size = needed_size(selectors)
        if not size:
            return
        self._needs.add("_too_short")
        self._text.line(depth, "if size < %d:" % size)
        rows = [
            "(%s, %s, %s, %s)" % ((literal(name),) + selector.place) for name, selector in named
        ]
        self._text.rows(depth + 1, "raise _too_short(size, ", rows, ")")

    def _alone(self, selector: "Selector") -> str:
        """An expression for the value of one selector by itself."""
        start, end = _bounds(selector)
        if selector.kind in ("int", "uint"):
            if selector.kind == "uint" and selector.length == 1:
                return "payload[%s]" % start
            self._needs.add("unpack_from")
            return "unpack_from(%s, payload, %s)[0]" % (literal(selector.code), start)
        if selector.kind == "boolean":
            return "payload[%s] != 0" % start
        return self._converted(selector, "bytes(payload[%s:%s])" % (start, end), None)

    def _converted(self, selector: "Selector", value: str, asset: "str | None") -> str:
        """An expression for the record's value, made of what was unpacked."""
        kind = selector.kind
        if kind == "string":
            if self._readings.refuse_bad_utf8:
                self._needs.add("_strict_text")
                value = "_strict_text(%s, %s)" % (value, literal(asset))
            else:
                self._needs.add("_text")
                value = "_text(%s)" % value
            return value + ".rstrip('\\0')" if self._readings.strip_nul else value
        if kind == "hex":
            # MicroPython up to 1.25 makes bytes, not text, of no bytes.
            return value + ".hex()" + (" or ''" if selector.length is None else "")
        if kind == "boolean":
            return "%s != 0" % value if selector.length == 1 else "max(%s) != 0" % value
        if kind == "float":
            if selector.length == 4:
                self._needs.add("shortest_double")
                return "shortest_double(%s)" % value
            if self._readings.float64_as_text:
                self._needs.add("_decimal_text")
                return "_decimal_text(%s, %s, %s)" % (
                    value,
                    literal(selector.byteorder),
                    literal(asset),
                )
        return value

    def _may_fail(self, selector: "Selector") -> bool:
        """Whether the conversion itself refuses some bytes; other floats are checked together."""
        if selector.kind == "string":
            return self._readings.refuse_bad_utf8
        return selector.kind == "float" and _code(selector, self._readings).endswith("s")

    def _leaf(self, leaf: "Leaf", depth: int) -> None:
        text = self._text
        fields = leaf.sources
        self._size_check([(field.asset, field.source) for field in fields], depth)
        names = {}
        readable = local_names([field.asset for field in fields])
        used: "dict[Any, Any]" = {}
        for index, field in enumerate(fields):
            name = readable[field.asset]
            used[name] = used.get(name, 0) + 1
            names[str(index)] = name if used[name] == 1 else "hidden_%d" % index
        values = {}
        runs = _runs(fields, self._readings)
        for start, base, order, items in runs:
            self._run(start, base, order, items, names, depth)
        for index, field in enumerate(fields):
            if field.source.length is None:
                start, end = _bounds(field.source)
                text.line(depth, "%s = bytes(payload[%s:%s])" % (names[str(index)], start, end))
        self._check_finite(fields, names, depth)
        for index, field in enumerate(fields):
            value = self._converted(field.source, names[str(index)], field.asset)
            if leaf.winners[field.asset] is field:
                values[field.asset] = value
            elif self._may_fail(field.source):
                text.line(depth, value)  # hidden, but its failure counts
        self._record(leaf, values, depth)

    def _run(
        self,
        start: int,
        base: str,
        order: "str | None",
        items: "list[Any]",
        names: "dict[str, str]",
        depth: int,
    ) -> None:
        text = self._text
        only = items[0][1]
        if len(items) == 1 and only.source.kind in ("uint", "boolean") and only.source.length == 1:
            place = _offset(base, start)
            text.line(depth, "%s = payload[%s]" % (names[items[0][0]], place))
            return
        self._needs.add("unpack_from")
        form = order or ">"
        end = start
        for _, field in items:
            offset = _start(field.source)
            if offset > end:
                form += "%dx" % (offset - end)
            form += _code(field.source, self._readings)
            end = offset + field.source.length
        targets = [names[index] for index, _ in items]
        call = "unpack_from(%s, payload, %s)" % (literal(form), _offset(base, start))
        if len(targets) == 1:
            text.line(depth, "%s = %s[0]" % (targets[0], call))
            return
        line = "%s = %s" % (", ".join(targets), call)
        if len(line) + 4 * depth <= 99:
            text.line(depth, line)
        else:
            text.items(depth, "(", targets, ") = " + call)

    def _check_finite(self, fields: "list[Field]", names: "dict[str, str]", depth: int) -> None:
        terms = []
        rows = []
        for index, field in enumerate(fields):
            source = field.source
            if source.kind != "float" or _code(source, self._readings).endswith("s"):
                continue
            name = names[str(index)]
            terms.append("%s - %s" % (name, name))
            rows.append(
                "(%s, %s, %d, %s)"
                % (
                    literal(field.asset),
                    _bounds(source)[0],
                    source.length,
                    literal(source.byteorder),
                )
            )
        if not terms:
            return
        self._needs.add("_refuse_infinite")
        self._text.joined(depth, "if ", terms, " or ", ":")
        self._text.rows(depth + 1, "_refuse_infinite(payload, ", rows, ")")

    def _record(self, leaf: "Leaf", values: "dict[str, str]", depth: int) -> None:
        tree: "dict[Any, Any]" = {}
        order = []  # dicts have none on MicroPython
        for asset in [field.asset for field in leaf.fields]:
            winner = leaf.winners[asset]
            if isinstance(winner.source, Constant):
                value = literal(winner.source.value)
            else:
                value = values[asset]
            node = tree
            path = ""
            for key in winner.keys[:-1]:
                path += key + "."
                if key not in node:
                    node[key] = {}
                    order.append(path[:-1])
                node = node[key]
            if winner.keys[-1] not in node:
                node[winner.keys[-1]] = value
                order.append(asset)
        self._text.line(depth, "return {" if tree else "return {}")
        if tree:
            self._members(tree, "", order, depth + 1)
            self._text.line(depth, "}")

    def _members(
        self, node: "dict[str, Any]", prefix: str, order: "list[str]", depth: int
    ) -> None:
        for path in order:
            if not path.startswith(prefix) or path[len(prefix) :] not in node:
                continue
            key = path[len(prefix) :]
            value = node[key]
            if isinstance(value, dict):
                self._text.line(depth, "%s: {" % literal(key))
                self._members(value, path + ".", order, depth + 1)
                self._text.line(depth, "},")
            else:
                self._text.line(depth, "%s: %s," % (literal(key), value))


def _start(selector: "Selector") -> "Any":
    return selector.endbyte if selector.byte is None else selector.byte


def _offset(base: str, start: int) -> str:
    if base == "front":
        return str(start)
    return "size - %d" % -start if start else "size"


def _bounds(selector: "Selector") -> "tuple[str, str]":
    """Expressions for the range of a selector."""
    byte, endbyte, length = selector.place
    if endbyte is None:
        return str(byte), str(byte + length)
    if byte is None:
        return _offset("end", endbyte), _offset("end", endbyte + length)
    return str(byte), _offset("end", endbyte)


def _code(selector: "Selector", readings: "Readings") -> "Any":
    """The struct code without its order."""
    if selector.kind == "boolean" and selector.length == 1:
        return "B"
    if selector.kind == "float" and selector.length == 8 and readings.float64_as_text:
        return "8s"
    if selector.code is not None:
        return selector.code[1:]
    return "%ds" % selector.length


def _runs(fields: "list[Field]", readings: "Readings") -> "list[Any]":
    """[(start, "front" or "end", order or None, [(index, field), ...]), ...]; ranges are none."""
    runs: "list[Any]" = []
    for base in ("front", "end"):
        chosen = []
        for index, field in enumerate(fields):
            source = field.source
            if source.length is not None and (source.byte is None) == (base == "end"):
                chosen.append((_start(source), index, field))
        chosen.sort(key=lambda item: item[:2])
        end = None
        order = None
        for start, index, field in chosen:
            own = None
            code = _code(field.source, readings)
            if code not in ("b", "B") and not code.endswith("s"):
                own = "<" if field.source.byteorder == "little" else ">"
            fits = end is not None and 0 <= start - end <= _LONGEST_GAP
            if fits and (own is None or order is None or own == order):
                order = order or own
                runs[-1] = (runs[-1][0], base, order, runs[-1][3] + [(str(index), field)])
            else:
                order = own
                runs.append((start, base, order, [(str(index), field)]))
            end = start + field.source.length
    return runs
