"""The meaning of each byte of a payload by a template: the rows of an annotated hexdump.

    explanation = explain(template_text, b"\\x01\\x63")
    for row in explanation.rows:
        print(row.start, row.end, row.role, row.asset, row.type, row.value)
    explanation.error      # None, or the PayloadError that fails the message

Roles of a row: "field", "switch", "case" (one that is read from the payload), "constant" (no
bytes), "failed" (where the message fails), "unused" (bytes that nothing reads), "unread" (bytes
that were not looked at, since the message failed before). Drawing is the caller's.
"""

from collections import namedtuple

from .document import read_document
from .errors import PayloadError, shown
from .outline import Outline
from .plan import Constant, Field, same, span
from .read import convert, extract
from .template import Template

if 1 - 1:
    from .decode import Location
    from .plan import Case, Readings, Selector, Switch
    from .shapes import Any, Block, NamedTuple

    # start, end: the half-open range in bytes; a constant has (None, None), a failed row the range
    # it wants. type, length, byteorder are as in the template, length None for an open range,
    # byteorder None where it plays no part. place: where in the template. note: a sentence, or "".
    class Row(NamedTuple):
        start: "Any"
        end: "Any"
        role: str
        asset: "str | None"
        type: "str | None"
        length: "int | None"
        byteorder: "str | None"
        value: "Any"
        place: str
        note: str

    # rows in the order of their bytes, constants last; steps in order of execution, each (place of
    # the switch, value, place of the case taken or None); needed: bytes that the statements
    # executed and the failing one's block need, None when unknown; location: (longitude, latitude)
    # or None.
    class Explanation(NamedTuple):
        payload: bytes
        rows: "list[Row]"
        steps: "list[tuple[str, Any, str | None]]"
        record: "dict[str, Any] | None"
        location: "Location | None"
        error: "PayloadError | None"
        needed: "int | None"

else:
    Row = namedtuple(  # type: ignore[no-redef]
        "Row",
        ("start", "end", "role", "asset", "type", "length", "byteorder", "value", "place", "note"),
    )
    Explanation = namedtuple(  # type: ignore[no-redef]
        "Explanation", ("payload", "rows", "steps", "record", "location", "error", "needed")
    )


def explain(source: "Any", payload: bytes, **options: "Any") -> "Explanation":
    """The Explanation of a payload by a template (JSON text or dict; options as for Template).

    TemplateError when the template is wrong; a payload that fails is explained, not raised.
    """
    document = read_document(source)
    template = Template(document, **options)
    readings = template.readings
    outline = Outline(document, readings.multibyte_boolean, readings.coerce_cases)
    trace = _Trace(outline, bytes(payload), readings)
    record = location = error = None
    try:
        # The decoder itself has the last word.
        record, location = template.decode_with_location(payload)
    except PayloadError as failure:
        error = failure
    trace.run(error)
    rows = trace.rows + trace.idle_rows("unused" if error is None else "unread")
    rows = [(_order(row), index, row) for index, row in enumerate(rows)]
    rows.sort(key=lambda item: item[:2])
    return Explanation(
        bytes(payload),
        [row for _, _, row in rows],
        trace.steps,
        record,
        location,
        error,
        trace.needed,
    )


class _Trace:
    """Runs a plan as the decoder does and notes each step, up to the failing one."""

    def __init__(self, outline: "Outline", payload: bytes, readings: "Readings") -> None:
        self._outline = outline
        self._payload = payload
        self._readings = readings
        self.rows: "list[Any]" = []
        self.steps: "list[Any]" = []
        self.needed: "int | None" = None

    def run(self, error: "PayloadError | None") -> None:
        pending = [iter(self._outline.plan)]
        blocks = [self._outline.plan]
        while pending:
            for statement in pending[-1]:
                try:
                    if isinstance(statement, Field):
                        self._field(statement)
                        continue
                    block = self._switch(statement)
                except PayloadError as failure:
                    self._fail(statement, failure)
                    self.needed = _needed(blocks, len(self._payload))
                    return
                if block:
                    blocks.append(block)
                    pending.append(iter(block))
                    break
            else:
                pending.pop()
        self.needed = _needed(blocks, len(self._payload))
        if error is not None:
            # Every value can be read; two of them want the same name in the record.
            self._clash(error)

    def _field(self, field: "Field") -> None:
        place = self._outline.place(field)
        source = field.source
        note = field.custom_type or ""
        if isinstance(source, Constant):
            self.rows.append(
                Row(
                    None,
                    None,
                    "constant",
                    field.asset,
                    None,
                    None,
                    None,
                    source.value,
                    place,
                    note,
                )
            )
            return
        self._read("field", source, field.asset, place, note)

    def _switch(self, switch: "Switch") -> "Block | None":
        place = self._outline.place(switch)
        value = self._read("switch", switch.selector, None, place, "")
        for case in switch.cases:
            where = self._outline.case_place(case.block)
            wanted = case.value
            if isinstance(wanted, Constant):
                wanted = wanted.value
            else:
                wanted = self._read("case", wanted, None, where, "")
            if same(wanted, value, self._readings.coerce_cases):
                return self._take(place, value, where, case.block, "case %s" % shown(wanted))
        if switch.default is None:
            return self._take(place, value, None, None, "no case and no default")
        where = self._outline.case_place(switch.default)
        return self._take(place, value, where, switch.default, "no such case, the default")

    def _take(
        self, place: str, value: "Any", where: "str | None", block: "Block | None", reason: str
    ) -> "Block | None":
        self.steps.append((place, value, where))
        for index in range(len(self.rows) - 1, -1, -1):
            row = self.rows[index]
            if row.role == "switch" and row.place == place:
                self.rows[index] = Row(*(row[:9] + (reason,)))
                break
        return block

    def _read(
        self, role: str, selector: "Selector", asset: "str | None", place: str, note: str
    ) -> "Any":
        start, end = extract(selector, len(self._payload), asset)
        value = convert(selector, self._payload, start, end, asset, self._readings)
        self.rows.append(_row(role, selector, start, end, asset, value, place, note))
        return value

    def _fail(self, statement: "Any", failure: "PayloadError") -> None:
        if isinstance(statement, Field):
            selector = statement.source
            cases: "tuple[Case, ...]" = ()
            asset = statement.asset
        else:
            selector = statement.selector
            cases = statement.cases
            asset = None
        place = self._outline.place(statement)
        # A case may be what failed, not the switch.
        if asset is None and (failure.start, failure.end) != span(selector, len(self._payload)):
            for case in cases:
                source = case.value
                if isinstance(source, Constant):
                    continue
                if span(source, len(self._payload)) == (failure.start, failure.end):
                    selector = source
                    place = self._outline.case_place(case.block)
                    break
        note = str(failure)
        self.rows.append(
            _row("failed", selector, failure.start, failure.end, asset, None, place, note)
        )

    def _clash(self, error: "PayloadError") -> None:
        for index in range(len(self.rows) - 1, -1, -1):
            row = self.rows[index]
            if row.asset == error.asset:
                failed: "tuple[Any, ...]" = (
                    (row.start, row.end, "failed") + tuple(row)[3:9] + (str(error),)
                )
                self.rows[index] = Row(*failed)
                return

    def idle_rows(self, role: str) -> "list[Row]":
        """Rows of the bytes that no field, switch or case reads."""
        size = len(self._payload)
        spans = []
        for row in self.rows:
            if row.start is not None and row.role != "failed":
                spans.append((row.start, row.end))
            elif row.role == "failed" and row.start is not None:
                # It shows the bytes that are there.
                spans.append((min(max(row.start, 0), size), min(max(row.end, 0), size)))
        spans.sort()
        spans.append((size, size))
        rows = []
        filled = 0
        for start, end in spans:
            if start > filled:
                rows.append(Row(filled, start, role, None, None, None, None, None, "", ""))
            filled = max(filled, end)
        return rows


def _row(
    role: str,
    selector: "Selector",
    start: "Any",
    end: "Any",
    asset: "str | None",
    value: "Any",
    place: str,
    note: str,
) -> "Row":
    has_order = selector.kind in ("int", "uint", "float") and end - start > 1
    return Row(
        start,
        end,
        role,
        asset,
        selector.kind,
        selector.length,
        selector.byteorder if has_order else None,
        value,
        place,
        note,
    )


def _needed(blocks: "list[Block]", size: int) -> int:
    """Bytes that the mappings and switches of these blocks need at least."""
    front = back = 0
    for block in blocks:
        for statement in block:
            source = statement.source if isinstance(statement, Field) else statement.selector
            if isinstance(source, Constant):
                continue
            if source.endbyte is not None:
                back = max(back, -source.endbyte)
                front = max(front, source.byte or 0)
            else:
                front = max(front, source.byte + source.length)
    return max(front, back)


def _order(row: "Row") -> "tuple[Any, Any, int]":
    if row.start is None:
        return 1 << 32, 0, 0
    # The switch before the field over the same bytes.
    return row.start, row.end, 0 if row.role == "switch" else 1
