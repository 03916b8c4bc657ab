"""How one asset of example records is sent: its type and its length in bytes.

kind = kind_of("heat", [21, -3], location=None, head_room=0.25)   # int, 1 byte
kind.selector(byte=4)                                             # {"byte": 4, "type": "int"}
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack

from nce_bcl import Template
from nce_sim.templates.samples import SampleError, Scalar

_FEWEST_HEX = 8  # digits, below which text of digits is taken for text

_SINGLE = Template(
    {"sense": [{"asset": "v", "value": {"byte": 0, "bytelength": 4, "type": "float"}}]}
)

Json = dict[str, object]


class DesignError(ValueError):
    """No template can carry these records unchanged."""


@dataclass(frozen=True)
class Kind:
    """How one asset of one shape is sent; `length` is None for text of several lengths."""

    asset: str
    type: str
    length: int | None
    custom_type: str | None = None
    constant: str | None = None
    values: tuple[str, ...] = ()

    def selector(self, byte: int) -> Json:
        """The payload selector of a field that starts at `byte`."""
        selector: Json = {"byte": byte}
        if self.length is None:
            selector["endbyte"] = 0
        elif self.length > 1:
            selector["bytelength"] = self.length
        selector["type"] = self.type
        return selector


def kind_of(asset: str, values: list[Scalar], location: str | None, head_room: float) -> Kind:
    """The kind that all values fit; `location` is a custom type, which settles it.

    DesignError when no type does, SampleError for a value out of range.
    """
    if location is not None:
        return Kind(asset, "float", 8, location)
    if all(isinstance(value, bool) for value in values):
        return Kind(asset, "boolean", 1)
    if all(isinstance(value, str) for value in values):
        return _text(asset, [str(value) for value in values])
    numbers = [value for value in values if not isinstance(value, (bool, str))]
    if len(numbers) < len(values):
        raise DesignError(
            f"{asset} is of several types in records of one shape; a field has one type. Give "
            "each type an asset of its own"
        )
    integers = [value for value in numbers if isinstance(value, int)]
    if len(integers) == len(numbers):
        return _integer(asset, integers, head_room)
    for value in integers:
        if value != float(value):
            raise SampleError(f"{asset}: {value} beside fractions is no exact float")
    is_single = all(_fits_single(value) for value in numbers)
    return Kind(asset, "float", 4 if is_single else 8)


def _fits_single(value: float) -> bool:
    """True when the platform shows these very decimals for a float of 4 bytes."""
    try:
        return bool(_SINGLE.decode(pack(">f", value))["v"] == value)
    except OverflowError:
        return False


def _integer(asset: str, values: list[int], head_room: float) -> Kind:
    lowest, highest = min(values), max(values)
    wanted = (_grown(lowest, head_room), _grown(highest, head_room))
    for low, high in (wanted, (lowest, highest)):
        for length in (1, 2, 4, 8):
            bits = length * 8
            if low >= 0 and high < 1 << bits:
                return Kind(asset, "uint", length)
            if low < 0 and low >= -(1 << bits - 1) and high < 1 << bits - 1:
                return Kind(asset, "int", length)
    raise SampleError(f"{asset}: {lowest}..{highest} is beyond 64 bits; send it as text")


def _grown(value: int, head_room: float) -> int:
    return value + int(value * head_room)


def _text(asset: str, values: list[str]) -> Kind:
    try:
        lengths = {len(value.encode()) for value in values}
    except UnicodeEncodeError as error:
        raise SampleError(f"{asset}: a lone surrogate, which UTF-8 cannot carry") from error
    if len(lengths) == 1 and 0 not in lengths:
        (length,) = lengths
        if length >= _FEWEST_HEX and length % 2 == 0 and all(map(_is_hex, values)):
            return Kind(asset, "hex", length // 2)
        return Kind(asset, "string", length)
    return Kind(asset, "string", None)


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
