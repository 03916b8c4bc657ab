"""Draws the house as it stands: rooms, arrows between them, circles; from the import graph.

    python tools/house.py                # packages, and the rooms of nce_sim, as text

An arrow is an import. Circles are counted among the imports that run, module by module: under
TYPE_CHECKING or `if 1 - 1:` they are for type checkers, and arrows alone. An import inside a
function runs late. A circle that only such an import closes loads without trouble, and saves heap
on a board: a rare part stays on flash until it is needed. The floors that no arrow may climb are a
contract in pyproject.toml, which `make check` keeps.
"""

from __future__ import annotations

import ast
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import grimp

PACKAGES = ("nce", "nce_bcl", "nce_modem", "nce_sim", "nce_cli")
FOR_CHECKERS = ("TYPE_CHECKING", "1 - 1")


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


def lines_that_run(module: str) -> tuple[set[int], set[int]]:
    """The lines of the imports that run while a module loads, and of those inside functions."""
    spec = find_spec(module)
    at_load: set[int] = set()
    late: set[int] = set()
    if spec is None or spec.origin is None:
        return at_load, late

    def visit(node: ast.AST, lines: set[int]) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            lines.add(node.lineno)
        elif isinstance(node, ast.If) and ast.unparse(node.test) in FOR_CHECKERS:
            for statement in node.orelse:
                visit(statement, lines)
        else:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                lines = late
            for child in ast.iter_child_nodes(node):
                visit(child, lines)

    visit(ast.parse(Path(spec.origin).read_text(encoding="utf-8")), at_load)
    return at_load, late


def imports_that_run(graph: grimp.ImportGraph, with_late: bool) -> dict[str, set[str]]:
    """What each module imports while it loads; `with_late` adds the imports inside functions."""
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        at_load, late = lines_that_run(module)
        lines = at_load | late if with_late else at_load
        found[module] = {
            imported
            for imported in graph.find_modules_directly_imported_by(module)
            for detail in graph.get_import_details(importer=module, imported=imported)
            if detail["line_number"] in lines
        }
    return found


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, however far round (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in sorted(imports[module]):
            if imported not in order:
                visit(imported)
            if imported in stack:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(imports):
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
    at_load = circles(imports_that_run(graph, with_late=False))
    late = circles(imports_that_run(graph, with_late=True))
    print(f"\n{len(graph.modules)} modules")
    print(f"circles while modules load: {len(at_load)}")
    for group in at_load:
        print("  circle:", " ".join(group))
    print(f"circles that only a late import closes: {len(late) - len(at_load)}")
    for group in late:
        if group not in at_load:
            print("  late:", " ".join(group))


if __name__ == "__main__":
    main()
