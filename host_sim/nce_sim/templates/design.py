"""A compact template for example records: types, lengths and cases from what the records hold.

    from nce_sim.templates.samples import read_samples

    design = propose(read_samples(text), head_room=0.25)
    design.document    # the template, a dict
    design.notes       # remarks for the reader, sentences
    design.cases       # the switch value of each record, None without a switch
    design.payload_of(0, records[0])            # what the first record is sent as

Every proposal is checked before it is returned: each record is encoded, decoded and compared. A
record shape of its own gets a case of its own. Text of several lengths cannot stand in the middle
of a payload, since the platform keeps the NULs of padding: one such text goes to the end as a
range, others become a case per value where they have few.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from nce_bcl import BclError, Template
from nce_sim.templates.kinds import DesignError, Json, Kind, kind_of
from nce_sim.templates.samples import Record, Scalar

MOST_SHAPES = 255
MOST_VALUES = 16  # of a text that becomes a switch

_LATITUDES = ("lat", "latitude")
_LONGITUDES = ("lon", "long", "lng", "longitude")


@dataclass(frozen=True)
class Design:
    """A checked proposal."""

    document: Json
    cases: list[int | None]
    notes: list[str] = field(default_factory=list)

    @cached_property
    def template(self) -> Template:
        """The template, read."""
        return Template(self.document)

    def payload_of(self, number: int, record: Record) -> bytes:
        """What the record of that number is sent as; the first has the number 0."""
        case, template = self.cases[number], self.template
        if case is None:
            payload: bytes = template.encode(record)
        else:
            payload = template.encode(record, case=[case])
        return payload


def propose(records: list[Record], head_room: float = 0.25, name: str = "") -> Design:
    """A template for the records; numbers may grow by `head_room` (0.25: a quarter) and fit.

    DesignError, or SampleError for a value out of range, says what stands in the way.
    """
    shapes: dict[frozenset[str], list[Record]] = {}
    for record in records:
        shapes.setdefault(frozenset(record), []).append(record)
    if len(shapes) > MOST_SHAPES:
        raise DesignError(f"{len(shapes)} shapes of records; a switch byte tells {MOST_SHAPES}")
    notes: list[str] = []
    marks = _constants(list(shapes.values())) if len(shapes) > 1 else set()
    blocks = []
    for number, group in enumerate(shapes.values(), 1):
        start = 1 if len(shapes) > 1 else 0
        blocks.append(_block(group, start, marks, head_room, notes, number))
    if len(blocks) == 1:
        sense: list[Json] = blocks[0]
        cases: list[int | None] = [None] * len(records)
    else:
        on: list[Json] = [{"case": case, "do": block} for case, block in enumerate(blocks, 1)]
        on.append({"default": True, "do": []})
        sense = [{"switch": {"byte": 0, "type": "uint"}, "on": on}]
        order = {shape: case for case, shape in enumerate(shapes, 1)}
        cases = [order[frozenset(record)] for record in records]
    document: Json = {"name": name, "sense": sense} if name else {"sense": sense}
    design = Design(document, cases, list(dict.fromkeys(notes)))
    _check(design, records)
    return design


# Common properties of the records


def _constants(groups: list[list[Record]]) -> set[str]:
    """Assets of every shape whose text is one per shape, and not the same in all."""
    marks = set()
    for asset in set.intersection(*(set(group[0]) for group in groups)):
        texts = [{record[asset] for record in group} for group in groups]
        if (
            all(len(found) == 1 for found in texts)
            and all(isinstance(value, str) for found in texts for value in found)
            and len(set.union(*texts)) == len(texts)
        ):
            marks.add(asset)
    return marks


def _block(
    group: list[Record],
    start: int,
    marks: set[str],
    head_room: float,
    notes: list[str],
    number: int,
) -> list[Json]:
    """The statements of one shape, from byte `start` on."""
    assets = list(group[0])
    locations = _locations(assets, group)
    kinds = []
    for asset in assets:
        values = [record[asset] for record in group]
        if asset in marks:
            kinds.append(Kind(asset, "string", 0, constant=str(values[0])))
        else:
            kinds.append(kind_of(asset, values, locations.get(asset), head_room))
    kinds = _settle_texts(kinds, group, notes)
    statements: list[Json] = []
    byte = start
    # Numbers first and widest first: nothing in a payload is aligned, but it reads well.
    fixed = [kind for kind in kinds if kind.length is not None and not kind.values]
    for kind in fixed:
        if kind.constant is not None:
            statements.append({"asset": kind.asset, "value": kind.constant})
            continue
        statement: Json = {"asset": kind.asset, "value": kind.selector(byte)}
        if kind.custom_type:
            statement["custom_type"] = kind.custom_type
        statements.append(statement)
        byte += kind.length or 0
    for kind in kinds:
        if kind.values:
            statements.append(_values_switch(kind, byte))
            byte += 1
    for kind in kinds:
        if kind.length is None and not kind.values:
            statements.append({"asset": kind.asset, "value": kind.selector(byte)})
    if not statements:
        notes.append(f"shape {number} is an empty record: its case executes nothing")
    return statements


def _values_switch(kind: Kind, byte: int) -> Json:
    on: list[Json] = [
        {"case": case, "do": [{"asset": kind.asset, "value": value}]}
        for case, value in enumerate(kind.values, 1)
    ]
    on.append({"default": True, "do": []})
    return {"switch": {"byte": byte, "type": "uint"}, "on": on}


def _settle_texts(kinds: list[Kind], group: list[Record], notes: list[str]) -> list[Kind]:
    """One text of several lengths stays a range; the others get a case per value."""
    texts = [kind for kind in kinds if kind.type == "string" and kind.constant is None]
    open_texts = [kind for kind in texts if kind.length is None]
    if len(texts) == 1:
        # Alone, it may have any length at no cost.
        only = texts[0]
        return [Kind(only.asset, "string", None) if kind is only else kind for kind in kinds]
    if len(open_texts) < 2:
        return kinds
    distinct = {
        kind.asset: sorted({str(record[kind.asset]) for record in group}) for kind in open_texts
    }
    most = max(open_texts, key=lambda kind: len(distinct[kind.asset]))
    result = []
    for kind in kinds:
        if kind not in open_texts or kind is most:
            result.append(kind)
            continue
        values = distinct[kind.asset]
        if len(values) > MOST_VALUES:
            raise DesignError(
                f"{kind.asset} and {most.asset} are texts of several lengths and many values; a "
                "payload has room for one such text, at its end. Send one in a record of its own, "
                "or pad it to one length"
            )
        notes.append(
            f"{kind.asset} is sent as one of {len(values)} values: other texts need a new case"
        )
        result.append(Kind(kind.asset, "string", 1, values=tuple(values)))
    return result


# Positions


def _locations(assets: Iterable[str], group: list[Record]) -> dict[str, str]:
    """The asset pair whose names say that it is a position, with the custom types."""
    for latitude in assets:
        prefix, _, name = latitude.rpartition(".")
        if name.lower() not in _LATITUDES:
            continue
        for longitude in assets:
            other_prefix, _, other = longitude.rpartition(".")
            if other_prefix != prefix or other.lower() not in _LONGITUDES:
                continue
            pairs = ((latitude, 90), (longitude, 180))
            if all(_is_within(record[asset], limit) for record in group for asset, limit in pairs):
                return {latitude: "location_lat", longitude: "location_long"}
    return {}


def _is_within(value: Scalar, limit: int) -> bool:
    return not isinstance(value, (bool, str)) and -limit <= value <= limit


# The proof


def _check(design: Design, records: list[Record]) -> None:
    try:
        template = design.template
        for number, record in enumerate(records):
            decoded = dict(_flat(template.decode(design.payload_of(number, record))))
            if decoded.keys() != record.keys() or any(
                decoded[asset] != record[asset]
                or isinstance(decoded[asset], bool) != isinstance(record[asset], bool)
                for asset in record
            ):
                raise DesignError(
                    f"the record {record!r:.200} is decoded differently: {decoded!r:.200}"
                )
    except BclError as error:
        raise DesignError(f"no template for these records: {error}") from error


def _flat(node: dict[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, prefix + key + ".")
        else:
            yield prefix + key, value
