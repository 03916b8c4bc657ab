"""The functions that generated modules share: each is emitted where something needs it.

    text = parts({"_text", "_float_bytes"})   # those, and what they call in turn

They are taken from this package's own source, word for word but without types: `compile_shared`,
and what decimal numbers and UTF-8 need from where the interpreted codec has it.
"""

if 1 - 1:
    from .shapes import Any


_HERE = __file__.replace("\\", "/").rsplit("/", 1)[0]

_NAMES = {
    "_too_short": ("PayloadError",),
    "_refuse_infinite": ("PayloadError",),
    "_text": ("decode_utf8",),
    "_strict_text": ("PayloadError", "decode_utf8"),
    "_decimal_text": ("PayloadError", "is_finite", "to_text", "BINARY64"),
    "shortest_double": (
        "FLOATS_ARE_SINGLE", "_BINARY32_SMALLEST_NORMAL", "pack", "to_text", "BINARY32",
    ),
    "_values": ("EncodeError", "_flatten", "_ABSENT"),
    "_flatten": ("EncodeError", "_shown"),
    "_choose": ("EncodeError", "_flatten"),
    "_check": ("_integer_bytes",),
    "_check_repeated": ("EncodeError",),
    "_check_constant": ("EncodeError", "_shown"),
    "_check_room": ("EncodeError",),
    "_integer_bytes": ("EncodeError", "_shown"),
    "_float_bytes": (
        "EncodeError", "_shown", "_LIMIT", "pack",
        "parse_decimal", "to_bits", "BINARY32", "BINARY64",
    ),
    "_utf8": ("EncodeError", "_shown", "encode_utf8"),
    "_hex": ("EncodeError", "_shown"),
    "parse_decimal": ("MAX_TEXT", "_digits_end"),
    "to_bits": ("MAX_COEFFICIENT_BITS", "_NEAR", "_vanishes", "bit_length"),
    "_vanishes": ("MAX_COEFFICIENT_BITS", "_FAR"),
    "bit_length": ("_LEADING_ZEROS",),
    "to_text": ("_decimal_point", "_nearest", "_reads_as", "_spelled"),
    "_reads_as": ("to_bits",),
    "_decimal_point": ("bit_length", "_at_least"),
    "encode_utf8": ("decode_utf8",),
    "decode_utf8": ("_sequence_width",),
}  # fmt: skip

_MODULES = ("compile_shared", "utf8", "decimals", "shortest", "read")


def parts(needs: "set[str]") -> "tuple[str, str, str]":
    """(imports, definitions, functions) as text, of the parts named and what they need."""
    wanted = set()
    pending = list(needs)
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            pending.extend(_NAMES.get(name, ()))
    names = sorted(wanted & {"pack", "unpack_from"})
    imports = "from struct import %s\n" % ", ".join(names) if names else ""
    definitions: "list[Any]" = []
    functions: "list[Any]" = []
    for name, text in _pieces():
        if name in wanted:
            wanted.remove(name)
            (functions if text.startswith("def ") else definitions).append((name, text))
    left = wanted - {"pack", "unpack_from"}
    if left:
        raise KeyError(sorted(left)[0])
    return imports, _stacked(definitions), _stacked(functions)


def _stacked(pieces: "list[tuple[str, str]]") -> str:
    """Constants on lines of their own, blocks with blank lines between."""
    constants = [text for _, text in pieces if not text.startswith(("def ", "class "))]
    blocks = [text for _, text in pieces if text.startswith(("def ", "class "))]
    return "\n\n".join((["".join(constants)] if constants else []) + blocks)


def _pieces() -> "list[tuple[str, str]]":
    """(name, text) of every top-level definition, once each."""
    found: "list[Any]" = []
    for source in [_read(module) for module in _MODULES]:
        lines = source.split("\n")
        index = 0
        while index < len(lines):
            name = _defined(lines[index])
            start = index
            index += 1
            if name is None:
                continue
            if lines[start].startswith(("def ", "class ")):
                while index < len(lines) and (not lines[index] or lines[index][0] == " "):
                    index += 1
            kept = [line for line in lines[start:index] if not line.startswith("        from .")]
            text = "\n".join([_untyped(line) for line in kept]).rstrip() + "\n"
            if name not in [other for other, _ in found]:
                found.append((name, text))
    return found


def _read(module: str) -> str:
    with open("%s/%s.py" % (_HERE, module)) as file:
        return file.read()


def _untyped(line: str) -> str:
    """The line without what a type checker reads: annotations of a `def`, and its comments."""
    line = line.split("  # type: ")[0]
    if not line.startswith("def "):
        return line
    kept = ""
    depth = 0
    is_type = False
    for character in line.rsplit(" -> ", 1)[0] + ":":
        depth += (character in "([") - (character in ")]")
        if character == ":" and depth == 1:
            is_type = True
        elif depth == 0 or (depth == 1 and character in ",="):
            is_type = False
        if not is_type:
            kept += character
    return kept.replace("= ", "=")


def _defined(line: str) -> "str | None":
    """The name a line defines, None for other lines."""
    for keyword in ("def ", "class "):
        if line.startswith(keyword):
            return line[len(keyword) :].split("(")[0]
    if line and (line[0] == "_" or "A" <= line[0] <= "Z") and " = " in line:
        return line.split(" = ")[0]
    return None
