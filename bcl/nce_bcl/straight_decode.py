"""The short way from a payload to its record: one `unpack_from`, a few conversions, `dict(zip())`.

    decoder = StraightDecoder(template.plan, template.readings)
    decoder.decode(b"\\x63")   # ({"battery": 99}, None); None: `decode` has to decide

No error is worded here: `decode` takes every payload that does not fit.
"""

from struct import unpack_from

from .decode import Location, branch_taken
from .errors import PayloadError
from .forget import forget
from .read import shortest_double, text_of

if 1 - 1:
    from .plan import Readings
    from .shapes import Any, Block


class StraightDecoder:
    """Decodes by one plan; the ways it takes are kept."""

    def __init__(self, plan: "Block", readings: "Readings") -> None:
        from .straight import sole_switch

        self._plan = plan
        self._readings = readings
        self._switch = sole_switch(plan)
        self._ways: "dict[Any, Any]" = {}  # by id of the block taken

    def decode(self, payload: bytes) -> "tuple[dict[str, Any], Location | None] | None":
        """(record, Location or None) of bytes; None where `decode` has to decide."""
        block = None
        if self._switch is not None:
            if not self._switch:
                return None
            try:
                block = branch_taken(self._switch, payload, self._readings)
            except PayloadError:
                return None  # a field before the switch may fail first
        way = self._ways.get(id(block))
        if way is None:
            way = self._add_way(block)
        if not way or len(payload) < way[1]:
            return None
        form, _, conversions, location, constants, names, groups = way
        values = list(unpack_from(form, payload))
        if not _convert(values, conversions, self._readings.refuse_bad_utf8):
            return None
        if location is not None:
            location = Location(values[location[0]], values[location[1]])
        for place, constant in constants:
            values.insert(place, constant)
        for first, last, inner in groups:
            values[first:last] = [dict(zip(inner, values[first:last]))]
        return dict(zip(names, values)), location

    def _add_way(self, block: "Block | None") -> "Any":
        from .straight import decoding_way

        way = self._ways[id(block)] = decoding_way(self._plan, block, self._readings)
        forget(("straight",))
        return way


def _convert(values: "list[Any]", conversions: "list[Any]", refuse_bad_utf8: bool) -> bool:
    """Makes the record's values of what struct has unpacked; False where that is an error."""
    for slot, kind in conversions:
        value = values[slot]
        if kind == "boolean":
            values[slot] = value != 0
        elif kind == "hex":
            values[slot] = value.hex()
        elif kind == "string":
            try:
                values[slot] = text_of(value, refuse_bad_utf8)
            except ValueError:
                return False
        elif value - value != 0:
            return False  # not finite, or too large for a board's floats
        elif kind == "float":
            values[slot] = shortest_double(value)
    return True
