"""The modules that a board needs for its configuration, by the imports of the sources.

needed = needed_sources(files, Wanted("coap", "blueprints.status_codec"))

Every `import` counts, also a late one; the branches for type checkers (`if 1 - 1`) do not. Modules
that are found by name, such as the families of modems, stand in a text of the module that loads
them: where a module calls `__import__` or `load`, the words of its texts that are modules beside
it, or beside the one that has `load`, count as well. That is too much rather than too little. What
a family loads for TCP is left out: a program of one's own that opens streams needs a whole build.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nce_sim.firmware.tree import TreeFailed

STARTS = ("boot", "main", "config", "readings", "board")
# Modules that call one of these load others by their names.
LOADERS = {"__import__", "load"}
FAMILIES = "nce_modem.families"
# It reads templates with the whole package, and codecs without.
RECORD_TEMPLATE = "record_template"
TEMPLATES = "nce_bcl"
_WORDS = re.compile(r"[\w.,: ]+")
_NAME = re.compile(r"\w+(?:\.\w+)*")


@dataclass(frozen=True)
class Wanted:
    """What the configuration needs beyond the imports: names of `config.py`, as they stand there.

    family: "ask" for all of them.
    """

    blueprint: str
    template: str | None
    family: str = "ask"

    @property
    def is_codec(self) -> bool:
        """Whether the template is a compiled codec, or none at all."""
        return self.template is None or not self.template.endswith(".json")


def needed_sources(sources: Mapping[Path, Path], wanted: Wanted) -> dict[Path, Path]:
    """The entries of `sources` (path on the board -> source) that `wanted` needs.

    A file that is no module comes along where a text of a needed module is its name, and so does
    the template.
    """
    modules = {_name_of(path): path for path in sources if path.suffix == ".py"}
    analysis = _Analysis({name: sources[path] for name, path in modules.items()}, wanted)
    reached = analysis.reached()
    needed = {modules[name] for name in reached}
    texts = {text for name in reached for text in analysis.texts(name)}
    needed.update(path for path in sources if path.suffix != ".py" and path.name in texts)
    if not wanted.is_codec:
        needed.update(path for path in sources if path.as_posix() == wanted.template)
    return {path: source for path, source in sources.items() if path in needed}


def _name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _Analysis:
    def __init__(self, modules: Mapping[str, Path], wanted: Wanted) -> None:
        self._modules = modules
        self._wanted = wanted
        self._trees: dict[str, ast.Module] = {}

    def reached(self) -> set[str]:
        """The modules that are reached from the start."""
        starts = [*STARTS, f"rounds.{self._wanted.blueprint}"]
        if self._wanted.is_codec and self._wanted.template is not None:
            starts.append(self._wanted.template)
        found: set[str] = set()
        waiting = [name for start in starts for name in self._with_parents(start)]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            waiting.extend(self._imports(name) - found)
        return found

    def texts(self, name: str) -> Iterator[str]:
        """The texts of a module."""
        for node in _walk(self._tree(name)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    def _with_parents(self, name: str) -> Iterator[str]:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            parent = ".".join(parts[:count])
            if parent in self._modules:
                yield parent

    def _tree(self, name: str) -> ast.Module:
        if name not in self._trees:
            source = self._modules[name]
            try:
                self._trees[name] = ast.parse(source.read_bytes())
            except (SyntaxError, ValueError) as error:
                raise TreeFailed(f"{source} does not compile: {error}") from None
        return self._trees[name]

    def _imports(self, name: str) -> set[str]:
        tree = self._tree(name)
        wanted = set(self._named_in(name, [node for node in tree.body if not _is_lazy(node)]))
        if name == RECORD_TEMPLATE and self._wanted.is_codec:
            wanted -= {TEMPLATES}
        return {module for each in wanted for module in self._with_parents(each)}

    def _named_in(self, name: str, nodes: Iterable[ast.stmt]) -> Iterator[str]:
        everything = [node for top in nodes for node in _walk(top)]
        for node in everything:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(name, node)
                for alias in node.names:
                    yield from self._of_name(origin, alias.name)
        if any(_calls_loader(node) for node in everything):
            yield from self._in_texts(name, everything)
            # Names of modules beside the loader itself, where that is another module's.
            for node in everything:
                if isinstance(node, ast.ImportFrom) and _imports_loader(node):
                    yield from self._in_texts(self._origin(name, node), everything)

    def _origin(self, name: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = self._modules[name].name == "__init__.py"
        parts = name.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join(parts + ([node.module] if node.module else []))

    def _of_name(self, origin: str, name: str) -> Iterator[str]:
        """What `from origin import name` loads."""
        yield origin
        if f"{origin}.{name}" in self._modules:
            yield f"{origin}.{name}"
        elif origin in self._modules and name not in _defined(self._tree(origin)):
            lazy = [node for node in self._tree(origin).body if _is_lazy(node)]
            yield from self._named_in(origin, lazy)
            if lazy:
                yield from self._in_texts(origin, _walk(self._tree(origin)))

    def _in_texts(self, name: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
        """The modules that texts name, whole or beside the module `name`."""
        is_package = self._modules[name].name == "__init__.py"
        folder = name if is_package else name.rpartition(".")[0]
        for node in nodes:
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if _WORDS.fullmatch(node.value):
                for word in _NAME.findall(self._of_family(name, node.value)):
                    for module in (word, f"{folder}.{word}" if folder else word):
                        if "." in module and module in self._modules:
                            yield module

    def _of_family(self, name: str, text: str) -> str:
        """Of the list of all families the one that is wanted."""
        family = self._wanted.family.upper().replace("-", "_")
        rows = [row for row in text.split(",") if family in row.partition(":")[2].split(" ")]
        return rows[0] if name == FAMILIES and rows else text


def _is_lazy(node: ast.stmt) -> bool:
    """A module's `__getattr__`: what it imports is loaded when a name is asked for."""
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"


def _walk(node: ast.AST) -> list[ast.AST]:
    """All nodes below, without branches for type checkers."""
    found: list[ast.AST] = []
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and _is_never(node.test):
            continue
        found.append(node)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _is_never(test: ast.expr) -> bool:
    """Whether it is the `1 - 1` of a branch for type checkers."""
    return (
        isinstance(test, ast.BinOp)
        and isinstance(test.op, ast.Sub)
        and isinstance(test.left, ast.Constant)
        and isinstance(test.right, ast.Constant)
        and test.left.value == test.right.value
    )


def _imports_loader(node: ast.ImportFrom) -> bool:
    return any(alias.name in LOADERS for alias in node.names)


def _calls_loader(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOADERS
    )


def _defined(tree: ast.Module) -> set[str]:
    """The names that a module has after its import."""
    names: set[str] = set()
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(top.name)
            continue
        for node in _walk(top):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names.update(alias.asname or alias.name for alias in node.names)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names
