"""Which modules of the portable packages a module loads, at once or later; read from its source.

    modules = portable_modules(SOURCE_ROOT)
    closure(modules, ["nce.coap.client"])   # with all packages above them

The imports are those of `imports`. A module that is loaded by its name counts as well, in the
forms that the packages have (`_named_modules`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nce_sim.firmware.imports import (
    FAMILIES,
    imported,
    loader_called,
    name_of,
    nodes,
    package_of,
)
from nce_sim.firmware.tree import sources

PACKAGES = ("nce", "nce_bcl", "nce_modem")
# A family's module names its other modules by these words.
NAMING = ("stream", "tls", "ROOMS")
# These load whatever name they are handed; the names are found where they are written.
OPEN = ("nce.names", "nce_modem", FAMILIES, "nce_modem.gnss", "nce_modem.kept_modem",
        "nce_modem.secure_streams", "nce_modem.streams", "nce_modem.tls")  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One module: its file, the modules it loads, and the lines that load a name not read here."""

    path: Path
    source: Path
    loads: frozenset[str]
    unread: tuple[int, ...] = ()


def portable_modules(source_root: Path) -> dict[str, Module]:
    """Every module that a board may carry, by its name."""
    files = {
        name_of(path): (path, source)
        for path, source in sources(source_root, None).items()
        if path.suffix == ".py" and path.parts[0] in PACKAGES
    }
    return {
        name: module_of(name, path, source, source.read_text(encoding="utf-8"), files)
        for name, (path, source) in sorted(files.items())
    }


def module_of(name: str, path: Path, source: Path, text: str, known: Collection[str]) -> Module:
    """The module `name`, of which `text` is the source; of its imports, those that are `known`."""
    package = package_of(name, path)
    loads: set[str] = set()
    unread = []
    for node in nodes(ast.parse(text)):
        loads.update(imported(node, package))
        loads.update(_named_modules(node))
        if isinstance(node, ast.Call) and _loads_by_name(node) and name not in OPEN:
            unread.append(node.lineno)
    return Module(path, source, frozenset(loads.intersection(known) - {name}), tuple(unread))


def closure(modules: Mapping[str, Module], entries: Iterable[str]) -> frozenset[str]:
    """The modules that `entries` load, and theirs, with the packages that hold them."""
    found: set[str] = set()
    pending = list(entries)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += modules[name].loads
            if "." in name:
                pending.append(name.rpartition(".")[0])
    return frozenset(found)


def _named_modules(node: ast.AST) -> list[str]:
    """Modules that are loaded by a name in quotes, here or by whoever reads it here."""
    if isinstance(node, ast.Call) and loader_called(node) and node.args:
        prefix = FAMILIES + "." if loader_called(node) == "load" else ""
        return [prefix + text for text in _texts(node.args[0])]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    is_naming = isinstance(node, ast.keyword) and node.arg in NAMING
    is_naming |= any(isinstance(target, ast.Name) and target.id in NAMING for target in targets)
    value = getattr(node, "value", None)
    if not is_naming or value is None:
        return []
    return [f"{FAMILIES}.{text}" for text in _texts(value)]


def _loads_by_name(call: ast.Call) -> bool:
    """Whether the call loads a module whose name is not written there."""
    is_written = bool(call.args) and isinstance(call.args[0], ast.Constant)
    return bool(loader_called(call)) and not is_written


def _texts(value: ast.expr) -> list[str]:
    if isinstance(value, ast.Dict):
        return [text for one in value.values for text in _texts(one)]
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    return []
