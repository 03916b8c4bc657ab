"""The bytes of one route in a generated encode(): a `pack` for each run in one byte order.

from nce_bcl.compile_layout import Wire

packer = Packer(leaf, Wire(leaf), names, needs)   # names: asset -> local variable
text.sum(1, packer.calls(has_plain_floats=True))
"""

from .compile_text import literal
from .compile_values import bytes_of
from .plan import MAX_PAYLOAD_BYTES, Field

if 1 - 1:
    from .compile_layout import Leaf, Wire
    from .shapes import Any


class Packer:
    """Calls of struct for one route; floats either as they are, or as bytes made exactly."""

    def __init__(
        self, leaf: "Leaf", wire: "Wire", names: "dict[str, str]", needs: "set[str]"
    ) -> None:
        self._leaf = leaf
        self._wire = wire
        self._names = names
        self._needs = needs

    def local(self, field: "Field") -> str:
        """The local variable with a field's value."""
        return self._names[field.asset]

    def bytes_name(self, field: "Field") -> str:
        """The local variable with the bytes of text or hex."""
        return self.local(field) + "_bytes"

    def calls(self, has_plain_floats: bool) -> "list[tuple[str, list[str]]]":
        """Calls, (function, arguments), whose bytes added up are the payload."""
        wire = self._wire
        pieces = self._pieces(wire.head, wire.head_size, has_plain_floats)
        if wire.middle is not None:
            name = self.bytes_name(wire.middle)
            room = MAX_PAYLOAD_BYTES - wire.head_size - wire.tail_size
            self._needs.add("_check_room")
            pieces.append(("_check_room", [name, str(room), literal(wire.middle.asset)]))
        pieces += self._pieces(wire.tail, wire.tail_size, has_plain_floats)
        return pieces or [("bytes", [])]

    def _pieces(
        self, items: "list[Any]", size: int, has_plain_floats: bool
    ) -> "list[tuple[str, list[str]]]":
        """Calls, (function, arguments), whose bytes stand one behind the other."""
        pieces = []
        form = ""
        order = None
        arguments: "list[Any]" = []
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

    def _call(
        self, order: "str | None", form: str, arguments: "list[str]"
    ) -> "tuple[str, list[str]]":
        if not arguments:
            return "bytes", [form[:-1]]
        self._needs.add("pack")
        return "pack", [literal((order or ">") + form)] + arguments

    def _item(
        self, content: "Any", width: int, has_plain_floats: bool
    ) -> "tuple[str, str | None, str]":
        """(struct code, byte order or None, argument) of one thing packed."""
        if not isinstance(content, Field):
            raw = self._leaf.choices[content][1]
            if raw is None:
                return "%ds" % width, None, "switch_%d" % content
            if width == 1:
                return "B", None, str(raw[0])
            return "%ds" % width, None, literal(raw)
        source = content.source
        name = self.local(content)
        if source.kind in ("string", "hex"):
            return "%ds" % width, None, self.bytes_name(content)
        if source.kind == "boolean":
            if width == 1:
                return "B", None, name
            if source.byteorder == "little":
                return "B%dx" % (width - 1), None, name
            return "%dxB" % (width - 1), None, name
        if source.kind == "float" and not has_plain_floats:
            return "%ds" % width, None, bytes_of(content, name, self._needs)
        return source.code[1:], None if width == 1 else source.code[0], name
