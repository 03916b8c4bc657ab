"""Draws the house as it stands: rooms, arrows between them, circles; from the import graph.

    python tools/house.py                # packages, and the rooms of nce_sim, as text

An arrow is an import. Circles are looked for among what is imported at run time, module by module:
imports under TYPE_CHECKING are left out there, and counted in the arrows. The floors that no arrow
may climb are a contract in pyproject.toml, which `make check` keeps.
"""

from __future__ import annotations

from collections import Counter

import grimp

PACKAGES = ("nce", "nce_bcl", "nce_modem", "nce_sim", "nce_cli")


def room_of(module: str) -> str:
    """The room a module is in: of nce_sim the folder or module below it, else the package."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "nce_sim" else parts[0]


def arrows(graph: grimp.ImportGraph) -> Counter[tuple[str, str]]:
    """How many imports lead from one room to another."""
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = room_of(module), room_of(imported)
            if pair[0] != pair[1]:
                found[pair] += 1
    return found


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Groups of modules that import each other, however far round (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if imported not in order:
                visit(imported)
            if imported in stack:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in order:
            visit(module)
    return found


def main() -> None:
    """Print it."""
    graph = grimp.build_graph(*PACKAGES)
    by_room: dict[str, list[str]] = {}
    for (room, other), count in sorted(arrows(graph).items()):
        by_room.setdefault(room, []).append(f"{other} ({count})")
    for room, others in by_room.items():
        print(f"{room:<28} -> {', '.join(others)}")
    found = circles(grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True))
    print(f"\n{len(graph.modules)} modules, {len(found)} circles at run time")
    for group in found:
        print("  circle:", " ".join(group))


if __name__ == "__main__":
    main()
