"""Lint of a whole message: shared bytes, idle bytes, its length and its assets.

layout = Layout(outline, ("udp",), "c-sdk", findings, keep_first=False)
for steps in Routes(outline.plan):
    layout.check(steps)
"""

from .errors import shown
from .findings import ERROR, WARNING
from .plan import LOCATION_LAT, LOCATION_LONG, Constant, Field, place

if 1 - 1:
    from .findings import Findings
    from .outline import Outline
    from .shapes import Any, Sequence, Steps


# Safe payloads: energy saver page (UDP) and CoAP page of the developer hub.
_LIMITS = {"udp": 508, "coap": 1024}

_MAX_PAIRS = 20000  # pairs of fields compared, over all routes
_FAR = 1 << 32  # beyond every position


class Layout:
    """Checks one route after the other; what several routes have in common is found once."""

    def __init__(
        self,
        outline: "Outline",
        protocols: "Sequence[str]",
        sender: "str | None",
        findings: "Findings",
        keep_first: bool,
    ) -> None:
        self._outline = outline
        self._winner = "first" if keep_first else "last"
        self._protocols = protocols
        self._skips_selector = sender == "c-sdk"  # byte 0 is the sender's and need not be read
        # A part that could not be read may fill a gap, and be a longitude's latitude.
        self._is_whole = not outline.refusals
        self._findings = findings
        self._pairs = _MAX_PAIRS

    def check(self, steps: "Steps") -> None:
        """Adds findings on the statements of one route."""
        front = []  # (start, end, turn, statement), counted from the front
        back = []  # the same, counted from the payload's end: negative
        for turn, (statement, _) in enumerate(steps):
            source = statement.source if isinstance(statement, Field) else statement.selector
            if isinstance(source, Constant):
                continue
            if source.endbyte is None:
                front.append((source.byte, source.byte + source.length, turn, statement))
            elif source.byte is None:
                back.append((source.endbyte, source.endbyte + source.length, turn, statement))
            else:
                front.append((source.byte, _FAR, turn, statement))
                back.append((-_FAR, source.endbyte, turn, statement))
        # Never compare statements themselves: they are tuples of mixed values.
        front.sort(key=_by_position)
        back.sort(key=_by_position)
        self._check_shared(front)
        self._check_shared(back)
        if self._is_whole:
            self._check_gaps(front, back)
        self._check_length(front, back)
        self._check_assets(steps)
        self._check_location(steps)

    # Overlaps

    def _check_shared(self, spans: "list[Any]") -> None:
        for index, (_, end, turn, statement) in enumerate(spans):
            for start, other_end, other_turn, other in spans[index + 1 :]:
                if start >= end or self._pairs == 0:
                    break
                self._pairs -= 1
                last = min(end, other_end)
                if turn < other_turn:
                    self._share(statement, other, start, last)
                else:
                    self._share(other, statement, start, last)

    def _share(self, statement: "Any", other: "Any", start: int, last: int) -> None:
        """Two statements, in order of execution, that both read [start:last]."""
        places = (self._outline.place(statement), self._outline.place(other))
        selector, other_selector = _selector(statement), _selector(other)
        is_same = place(selector) == place(other_selector)
        if is_same and not (isinstance(statement, Field) and isinstance(other, Field)):
            return  # the switch value is mapped too, or switched on again
        if start < 0:
            text = "[n%s:n%s]" % (start if start > -_FAR else "-...", last or "")
        else:
            text = "[%d:%s]" % (start, last if last < _FAR else "...")
        names = (_named(other), text, _named(statement), places[0])
        # A dump of the bytes beside what they mean is a habit, not a slip.
        if is_same or "hex" in (selector.kind, other_selector.kind):
            self._findings.add("shared-bytes", places[1], "%s reads %s, as %s at %s does" % names)
        else:
            self._findings.add(
                "overlap",
                places[1],
                "%s reads %s, which %s at %s reads too; check 'byte' and 'bytelength'" % names,
            )

    # Gaps and length

    def _check_gaps(self, front: "list[Any]", back: "list[Any]") -> None:
        filled = 1 if self._skips_selector else 0
        for start, end, _, statement in front:
            if start > filled:
                self._gap(statement, "[%d:%d]" % (filled, start), start - filled)
            filled = max(filled, end)
        filled = 0
        for start, end, _, statement in reversed(sorted(back, key=_by_end)):
            if end < filled:
                self._gap(statement, "[n%d:n%s]" % (end, filled or ""), filled - end)
            filled = min(filled, start)

    def _gap(self, statement: "Any", text: str, size: int) -> None:
        rule = "c-sdk-gap" if self._skips_selector else "gap"
        if self._skips_selector:
            remedy = "os_energy_save sends field after field: close the gap"
        else:
            remedy = "close the gap, unless the bytes are meant for later"
        self._findings.add(
            rule,
            self._outline.place(statement),
            "nothing reads the %d byte%s %s beside %s; %s"
            % (size, "" if size == 1 else "s", text, _named(statement), remedy),
        )

    def _check_length(self, front: "list[Any]", back: "list[Any]") -> None:
        size = 0
        furthest = None
        for start, end, _, statement in front:
            reach = end if end < _FAR else start
            if reach > size:
                size = reach
                furthest = statement
        tail = 0
        for start, end, _, statement in back:
            reach = -start if start > -_FAR else -end
            if reach > tail:
                tail = reach
                furthest = statement if furthest is None else furthest
        size += tail
        if furthest is None or size <= _LIMITS["udp"]:
            return
        over = [name for name in sorted(_LIMITS) if size > _LIMITS[name]]
        meant = [name for name in over if name in self._protocols]
        severity = ERROR
        if not meant:
            if self._protocols:
                return
            severity = ERROR if len(over) == 2 else WARNING
            meant = over
        self._findings.add(
            "payload-limit",
            self._outline.place(furthest),
            "a payload of %d bytes up to %s; safe are %s: split the record by a switch"
            % (
                size,
                _named(furthest),
                " and ".join(["%d over %s" % (_LIMITS[n], n.upper()) for n in meant]),
            ),
            severity,
        )

    # Assets

    def _check_assets(self, steps: "Steps") -> None:
        values: "dict[Any, Any]" = {}
        objects: "dict[Any, Any]" = {}
        for statement, _ in steps:
            if not isinstance(statement, Field):
                continue
            other = values.get(statement.asset)
            if other is not None:
                self._findings.add(
                    "duplicate-asset",
                    self._outline.place(statement),
                    "asset %s is mapped at %s already; the %s value wins, it seems: rename one"
                    % (shown(statement.asset), self._outline.place(other), self._winner),
                )
            clash = objects.get(statement.asset)
            if clash is not None:
                self._conflict(statement, clash)
            path = ""
            for key in statement.keys[:-1]:
                path = path + "." + key if path else key
                if path in values:
                    self._conflict(statement, values[path])
                objects[path] = statement
            values[statement.asset] = statement

    def _conflict(self, statement: "Any", other: "Any") -> None:
        is_certain = self._outline.is_nested(statement, other)
        self._findings.add(
            "asset-conflict",
            self._outline.place(statement),
            "asset %s beside %s at %s: one name would be value and object; rename one%s"
            % (
                shown(statement.asset),
                shown(other.asset),
                self._outline.place(other),
                "" if is_certain else ", or the messages that bring both fail",
            ),
            ERROR if is_certain else WARNING,
        )

    def _check_location(self, steps: "Steps") -> None:
        found: "dict[Any, Any]" = {}
        for statement, _ in steps:
            if not isinstance(statement, Field) or statement.custom_type is None:
                continue
            other = found.get(statement.custom_type)
            if other is not None:
                self._findings.add(
                    "location-repeated",
                    self._outline.place(statement),
                    "%s is at %s already; which one counts is not documented: mark one"
                    % (statement.custom_type, self._outline.place(other)),
                )
            found[statement.custom_type] = statement
        if len(found) == 1 and self._is_whole:
            for custom_type, statement in found.items():
                twin = LOCATION_LAT if custom_type == LOCATION_LONG else LOCATION_LONG
                self._findings.add(
                    "location-twin",
                    self._outline.place(statement),
                    "%s without %s in the same message: no LOCATION event; mark both"
                    % (custom_type, twin),
                )


def _selector(statement: "Any") -> "Any":
    return statement.source if isinstance(statement, Field) else statement.selector


def _named(statement: "Any") -> str:
    return shown(statement.asset) if isinstance(statement, Field) else "the switch"


def _by_position(item: "Any") -> "tuple[int, int]":
    return item[0], item[1]


def _by_end(item: "Any") -> "tuple[int, int]":
    return item[1], item[0]
