"""SenML's records, as JSON and CBOR share them: names, base names and times (RFC 8428, 4).

    raw = Raw(base_name="/3/0/", name="9", number=95)
    resolve((3, 0), [raw], types)                      # [Record((3, 0, 9), 95)]

What a record holds is one value; units, sums and update times are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nce_sim.wire.lwm2m.record import (
    LwM2mMistake,
    Path,
    Record,
    Types,
    Value,
    check_below,
    parse_path,
    path_text,
)
from nce_sim.wire.lwm2m.values import (
    of_base64,
    of_boolean,
    of_link,
    of_number,
    of_octets,
    of_text,
)

# "the default value of this field is 10" (RFC 8428, 4.4); a higher one is another SenML.
VERSION = 10


@dataclass(slots=True)
class Raw:
    """A record as it was written; its members have the types that SenML gives them."""

    base_name: str | None = None
    base_time: int | float | None = None
    base_value: int | float | None = None
    base_version: int | float | None = None
    name: str | None = None
    time: int | float | None = None
    number: int | float | None = None
    text: str | None = None
    boolean: bool | None = None
    octets: bytes | str | None = None  # a text is base64
    link: str | None = None

    @property
    def values(self) -> int:
        """How many values it has."""
        held = (self.number, self.text, self.boolean, self.octets, self.link)
        return sum(value is not None for value in held)

    @property
    def is_base_alone(self) -> bool:
        """Whether it only sets base values for those that follow."""
        bases = (self.base_name, self.base_time, self.base_value, self.base_version)
        return self.name is None and not self.values and any(b is not None for b in bases)


def resolve(base: Path, raws: Iterable[Raw], types: Types) -> list[Record]:
    """The values of a pack within `base`."""
    records = []
    for path, time, base_value, raw in _named(raws):
        if raw.is_base_alone:
            continue
        check_below(path, base)
        if raw.values != 1:
            raise LwM2mMistake(f"{path_text(path)} has {raw.values} values; a record has one")
        if len(path) < 3:
            raise LwM2mMistake(f"{path_text(path)} is no resource and has a value")
        records.append(Record(path, _value(raw, base_value, types, path), time))
    return records


def resolve_paths(raws: Iterable[Raw]) -> list[Path]:
    """The paths that a composite asks for: records without values."""
    paths = []
    for path, _, _, raw in _named(raws):
        if raw.values:
            raise LwM2mMistake(f"{path_text(path)} has a value in a request that only asks")
        paths.append(path)
    if not paths:
        raise LwM2mMistake("the request asks for nothing; name a path")
    return paths


def _named(
    raws: Iterable[Raw],
) -> Iterator[tuple[Path, int | float | None, int | float, Raw]]:
    base_name = ""
    base_time: int | float | None = None
    base_value: int | float = 0
    for raw in raws:
        if raw.base_version is not None and raw.base_version > VERSION:
            raise LwM2mMistake(f"bver is {raw.base_version}; {VERSION} is what is known here")
        base_name = base_name if raw.base_name is None else raw.base_name
        base_time = base_time if raw.base_time is None else raw.base_time
        base_value = base_value if raw.base_value is None else raw.base_value
        name = base_name + (raw.name or "")
        if raw.is_base_alone:
            name = name.rstrip("/") or "/"
        path = parse_path(name)
        if base_time is None and raw.time is None:
            yield path, None, base_value, raw
        else:
            yield path, (base_time or 0) + (raw.time or 0), base_value, raw


def _value(raw: Raw, base_value: int | float, types: Types, path: Path) -> Value:
    kind = types(path)
    if raw.number is not None:
        return of_number(raw.number + base_value, kind, path)
    if raw.text is not None:
        return of_text(raw.text, kind, path)
    if raw.boolean is not None:
        return of_boolean(raw.boolean, kind, path)
    if raw.octets is not None:
        octets = of_base64(raw.octets, path) if isinstance(raw.octets, str) else raw.octets
        return of_octets(octets, kind, path)
    assert raw.link is not None
    return of_text(raw.link, kind, path) if kind else of_link(raw.link, path)


def split(base: Path, path: Path) -> tuple[str, str]:
    """The base name and the name of a record, as a pack about `base` has them."""
    check_below(path, base)
    if path == base:
        return path_text(path), ""
    if not base:
        return "", path_text(path)
    return path_text(base) + "/", "/".join(map(str, path[len(base) :]))
