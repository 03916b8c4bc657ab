"""The encode() of a generated module: a function per route that looks up, checks and packs.

    emit_encode(text, tree, needs)   # adds lines to `text`, names of parts to `needs`

A route takes the nested mapping that decode() gives. What does not look like it (dotted keys,
something missing or unknown) raises KeyError inside, is put into that shape or refused, and tried
again, so that the usual mapping costs no walk.
"""

from .compile_layout import CompileError, Leaf, Wire, enclosing, leaves
from .compile_text import literal, local_names
from .plan import MAX_PAYLOAD_BYTES, Constant, Field


def emit_encode(text, tree, needs):
    """Adds encode(mapping, case=None) and what it calls; CompileError when that is not made."""
    ends = leaves(tree)
    names = {}
    for number, leaf in enumerate(ends):
        name = "_encode" if len(ends) == 1 else "_encode_%d" % (number + 1)
        names[id(leaf)] = name
        _Route(text, leaf, name, needs).emit()
        text.blank(2)
    if isinstance(tree, Leaf):
        _emit_plain(text, names[id(tree)])
    else:
        _Switch(text, tree, names, needs).emit()
    text.blank(2)


def _emit_plain(text, name):
    text.line(0, "def encode(mapping, case=None):")
    text.line(
        1, '"""The payload of `mapping`, nested or dotted keys; EncodeError says what is wrong."""'
    )
    text.line(1, "if case is not None and case != []:")
    text.line(2, 'raise EncodeError("case %r given, but there is no switch" % (case,))')
    text.line(1, "return %s(mapping)" % name)


class _Route:
    """One route's function."""

    def __init__(self, text, leaf, name, needs):
        self._text = text
        self._leaf = leaf
        self._name = name
        self._needs = needs
        self._wire = Wire(leaf)
        optional = [field.asset for field, _ in self._wire.optional]
        self._required = []
        self._optional = []
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
        self._dynamic = [
            index for index in range(len(leaf.choices)) if leaf.choices[index][1] is None
        ]

    def emit(self):
        text = self._text
        switches = ["switch_%d" % index for index in self._dynamic]
        arguments = ["mapping"] + switches
        text.line(0, "def %s(%s):" % (self._name, ", ".join(arguments)))
        self._look_up(arguments)
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

    def _look_up(self, arguments):
        text = self._text
        if not self._required and not self._optional:
            text.line(1, "if not isinstance(mapping, dict) or mapping:")
            self._reshape(2, ["mapping"], "_shaped(mapping, (), ())")
            return
        text.line(1, "try:")
        tests = []
        self._object("mapping", "", tests)
        text.joined(2, "if ", tests, " or ", ":")
        text.line(3, "raise KeyError")
        text.line(1, "except (KeyError, TypeError, AttributeError):")
        self._reshape(2, arguments, None)

    def _reshape(self, depth, arguments, call):
        self._needs.add("_shaped")
        if call is not None:
            self._text.line(depth, call)
            return
        self._text.line(depth, "mapping = _shaped(")
        self._text.rows(depth + 1, "mapping, ", self._quoted(self._required), ",")
        self._text.rows(depth + 1, "", self._quoted(self._optional), ",")
        self._text.line(depth, ")")
        self._text.line(depth, "return %s(%s)" % (self._name, ", ".join(arguments)))

    @staticmethod
    def _quoted(assets):
        return [literal(asset) for asset in assets]

    def _object(self, variable, prefix, tests):
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
            else:
                text.line(2, "%s = %s.get(%s, {})" % (name, variable, literal(key)))
        tests.append("len(%s) != %s" % (variable, " + ".join([str(count)] + optional)))
        if optional:
            tests.append("not isinstance(%s, dict)" % variable)
        for path in inner:
            self._object(self._names[path], path + ".", tests)

    # What is checked

    def _check_optional(self, index, depth, prefix):
        """Assets that repeat a switch's bytes must have its value."""
        for field, choice in self._wire.optional:
            if choice != index:
                continue
            name = self._names[field.asset]
            raw = self._leaf.choices[index][1]
            wanted = "switch_%d" % index if raw is None else literal(raw)
            found = _bytes_of(field, name, self._needs)
            self._needs.add("_check_repeated")
            self._text.line(depth, "%sif %s is not _ABSENT:" % (prefix, name))
            self._text.items(
                depth + 1, "_check_repeated(", [found, wanted, literal(field.asset)], ")"
            )
            prefix = ""

    def _check_constants(self):
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

    def _packed(self):
        """The fields that are packed by struct, in order of their places."""
        contents = [item[2] for item in self._wire.head + self._wire.tail]
        return [content for content in contents if isinstance(content, Field)]

    def _check_values(self):
        text = self._text
        integers = []
        flags = []
        tests = []
        rows = []
        for field in self._packed():
            source = field.source
            name = self._names[field.asset]
            if source.kind in ("int", "uint"):
                integers.append(_misfit(name, source))
                tests.append("%s is True or %s is False" % (name, name))
                rows.append(_row(field, name))
            elif source.kind == "boolean":
                flags.append("(%s is not True and %s is not False)" % (name, name))
                rows.append(_row(field, name))
        if not rows:
            return
        self._needs.add("_check")
        if integers:
            text.line(1, "try:")
            text.joined(2, "is_fit = not (", integers, " | ", ")")
            text.line(1, "except TypeError:")
            text.line(2, "is_fit = False")
            tests = ["not is_fit"] + tests
        text.joined(1, "if ", tests + flags, " or ", ":")
        text.rows(2, "_check(", rows, ")")

    # The bytes

    def _pack(self):
        text = self._text
        for field in self._packed() + ([self._wire.middle] if self._wire.middle else []):
            if field.source.kind in ("string", "hex"):
                self._text.line(
                    1,
                    "%s_bytes = %s"
                    % (self._local(field), _bytes_of(field, self._local(field), self._needs)),
                )
        floats = [field for field in self._packed() if field.source.kind == "float"]
        tests = []
        for field in floats:
            name = self._local(field)
            if ("isinstance(%s, float)" % name) not in tests:
                tests.append("isinstance(%s, float)" % name)
                tests.append("%s - %s == 0" % (name, name))
            if field.source.length == 4:
                tests.append("-_LIMIT < %s < _LIMIT" % name)
                self._needs.add("_LIMIT")
        if tests:
            text.joined(1, "if ", tests, " and ", ":")
            self._return(2, True)
        self._return(1, False)

    def _local(self, field):
        return self._names[field.asset]

    def _return(self, depth, has_plain_floats):
        wire = self._wire
        pieces = self._pieces(wire.head, wire.head_size, has_plain_floats)
        if wire.middle is not None:
            name = self._local(wire.middle) + "_bytes"
            room = MAX_PAYLOAD_BYTES - wire.head_size - wire.tail_size
            self._needs.add("_check_room")
            pieces.append(("_check_room", [name, str(room), literal(wire.middle.asset)]))
        pieces += self._pieces(wire.tail, wire.tail_size, has_plain_floats)
        self._text.sum(depth, pieces or [("bytes", [])])

    def _pieces(self, items, size, has_plain_floats):
        """Calls, (function, arguments), whose bytes stand one behind the other."""
        pieces = []
        form = ""
        order = None
        arguments: "list" = []
        end = 0
        for start, width, content in items:
            code, own, argument = self._item(content, width, has_plain_floats)
            if form and own is not None and order is not None and own != order:
                pieces.append(self._call(order, form, arguments))
                form = ""
                order = None
                arguments = []
            order = order or own
            if start > end:
                form += "%dx" % (start - end)
            form += code
            arguments.append(argument)
            end = start + width
        if size > end:
            form += "%dx" % (size - end)
        if form:
            pieces.append(self._call(order, form, arguments))
        return pieces

    def _call(self, order, form, arguments):
        if not arguments:
            return "bytes", [form[:-1]]
        self._needs.add("pack")
        return "pack", [literal((order or ">") + form)] + arguments

    def _item(self, content, width, has_plain_floats):
        """(struct code, byte order or None, argument) of one thing packed."""
        if not isinstance(content, Field):
            raw = self._leaf.choices[content][1]
            if raw is None:
                return "%ds" % width, None, "switch_%d" % content
            if width == 1:
                return "B", None, str(raw[0])
            return "%ds" % width, None, literal(raw)
        source = content.source
        name = self._local(content)
        if source.kind in ("string", "hex"):
            return "%ds" % width, None, name + "_bytes"
        if source.kind == "boolean":
            if width == 1:
                return "B", None, name
            if source.byteorder == "little":
                return "B%dx" % (width - 1), None, name
            return "%dxB" % (width - 1), None, name
        if source.kind == "float" and not has_plain_floats:
            return "%ds" % width, None, _bytes_of(content, name, self._needs)
        return source.code[1:], None if width == 1 else source.code[0], name


class _Switch:
    """encode() of a template whose routes fork."""

    def __init__(self, text, tree, names, needs):
        self._text = text
        self._tree = tree
        self._names = names
        self._needs = needs

    def emit(self):
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
            self._fork(tree, 1, [], None)

    def _count(self, name, count, depth):
        self._text.line(depth, "if len(%s) != %d:" % (name, count))
        self._text.line(
            depth + 1,
            'raise EncodeError("%%d values in case, the data meets %d switch%s" %% len(%s))'
            % (count, "" if count == 1 else "es", name),
        )

    def _fork(self, tree, depth, raws, name):
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
                one = " and %s is not True" % value if wanted in (0, 1) else ""
                one = one.replace("True", "False") if wanted == 0 else one
                text.line(
                    depth, "if %s == %d and isinstance(%s, int)%s:" % (value, wanted, value, one)
                )
                self._fork(branch, depth + 1, raws + [raw], name)
            text.line(depth, "%s = %s" % (raw, _raw_of(selector, value, self._needs)))
        else:
            text.line(depth, "%s = %s" % (raw, _raw_of(selector, value, self._needs)))
            for _, wanted, _, branch in tree.branches:
                text.line(depth, "if %s == %s:" % (raw, literal(wanted)))
                self._fork(branch, depth + 1, raws + [raw], name)
        self._fork(tree.otherwise, depth, raws + [raw], name)

    # Inference, for templates with one switch on every route

    def _emit_choice(self, tree):
        """_encode_inferred(mapping): by an asset over the switch, else by the names given."""
        text = self._text
        selector = tree.selector
        inner = [id(field) for field in self._inner(tree)]
        settling = []
        for leaf in leaves(tree):
            for field in leaf.sources:
                if field.source.place != selector.place or id(field) in inner:
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
                raw = _bytes_of(field, "value", self._needs)
                text.line(2, "return _encode_raw(mapping, %s)" % raw)
        if not options and not (tree.has_default and tree.has_cases):
            # Whatever the switch, the same is executed.
            if tree.branches or Wire(tree.otherwise).optional:
                raise CompileError("a switch whose value neither data nor a case can give")
            text.line(1, "return %s(mapping, None)" % self._names[id(tree.otherwise)])
        elif len(options) == 1 and not tree.has_default:
            text.line(1, "return %s(mapping)" % self._names[id(options[0][3])])
        else:
            self._emit_fitting(tree, options)
        text.blank(2)
        if settling:
            text.line(0, "def _encode_raw(mapping, raw):")
            for value, wanted, _, branch in tree.branches:
                test = "!= b'\\0'" if value is True else "== " + literal(wanted)
                text.line(1, "if raw %s:" % test)
                text.line(2, "return %s(mapping)" % self._names[id(branch)])
            text.line(1, "return %s(mapping, raw)" % self._names[id(tree.otherwise)])
            text.blank(2)

    def _emit_fitting(self, tree, options):
        text = self._text
        self._needs.add("_flatten")
        self._needs.add("_choose")
        text.line(1, "return _choose(")
        text.line(2, "mapping,")
        text.line(2, "(")
        for value, _, _, leaf in options:
            required, optional = _shape(leaf, tree.selector, False)
            self._option("case %r" % (value,), self._names[id(leaf)], required, optional)
        if tree.has_default:
            leaf = tree.otherwise
            required, optional = _shape(leaf, tree.selector, True)
            self._option(None, self._names[id(leaf)], required, optional)
        text.line(2, "),")
        text.line(1, ")")

    def _option(self, label, name, required, optional):
        rows = [
            literal(label),
            name,
            literal(tuple(required)),
            literal(tuple(optional)),
        ]
        self._text.items(3, "(", rows, "),")

    def _inner(self, tree):
        """The fields behind the switch: those not on every route, or of the cases' blocks."""
        routes = [leaf.fields for leaf in leaves(tree)]
        shared = [field for field in routes[0] if all([_has(route, field) for route in routes])]
        found = []
        for route in routes:
            found.extend([field for field in route if not _has(shared, field)])
        return found


def _has(fields, wanted):
    return any([field is wanted for field in fields])


def _shape(leaf, selector, is_default):
    """(required, optional) assets of a route; a default's switch is unknown, so all are needed."""
    required = []
    optional = []
    for field in leaf.fields:
        asset = field.asset
        if asset in required or asset in optional:
            continue
        source = leaf.winners[asset].source
        is_optional = isinstance(source, Constant)
        if not is_optional and source.place == selector.place:
            is_optional = not is_default
        (optional if is_optional else required).append(asset)
    return required, optional


def _misfit(name, source):
    """An expression that is 0 where the integer fits: no big integers, no branches."""
    bits = source.length * 8
    if source.kind == "uint":
        return "%s >> %d" % (name, bits)
    if bits <= 16:
        return "%s + %d >> %d" % (name, 1 << bits - 1, bits)
    return "(%s >> %d) + 1 >> 1" % (name, bits - 1)


def _row(field, name):
    return "(%s, %s, %s, %d)" % (
        literal(field.asset),
        name,
        literal(field.source.kind),
        field.source.length,
    )


def _bytes_of(field, name, needs):
    """An expression for the checked bytes of one value."""
    return _selector_bytes(field.source, name, field.asset, needs)


def _raw_of(selector, name, needs):
    return _selector_bytes(selector, name, "case", needs)


def _selector_bytes(source, name, asset, needs):
    part = {"string": "_utf8", "hex": "_hex", "float": "_float_bytes"}.get(source.kind)
    if part in ("_utf8", "_hex"):
        arguments = [name, literal(source.length), literal(asset)]
    elif part is not None:
        arguments = [name, literal(source.length), literal(source.byteorder), literal(asset)]
    else:
        part = "_integer_bytes"
        arguments = [
            name,
            literal(source.kind),
            literal(source.length),
            literal(source.byteorder),
            literal(asset),
        ]
    needs.add(part)
    return "%s(%s)" % (part, ", ".join(arguments))
