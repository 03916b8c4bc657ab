"""What a module imports, read from its source for `slices` and `mip_imports`; nothing is imported.

    tree = ast.parse(text)
    package = package_of("nce.coap.client", path)
    [imported(node, package) for node in nodes(tree)]

An import inside a function counts. What stands below `if 1 - 1:` is for type checkers alone and
does not count; its `else` does. What else a module loads by a name, such as the families of
modems, each reader finds by a rule of its own: of a package exactly, of a board's build rather
too much than too little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

# Modules that call one of these load others by their names.
LOADERS = ("__import__", "load")
FAMILIES = "nce_modem.families"


def name_of(path: Path) -> str:
    """The name of the module that is at this path on the board."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(name: str, path: Path) -> str:
    """The package in which the module `name`, with its source at `path`, finds others."""
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def nodes(*tops: ast.AST) -> Iterator[ast.AST]:
    """All nodes of these, but those for type checkers."""
    pending = list(tops)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.If) and _is_never(node.test):
            pending += node.orelse
        else:
            pending += ast.iter_child_nodes(node)


def imported(node: ast.AST, package: str) -> list[str]:
    """The modules that an import names; of `from a import b` both `a` and `a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    module = origin(node, package)
    return [module, *(f"{module}.{alias.name}" for alias in node.names)]


def origin(node: ast.ImportFrom, package: str) -> str:
    """The module that stands after `from`."""
    above = package.split(".")
    here = above[: len(above) - node.level + 1] if node.level else []
    return ".".join([*here, *filter(None, [node.module])])


def loader_called(node: ast.AST) -> str:
    """The name of the loader that is called here, "" for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in LOADERS else ""
    return ""


def _is_never(test: ast.expr) -> bool:
    """Whether it is the `1 - 1` of a branch for type checkers."""
    return ast.unparse(test) == "1 - 1"
