"""Writes the table of an LwM2M object as a module for `nce.lwm2m.model`.

    source = module_of(object_xml.read_definition(data))

Names of resources stand as comments: they take no heap of a board.
"""

from __future__ import annotations

from nce_cli.object_xml import ObjectDefinition, ResourceRow

LINE = 99
# Names that the modules import, in the order that isort likes.
KINDS = (
    "BOOLEAN", "CORE_LINK", "FLOAT", "INTEGER", "OBJECT_LINK", "OPAQUE", "STRING", "TIME",
    "UNSIGNED",
)  # fmt: skip
OPERATIONS = ("EXECUTE", "READ", "WRITE")


def module_of(definition: ObjectDefinition) -> str:
    """The source of the module; the same definition gives the same text."""
    rows = definition.resources
    kinds = [name for name in KINDS if any(row.kind == name for row in rows)]
    operations = [
        name for name in OPERATIONS if any(name in row.operations.split(" | ") for row in rows)
    ]
    if any(not row.kind for row in rows):
        operations.insert(0, "EXECUTABLE")
    lines = [
        f'"""LwM2M object {definition.number}, {_shown(definition.name)[:40]} '
        f'{definition.version}: its table, made by `nce lwm2m object`."""',
        "",
    ]
    if kinds:
        lines.append(f"from nce.lwm2m.kinds import {', '.join(kinds)}")
    lines += [
        f"from nce.lwm2m.model import {', '.join([*operations, 'Definition', 'Resource'])}",
        "",
        "DEFINITION = Definition(",
        f"    {definition.number},",
        f'    "{definition.version}",',
        f"    {definition.is_multiple},",
        "    (  # number, kind, operations, whether it is multiple, and mandatory",
        *map(_line, rows),
        "    ),",
        ")  # fmt: skip",
        "",
    ]
    return "\n".join(lines)


def _line(row: ResourceRow) -> str:
    head = (
        f"        Resource({row.number}, {row.kind or 'EXECUTABLE'}, {row.operations or '0'}, "
        f"{row.is_multiple}, {row.is_mandatory}),"
    )
    name = _shown(row.name)
    room = LINE - len(head) - 4
    return f"{head}  # {name if len(name) <= room else name[: room - 3] + '...'}"


def _shown(name: str) -> str:
    """A name of the file as text of a comment or docstring: nothing that could end either."""
    return "".join(c if c.isprintable() and c not in '"\\' else "_" for c in name)[:60]
