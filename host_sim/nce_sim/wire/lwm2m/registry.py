"""OMA's registry: objects, their resources and types, by version (LwM2M Core 1.1, annex D).

    registry.definition(3, "1.0").resources[9].name     # "Battery Level"
    registry.resource(3303, 5700).kind                  # Kind.FLOAT
    registry.types((3303, 0, 5700))                     # the same, as the codecs ask for it
    registry.read(Path("33605.xml").read_bytes())       # a definition of one's own

The files lie in `definitions`, one per object and version; an object is read when it is asked for.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from nce_sim.wire.lwm2m.record import Kind, LwM2mMistake, Path

_MOST_OCTETS = 1 << 20
# Before versions were written into the files (LwM2M 1.0).
_FIRST_VERSION = "1.0"


@dataclass(frozen=True)
class Resource:
    """A resource of an object; `kind` is None for what can only be executed."""

    number: int
    name: str
    kind: Kind | None
    operations: str
    is_multiple: bool
    is_mandatory: bool
    units: str

    @property
    def is_readable(self) -> bool:
        return "R" in self.operations

    @property
    def is_writable(self) -> bool:
        return "W" in self.operations

    @property
    def is_executable(self) -> bool:
        return "E" in self.operations


@dataclass(frozen=True)
class Definition:
    """An object in one version."""

    number: int
    version: str
    name: str
    is_multiple: bool
    is_mandatory: bool
    resources: Mapping[int, Resource]


class _Builder(ET.TreeBuilder):
    """Refuses a document type: with it come entities, which no definition has."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise LwM2mMistake(f"the definition declares a document type, {name!r}; remove it")


def objects() -> tuple[int, ...]:
    """The objects that have a definition here."""
    return tuple(sorted(_versions()))


def versions(object_number: int) -> tuple[str, ...]:
    """The versions of an object, the newest last; empty for an unknown object."""
    return _versions().get(object_number, ())


def definition(object_number: int, version: str | None = None) -> Definition | None:
    """An object; the newest version where none is told or it is not here."""
    known = versions(object_number)
    if not known:
        return None
    return _load(object_number, version if version in known else known[-1])


def resource(object_number: int, number: int, version: str | None = None) -> Resource | None:
    """A resource of an object; None for an unknown one."""
    found = definition(object_number, version)
    return found.resources.get(number) if found else None


def types(path: Path) -> Kind | None:
    """The type of a resource or resource instance: it is the same in all versions."""
    found = resource(path[0], path[2]) if len(path) > 2 else None
    return found.kind if found else None


@cache
def _versions() -> Mapping[int, tuple[str, ...]]:
    found: dict[int, list[tuple[int, ...]]] = {}
    for entry in (files(__package__) / "definitions").iterdir():
        name, dot, suffix = entry.name.partition(".")
        if dot and suffix == "xml":
            number, _, version = name.partition("-")
            found.setdefault(int(number), []).append(tuple(map(int, version.split("_"))))
    return {
        number: tuple(".".join(map(str, version)) for version in sorted(known))
        for number, known in found.items()
    }


@cache
def _load(object_number: int, version: str) -> Definition:
    name = f"{object_number}-{version.replace('.', '_')}.xml"
    return read((files(__package__) / "definitions" / name).read_bytes())


def read(data: bytes) -> Definition:
    """A definition of the registry's schema; LwM2mMistake says what is wrong with it."""
    if len(data) > _MOST_OCTETS:
        raise LwM2mMistake(f"the definition has {len(data)} octets, at most {_MOST_OCTETS}")
    try:
        root = ET.fromstring(data, ET.XMLParser(target=_Builder()))
    except ET.ParseError as error:
        raise LwM2mMistake(f"the definition is no XML: {error}") from None
    element = root.find("Object")
    if element is None:
        raise LwM2mMistake(f"the definition's root is {root.tag!r} and has no Object")
    found = {}
    for item in element.iterfind("Resources/Item"):
        resource = _resource(item)
        found[resource.number] = resource
    return Definition(
        _number(_text(element, "ObjectID"), "ObjectID"),
        _text(element, "ObjectVersion", _FIRST_VERSION) or _FIRST_VERSION,
        _text(element, "Name"),
        _text(element, "MultipleInstances") == "Multiple",
        _text(element, "Mandatory") == "Mandatory",
        MappingProxyType(found),
    )


def _resource(item: ET.Element) -> Resource:
    number = _number(item.get("ID", ""), "Item")
    written = _text(item, "Type", "")
    try:
        kind = Kind(written) if written else None
    except ValueError:
        known = ", ".join(kind.value for kind in Kind)
        raise LwM2mMistake(
            f"resource {number} has the type {written!r}; known are {known}"
        ) from None
    return Resource(
        number,
        _text(item, "Name"),
        kind,
        _text(item, "Operations", ""),
        _text(item, "MultipleInstances") == "Multiple",
        _text(item, "Mandatory") == "Mandatory",
        _text(item, "Units", ""),
    )


def _text(element: ET.Element, tag: str, default: str | None = None) -> str:
    text = element.findtext(tag, default)
    if text is None:
        raise LwM2mMistake(f"{element.tag} {element.get('ID', '')} has no {tag}")
    return text.strip()


def _number(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 0xFFFF:
        raise LwM2mMistake(f"{where} is {text[:60]!r}, not a number up to 65535")
    return int(text)
