"""Reads the definition of an LwM2M object, as OMA's registry has it: XML by LWM2M-v1_1.xsd.

    definition = read_definition(path.read_bytes())     # DefinitionError says what is wrong
    definition.number, definition.version, definition.resources[0].kind     # 3303, "1.1", "FLOAT"

The file may come from anybody: its size and depth are bounded, and a document type is refused, as
that alone declares entities (XML 1.0, 4.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MOST_BYTES = 1_000_000
MOST_DEPTH = 8  # an item's field is at depth 5
MOST_RESOURCES = 1_000
LARGEST_ID = 65_534  # 65535 is no id (Core 1.1.1, 7.3.1)

# The registry's types -> the names in `nce.lwm2m.kinds`; an executable resource has none.
KINDS = {
    "string": "STRING",
    "integer": "INTEGER",
    "unsigned integer": "UNSIGNED",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "opaque": "OPAQUE",
    "time": "TIME",
    "objlnk": "OBJECT_LINK",
    "corelnk": "CORE_LINK",
}
# The registry's operations -> names in `nce.lwm2m.model`.
OPERATIONS = {"": "", "R": "READ", "W": "WRITE", "RW": "READ | WRITE", "E": "EXECUTE"}


class DefinitionError(ValueError):
    """The file is no definition of an object; the message says where and why."""


@dataclass(frozen=True)
class ResourceRow:
    """A resource: `kind` and `operations` are names, as above; "" for none."""

    number: int
    name: str
    kind: str
    operations: str
    is_multiple: bool
    is_mandatory: bool


@dataclass(frozen=True)
class ObjectDefinition:
    """An object, with its resources in the order of their numbers."""

    number: int
    name: str
    version: str
    is_multiple: bool
    resources: tuple[ResourceRow, ...]


def read_definition(data: bytes) -> ObjectDefinition:
    """The definition in a file; `DefinitionError` when it has none."""
    if len(data) > MOST_BYTES:
        raise DefinitionError(f"the file has {len(data)} bytes; a definition has {MOST_BYTES}")
    root = _parsed(data)
    found = [root] if root.tag == "Object" else root.findall("Object")
    if len(found) != 1:
        raise DefinitionError(
            f"<{root.tag}> has {len(found)} elements <Object>; give a file of OMA's registry, "
            "which defines one"
        )
    (one,) = found
    number = _number(_text(one, "ObjectID", "the object"), "ObjectID")
    items = one.findall("Resources/Item")
    if not 0 < len(items) <= MOST_RESOURCES:
        raise DefinitionError(f"object {number} has {len(items)} resources, not 1 to 1000")
    rows = sorted((_row(item) for item in items), key=lambda row: row.number)
    for row, after in pairwise(rows):
        if row.number == after.number:
            raise DefinitionError(f"resource {row.number} is there twice")
    return ObjectDefinition(
        number,
        _text(one, "Name", "the object"),
        _version(one),
        _choice(one, "MultipleInstances", "the object", "Multiple", "Single"),
        tuple(rows),
    )


def _parsed(data: bytes) -> Element:
    builder, depth = TreeBuilder(), 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise DefinitionError(f"elements are nested deeper than {MOST_DEPTH}: <{tag[:40]}>")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: Any) -> NoReturn:
        raise DefinitionError("the file declares a document type, which a definition never does")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DefinitionError(f"this is no XML: {error}") from error
    root: Element = builder.close()
    return root


def _row(item: Element) -> ResourceRow:
    number = _number(item.get("ID", ""), "the ID of an <Item>")
    where = f"resource {number}"
    operations = _text(item, "Operations", where, may_be_empty=True).upper()
    if operations not in OPERATIONS:
        raise DefinitionError(
            f"{where}: Operations is {operations[:40]!r}, not R, W, RW, E or none"
        )
    kind = _text(item, "Type", where, may_be_empty=True).lower()
    is_executable = operations == "E"
    if kind not in KINDS and not (is_executable and kind in ("", "none")):
        raise DefinitionError(f"{where}: Type is {kind[:40]!r}, not one of {', '.join(KINDS)}")
    return ResourceRow(
        number,
        _text(item, "Name", where),
        "" if is_executable else KINDS[kind],
        OPERATIONS[operations],
        _choice(item, "MultipleInstances", where, "Multiple", "Single"),
        _choice(item, "Mandatory", where, "Mandatory", "Optional"),
    )


def _text(parent: Element, tag: str, where: str, may_be_empty: bool = False) -> str:
    """The text of a field, its white space made single."""
    found = parent.find(tag)
    text = "" if found is None else " ".join((found.text or "").split())
    if not text and not may_be_empty:
        raise DefinitionError(f"{where} has no <{tag}>")
    return text


def _number(text: str, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > LARGEST_ID:
        raise DefinitionError(f"{what} is {text[:40]!r}, not a number from 0 to {LARGEST_ID}")
    return int(text)


def _choice(parent: Element, tag: str, where: str, yes: str, no: str) -> bool:
    text = _text(parent, tag, where)
    if text not in (yes, no):
        raise DefinitionError(f"{where}: {tag} is {text[:40]!r}, not {yes} or {no}")
    return text == yes


def _version(one: Element) -> str:
    """Of ObjectVersion; the registry's oldest files leave it out, and are 1.0."""
    text = _text(one, "ObjectVersion", "the object", may_be_empty=True) or "1.0"
    if not re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", text):
        raise DefinitionError(f"ObjectVersion is {text[:40]!r}, not such as 1.0")
    return text
