"""The grammar of AT lines: prefixes, fields, and where a payload sits (TS 27.007, 4).

fields(' 1,"a,b",,7')               # ["1", "a,b", "", "7"]
prefixes('ATE0+CMEE=1;+CEREG?')     # ("+CMEE", "+CEREG")
Payload(AFTER_LINE, 0).length("5")  # 5
"""

LEADERS = "+#%^*_$"

# Where the counted bytes of a payload begin.
AFTER_LINE = 1  # after the header's CRLF: +QIRD: 5<CR><LF>test1
AFTER_COMMA = 2  # on the header's own line: +CARECV: 5,15858
IN_QUOTES = 3  # quoted, quotes not escaped: +USORF: 0,"ip",port,5,"test1"
NEXT_LINE = 4  # the next line, whatever it holds, uncounted: +CMT


def to_text(raw: bytes) -> str:
    """A received line as text; line noise (control bytes, broken UTF-8) is left out."""
    if raw and min(raw) < 32:
        raw = bytes(byte for byte in raw if byte >= 32)
    try:
        return str(raw, "utf-8")
    except UnicodeError:
        return str(bytes(byte for byte in raw if byte < 127), "utf-8")


def is_among(line: str, lines: str) -> bool:
    """Whether a line is one of those that a text has, each behind a line end, and one at the end.

    A tuple of them would take five times the heap.
    """
    return "\n%s\n" % line in lines


def fields(text: str) -> "list[str]":
    """The comma-separated fields of a result's text: stripped, unquoted, `""` and none alike.

    Never raises: an unclosed quote takes the rest of the text (a real modem's habit).
    """
    found = []
    start = 0
    is_quoted = False
    for index in range(len(text) + 1):
        if index == len(text) or (text[index] == "," and not is_quoted):
            found.append(text[start:index].strip().strip('"'))
            start = index + 1
        elif text[index] == '"':
            is_quoted = not is_quoted
    return found


def number(text: str) -> "int | None":
    """A decimal field as an int, or None."""
    text = text.strip()
    try:
        return int(text) if text.isdigit() else None
    except ValueError:
        return None  # CPython takes a superscript for a digit, and for no number


def split_prefix(line: str) -> "tuple[str, str]":
    """`("+CEREG", "0,5")` of `"+CEREG: 0,5"`; the prefix is "" for a line without a colon."""
    index = line.find(":")
    if index < 1:
        return "", line
    return line[:index], line[index + 1 :].strip()


def prefixes(command: str) -> "tuple[str, ...]":
    """The prefixes that the answer to a command line may begin with."""
    found = []
    index = 2
    while index < len(command):
        if command[index] not in LEADERS:
            index += 1
            continue
        end = index + 1
        while end < len(command) and command[end] not in "=?;":
            end += 1
        found.append(command[index:end].upper())
        while end < len(command) and command[end] != ";":
            end += 1
        index = end
    return tuple(found)


class Payload:
    """Where the payload of a result is and how long.

    `field` is the index of the length among the header's fields; `hex_field`, when given, the one
    that is 1 when two characters stand for a byte, and `is_hex` says so of all. `field_count`
    bounds the header's fields: AT+QIRD=0,0 answers three numbers and no payload.
    """

    def __init__(
        self,
        mode: int,
        field: int = 0,
        is_hex: bool = False,
        hex_field: "int | None" = None,
        field_count: "int | None" = None,
    ) -> None:
        self.mode = mode
        self.field = field
        self.is_hex = is_hex
        self.hex_field = hex_field
        self.field_count = field_count

    def has_hex(self, header: "list[str]") -> bool:
        if self.hex_field is None:
            return self.is_hex
        return len(header) > self.hex_field and header[self.hex_field] == "1"

    def fits(self, text: str) -> bool:
        """Whether the header has no more fields than one with a payload."""
        return self.field_count is None or len(fields(text)) <= self.field_count

    def length(self, text: str) -> "int | None":
        """How many characters the header `text` (without prefix) announces; None for none."""
        header = fields(text)
        if len(header) <= self.field or len(header) > (self.field_count or 99):
            return None
        count = number(header[self.field])
        if not count or count > 4096:  # no modem holds more: the header is broken
            return None
        return count * 2 if self.has_hex(header) else count

    def split(self, raw: bytes, prefix: str) -> "tuple[int, str] | None":
        """`(offset of the payload, header text)` of a line that holds both, or None."""
        index = len(prefix) + 1
        for _ in range(self.field + 1):
            start = index
            index = raw.find(b",", start)
            if index < 0:
                return None
            quote = raw.find(b'"', start, index)
            if quote >= 0:
                close = raw.find(b'"', quote + 1)
                index = raw.find(b",", close) if close >= 0 else -1
                if index < 0:
                    return None
            index += 1
        header = to_text(raw[len(prefix) + 1 : index - 1]).strip()
        if self.mode == IN_QUOTES:
            if raw[index : index + 1] != b'"':
                return None
            index += 1
        return index, header
