"""The modules that a board needs for its configuration, by the imports of the sources.

needed = needed_sources(files, Wanted("coap", "blueprints.status_codec"))

The imports are those of `imports`. Modules that are found by name, such as the families of modems,
stand in a text of the module that loads them: where a module calls `__import__` or `load`, the
words of its texts that are modules beside it, or beside the one that has `load`, count as well.
That is too much rather than too little. What a family loads for TCP is left out: a program of
one's own that opens streams needs a whole build.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nce_sim.firmware.imports import (
    FAMILIES,
    LOADERS,
    imported,
    loader_called,
    name_of,
    nodes,
    origin,
    package_of,
)
from nce_sim.firmware.tree import TreeFailed

STARTS = ("boot", "main", "config", "readings", "board")
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
    modules = {name_of(path): path for path in sources if path.suffix == ".py"}
    analysis = _Analysis({name: sources[path] for name, path in modules.items()}, wanted)
    reached = analysis.reached()
    needed = {modules[name] for name in reached}
    texts = {text for name in reached for text in analysis.texts(name)}
    needed.update(path for path in sources if path.suffix != ".py" and path.name in texts)
    if not wanted.is_codec:
        needed.update(path for path in sources if path.as_posix() == wanted.template)
    return {path: source for path, source in sources.items() if path in needed}


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
        for node in nodes(self._tree(name)):
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

    def _named_in(self, name: str, tops: Iterable[ast.stmt]) -> Iterator[str]:
        everything = list(nodes(*tops))
        package = package_of(name, self._modules[name])
        for node in everything:
            yield from (module for module in imported(node, package) if module in self._modules)
            if isinstance(node, ast.ImportFrom):
                yield from self._lazily(origin(node, package), node)
        if any(loader_called(node) for node in everything):
            yield from self._in_texts(name, everything)
            # Names of modules beside the loader itself, where that is another module's.
            for node in everything:
                if isinstance(node, ast.ImportFrom) and _imports_loader(node):
                    yield from self._in_texts(origin(node, package), everything)

    def _lazily(self, module: str, node: ast.ImportFrom) -> Iterator[str]:
        """What the module's `__getattr__` loads for a name that it has not."""
        names = {alias.name for alias in node.names}
        names = {name for name in names if f"{module}.{name}" not in self._modules}
        if module in self._modules and names - _defined(self._tree(module)):
            lazy = [top for top in self._tree(module).body if _is_lazy(top)]
            yield from self._named_in(module, lazy)
            if lazy:
                yield from self._in_texts(module, nodes(self._tree(module)))

    def _in_texts(self, name: str, everything: Iterable[ast.AST]) -> Iterator[str]:
        """The modules that texts name, whole or beside the module `name`."""
        folder = package_of(name, self._modules[name])
        for node in everything:
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


def _imports_loader(node: ast.ImportFrom) -> bool:
    return any(alias.name in LOADERS for alias in node.names)


def _defined(tree: ast.Module) -> set[str]:
    """The names that a module has after its import."""
    names: set[str] = set()
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(top.name)
            continue
        for node in nodes(top):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names.update(alias.asname or alias.name for alias in node.names)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names
