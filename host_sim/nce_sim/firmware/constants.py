"""Constants of one portable module that others use, folded into these before they are compiled.

    constants = Constants({"nce.coap.codes": source, ...})
    text = constants.folded("nce.lwm2m.engine")

MicroPython's compiler folds `_X = const(1)` within its module. A name that other modules import it
keeps, and each of them takes a slot for it and an entry in its table of names; the module that
defines it has to be loaded, too. Here `from nce.coap.codes import CHANGED` and `codes.CHANGED`
become 0x44 where they are used, and an import that nothing needs then goes. The definition stays,
for programs that are not compiled with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# Beyond, a number is an object on a board whose words have 32 bits.
_SMALL = 1 << 30
_MOST_HOPS = 8  # from an import to the definition


@dataclass
class _Module:
    tree: ast.Module
    constants: dict[str, int] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # own name -> where from
    late: list[str] = field(default_factory=list)  # has their names, too: see `nce.coap.codes`
    bound: set[str] = field(default_factory=set)  # by anything but an import


class Constants:
    """What the modules of a tree define, by the names at which they are imported."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._modules = {name: _read(text) for name, text in sources.items()}

    def value(self, module: str, name: str, hops: int = 0) -> int | None:
        """The number that a name of a module always is, or None."""
        found = self._modules.get(module)
        if found is None or hops > _MOST_HOPS:
            return None
        if name in found.constants:
            return found.constants[name]
        if name in found.bound:
            return None
        origins = [found.imported[name]] if name in found.imported else []
        for origin in origins or [(late, name) for late in found.late]:
            if (value := self.value(*origin, hops + 1)) is not None:
                return value
        return None

    def folded(self, module: str) -> str:
        """The source of a module with the constants in it."""
        found = self._modules[module]
        names = dict(found.constants)
        modules = {}
        for name, (where, own) in found.imported.items():
            if name in found.bound:
                continue
            if (value := self.value(where, own)) is not None:
                names[name] = value
            elif f"{where}.{own}" in self._modules:
                modules[name] = f"{where}.{own}"
        folding = _Folding(names, modules, self)
        tree = folding.visit(ast.parse(ast.unparse(found.tree)))
        left = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        # `const` itself is for CPython alone.
        unneeded = {name for name in folding.folded | {"const"} if name not in left - {"const"}}
        return ast.unparse(ast.fix_missing_locations(_Imports(unneeded).visit(tree)))


def _read(text: str) -> _Module:
    found = _Module(ast.parse(text))
    bound = list(_bound(found.tree))
    for node in found.tree.body:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id.isupper() and bound.count(target.id) == 1:
            number = _number(node.value)
            if number is not None:
                found.constants[target.id] = number
    found.bound = set(bound)
    for node in ast.walk(found.tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                if one.name == "*":
                    found.late.append(node.module)
                    continue
                name, origin = one.asname or one.name, (node.module, one.name)
                if found.imported.setdefault(name, origin) != origin:
                    found.bound.add(name)  # one name for two things
    return found


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _number(node: ast.expr) -> int | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
        node = node.args[0]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number(node.operand)
        return None if number is None else -number
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value < _SMALL:
        return node.value
    return None


class _Folding(ast.NodeTransformer):
    def __init__(
        self, names: Mapping[str, int], modules: Mapping[str, str], constants: Constants
    ) -> None:
        self._names, self._modules, self._constants = names, modules, constants
        self.folded: set[str] = set()

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id not in self._names:
            return node
        self.folded.add(node.id)
        return ast.Constant(self._names[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            value = self._constants.value(self._modules[node.value.id], node.attr)
            if value is not None and isinstance(node.ctx, ast.Load):
                self.folded.add(node.value.id)
                return ast.Constant(value)
        self.generic_visit(node)
        return node


class _Imports(ast.NodeTransformer):
    """Takes imports of names out."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        node.names = [one for one in node.names if (one.asname or one.name) not in self._names]
        return node if node.names else ast.Pass()
