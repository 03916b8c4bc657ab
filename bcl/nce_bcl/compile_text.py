"""The text of a generated module: indented lines, wrapped lists, names for local variables.

text = Text()
text.line(1, "if size < 3:")
text.items(2, "raise _too_short(", ["size", "(...)"], ")")
str(text)
"""

if 1 - 1:
    from .shapes import Any, Sequence


_WIDTH = 99
_INDENT = "    "

# Python's own words, and the names that generated functions use themselves.
_TAKEN = (
    "False None True and as assert async await break class continue def del elif else except "
    "finally for from global if import in is lambda nonlocal not or pass raise return try while "
    "with yield match case type print len bytes int float str bool dict list tuple set max "
    "isinstance "
    "mapping payload record size switch raw pack unpack_from encode decode is_fit value "
    "KeyError TypeError AttributeError ValueError EncodeError PayloadError shortest_double"
).split()


class Text:
    """Lines of Python."""

    def __init__(self) -> None:
        self._lines: "list[str]" = []

    def line(self, depth: int, text: str) -> None:
        self._lines.append(_INDENT * depth + text)

    def blank(self, count: int = 1) -> None:
        self._lines.extend([""] * count)

    def items(self, depth: int, start: str, items: "Sequence[str]", end: str) -> None:
        """`start`, the items between commas and `end`: on one line, or on as few as hold them."""
        line = _INDENT * depth + start + ", ".join(items) + end
        if len(line) <= _WIDTH:
            self._lines.append(line)
            return
        self.line(depth, start)
        current = ""
        for item in items:
            if current and len(_INDENT * (depth + 1) + current + item) + 2 > _WIDTH:
                self.line(depth + 1, current.rstrip())
                current = ""
            current += item + ", "
        self.line(depth + 1, current.rstrip())
        self.line(depth, end)

    def rows(self, depth: int, start: str, rows: "Sequence[str]", end: str) -> None:
        """A call with a tuple of rows as its last argument."""
        if len(rows) == 1:
            self.line(depth, "%s(%s,)%s" % (start, rows[0], end))
        else:
            self.items(depth, start + "(", rows, ")" + end)

    def joined(
        self, depth: int, start: str, terms: "Sequence[str]", operator: str, end: str
    ) -> None:
        """`start`, the terms with the operator between them, `end`; wrapped inside parentheses."""
        line = _INDENT * depth + start + operator.join(terms) + end
        if len(line) <= _WIDTH:
            self._lines.append(line)
            return
        if not start.endswith("("):
            start += "("
            end = ")" + end
        self.line(depth, start)
        for index, term in enumerate(terms):
            self.line(depth + 1, (operator.lstrip() if index else "") + term)
        self.line(depth, end)

    def sum(self, depth: int, calls: "list[tuple[str, list[str]]]") -> None:
        """`return` of calls, (function, arguments), added up."""
        if len(calls) == 1:
            self.items(depth, "return %s(" % calls[0][0], calls[0][1], ")")
            return
        self.line(depth, "return (")
        for index, (function, arguments) in enumerate(calls):
            self.items(depth + 1, "%s%s(" % ("+ " if index else "", function), arguments, ")")
        self.line(depth, ")")

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"


def local_names(texts: "Sequence[str]") -> "dict[str, str]":
    """{text: identifier} with a readable, unique name for each asset or path."""
    names = {}
    used: "set[str]" = set(_TAKEN)
    for text in texts:
        name = ""
        for character in text[-60:]:
            is_plain = (
                "a" <= character <= "z" or "A" <= character <= "Z" or "0" <= character <= "9"
            )
            name += character if is_plain else "_"
        name = name.strip("_").lower() or "value"
        if "0" <= name[0] <= "9":
            name = "value_" + name
        unique = name
        number = 2
        while unique in used or unique.endswith("_bytes"):
            unique = "%s_%d" % (name, number)
            number += 1
        used.add(unique)
        names[text] = unique
    return names


def literal(value: "Any") -> str:
    """A constant, or a tuple of constants, as Python reads it back."""
    if isinstance(value, tuple):
        items = [literal(item) for item in value]
        return "(%s%s)" % (", ".join(items), "," if len(items) == 1 else "")
    text = repr(value)
    if isinstance(value, (str, bytes)) and '"' not in text and "\\'" not in text:
        text = text.replace("'", '"')
    return text
