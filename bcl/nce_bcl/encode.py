"""From a mapping to the payload that a template decodes back to it.

    payload = encode(template.plan, {"gps.lat": 52.1, "speed": 9}, template.readings)

Two passes: first which statements run and how long the payload is, since `endbyte` counts from its
end; then the bytes. Gaps are zero. Where two assets map the same bytes they must agree.
"""

from .branches import Branches
from .decode import branch_taken, decode
from .errors import EncodeError, PayloadError, shown
from .plan import CODES, MAX_PAYLOAD_BYTES, Constant, same, span
from .write import natural_width, value_bytes

if 1 - 1:
    from .plan import Field, Readings
    from .shapes import Any, Block


def encode(
    plan: "Block",
    data: "dict[str, Any]",
    readings: "Readings",
    case: "Any" = None,
    length: "int | None" = None,
) -> bytes:
    """The payload of flat `data`; EncodeError names what is missing, unknown or in conflict.

    `case` is the value of the first switch, or a list with those of the first switches met.
    `length` is the payload's length in bytes, for templates that leave it open.
    """
    cases = [] if case is None else [case]
    if isinstance(case, (list, tuple)):
        cases = list(case)
    branches = Branches(plan, data, readings, cases)
    winners = _winners(branches.fields, readings.keep_first)
    _check_assets(branches, winners, data)
    # (selector, bytes or None, value whose bytes depend on the payload's length or None, asset)
    writings = []
    is_plain = len(branches.switches) < 2
    for field, raw in zip(branches.fields, branches.packed):
        if isinstance(field.source, Constant):
            continue
        if isinstance(winners[field.asset].source, Constant):
            writings.append((field.source, None, None, field.asset))  # the constant hides it
            is_plain = False
            continue
        value = data.get(field.asset) if raw is None else None
        writings.append((field.source, raw, value, field.asset))
    for switch, raw, _ in branches.switches:
        writings.append((switch.selector, raw, None, None))
    payload = _write(writings, _payload_size(writings, length, readings))
    _check_switches(branches.switches, payload, readings)
    if not is_plain:
        _check_decodes(plan, payload, readings)
    return payload


def _winners(fields: "list[Field]", keep_first: bool) -> "dict[str, Field]":
    """The field whose value the result shows, for each asset."""
    winners = {}
    for field in fields:
        if not (keep_first and field.asset in winners):
            winners[field.asset] = field
    return winners


def _check_assets(
    branches: "Branches", winners: "dict[str, Field]", data: "dict[str, Any]"
) -> None:
    missing = []
    for field in branches.fields:
        source = field.source
        if isinstance(source, Constant):
            if field is winners[field.asset] and field.asset in data:
                if not same(data[field.asset], source.value):
                    raise EncodeError(
                        "asset %s is the constant %s in this template, not %s"
                        % (field.asset, shown(source.value), shown(data[field.asset])),
                        field.asset,
                    )
        elif (
            field.asset not in data
            and source.place not in branches.known
            and not isinstance(winners[field.asset].source, Constant)
            and field.asset not in missing
        ):
            missing.append(field.asset)
    if missing:
        raise EncodeError("missing: %s" % ", ".join(missing), missing[0])
    unknown = sorted([asset for asset in data if asset not in winners])
    if unknown:
        raise EncodeError(
            "not in the template, or not in the case taken: %s" % ", ".join(unknown), unknown[0]
        )


def _payload_size(writings: "list[Any]", length: "Any", readings: "Readings") -> int:
    head = tail = 0  # bytes that the fields counted from the front and from the end need
    least = 0
    ranges = []
    for selector, raw, value, asset in writings:
        if selector.endbyte is None:
            head = max(head, selector.byte + selector.length)
            continue
        tail = max(tail, -selector.endbyte)
        if selector.byte is None:
            if selector.length + selector.endbyte > 0:
                raise EncodeError(
                    "%s: %d bytes from endbyte %d reach beyond the end of any payload"
                    % (_named(asset), selector.length, selector.endbyte),
                    asset,
                )
            continue
        head = max(head, selector.byte)
        if value is not None:
            width = natural_width(selector, value, asset)
        else:
            width = 0 if raw is None else len(raw)
        least = max(least, selector.byte + width - selector.endbyte)
        ranges.append((selector, width, value is None and raw is None))
    if length is not None:
        if length is True or not isinstance(length, int) or length < 0:
            raise EncodeError("the payload's length is a number of bytes, not %s" % shown(length))
        size: "Any" = length
    else:
        size = _suitable_size(ranges, least, head, tail, False)
        if size is None and readings.strip_nul:
            size = _suitable_size(ranges, least, head, tail, True)
        if size is None:
            raise EncodeError(
                "no payload length suits all fields; the ranges with 'endbyte' need %d bytes, the "
                "others %d; encode(..., length=...) pads text to a length" % (least, head + tail)
            )
    if size > MAX_PAYLOAD_BYTES:
        raise EncodeError("a payload of %d bytes; UDP carries %d" % (size, MAX_PAYLOAD_BYTES))
    return size  # type: ignore[no-any-return]


def _suitable_size(
    ranges: "list[Any]", least: int, head: int, tail: int, is_padded: bool
) -> "int | None":
    # Front and end apart, unless a range says that they overlap. Text keeps its length, unless its
    # padding is not read back.
    size = _legal_size(ranges, max(least, head + tail), is_padded)
    return _legal_size(ranges, max(least, head, tail), is_padded) if size is None else size


def _legal_size(ranges: "list[Any]", least: int, is_padded: bool) -> "int | None":
    # Numbers in a range have few legal lengths; the next is at most four bytes further.
    for size in range(least, least + 5):
        for selector, width, is_gap in ranges:
            start, end = span(selector, size)
            kind = selector.kind
            codes = CODES[kind]
            if codes is not None:
                if end - start not in codes:
                    break
            elif end - start != width and (
                kind == "hex" or (kind == "string" and not (is_gap or is_padded))
            ):
                break
        else:
            return size
    return None


def _write(writings: "list[Any]", size: int) -> bytes:
    payload = bytearray(size)
    filled = 0  # where the furthest one written ends
    for index in range(len(writings)):
        selector, raw, value, asset = writings[index]
        start, end = span(selector, size)
        if start < 0 or end > size or end < start:
            raise EncodeError(
                "%s: [%d:%d] is outside a payload of %d bytes" % (_named(asset), start, end, size),
                asset,
            )
        if value is not None:
            raw = value_bytes(selector, end - start, value, asset)
        if raw is None:
            continue  # gaps and hidden values are zero
        if len(raw) != end - start:
            raise EncodeError(
                "the switch takes %d bytes, a payload of %d leaves it %d"
                % (len(raw), size, end - start)
            )
        if start < filled:
            _check_overlap(payload, writings[:index], start, end, raw, asset)
        payload[start:end] = raw
        filled = max(filled, end)
    return bytes(payload)


def _check_overlap(
    payload: bytearray,
    written: "list[Any]",
    start: int,
    end: int,
    wanted: bytes,
    asset: "str | None",
) -> None:
    for selector, raw, value, other in written:
        if raw is None and value is None:
            continue
        other_start, other_end = span(selector, len(payload))
        first = max(start, other_start)
        last = min(end, other_end)
        if first < last and payload[first:last] != wanted[first - start : last - start]:
            raise EncodeError(
                "%s and %s share the bytes [%d:%d] and want %s and %s there"
                % (
                    _named(other),
                    _named(asset),
                    first,
                    last,
                    bytes(payload[first:last]).hex(),
                    wanted[first - start : last - start].hex(),
                ),
                asset,
            )


def _check_switches(switches: "list[Any]", payload: bytes, readings: "Readings") -> None:
    for switch, _, block in switches:
        try:
            taken = branch_taken(switch, payload, readings)
        except PayloadError as error:
            raise EncodeError("the payload built cannot be decoded: %s" % error)
        if taken is not block:
            raise EncodeError(
                "the payload built would take another case of the switch than the data fits; "
                "give the value of the switch by encode(..., case=value)"
            )


def _check_decodes(plan: "Block", payload: bytes, readings: "Readings") -> None:
    try:
        decode(plan, payload, readings, {})
    except PayloadError as error:
        raise EncodeError("the payload built cannot be decoded: %s" % error)


def _named(asset: "str | None") -> str:
    return "the switch" if asset is None else "asset %s" % asset
