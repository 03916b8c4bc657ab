"""Constants of one portable module that others use, folded into these before they are compiled.

    constants = Constants({"nce.coap.codes": source, "nce.lwm2m.engine": source}, packages={"nce"})
    text = constants.folded("nce.lwm2m.engine")

MicroPython's compiler folds `_X = const(1)` within its module. A name that other modules import it
keeps, and each of them takes a slot for it and an entry in its table of names; the module that
defines it has to be loaded, too. Here `from nce.coap.codes import CHANGED` and `codes.CHANGED`
become 0x44 where they are used, and an import that nothing needs then goes. The definition stays,
for programs that are not compiled with it.

A constant is a name in capitals that a module of `packages` sets once, to a small integer, and
that no module of the tree sets again. Firmware beside the packages keeps its names: a
configuration takes the place of another one, and a program may set what a blueprint goes by.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

# Beyond, a number is an object on a board whose words have 32 bits.
_SMALL = 1 << 30
_MOST_HOPS = 8  # from an import to the definition


@dataclass
class _Module:
    text: str
    constants: dict[str, int] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # own name -> where from
    late: list[str] = field(default_factory=list)  # has their names, too: see `nce.coap.codes`
    bound: set[str | None] = field(default_factory=set)  # by anything but an import
    set_elsewhere: set[str] = field(default_factory=set)  # `module.NAME = ...`


class Constants:
    """What the modules of a tree define, by the names at which they are imported."""

    def __init__(self, sources: Mapping[str, str], packages: Collection[str]) -> None:
        self._packages = packages
        self._modules = {}
        for name, text in sources.items():
            try:
                self._modules[name] = _read(text)
            except SyntaxError:
                continue  # MicroPython's compiler says what is wrong with it
        changing = [found.set_elsewhere for found in self._modules.values()]
        self._changing = set().union(*changing)

    def value(self, module: str, name: str, hops: int = 0) -> int | None:
        """The number that a name of a module always is, or None."""
        found = self._modules.get(module)
        if found is None or hops > _MOST_HOPS or name in self._changing:
            return None
        if name in found.constants and self._is_fixed(module):
            return found.constants[name]
        if name in found.bound:
            return None
        origins = [found.imported[name]] if name in found.imported else []
        for origin in origins or [(late, name) for late in found.late]:
            if (value := self.value(*origin, hops + 1)) is not None:
                return value
        return None

    def depends_on(self, module: str) -> set[str]:
        """The modules whose constants may be in this one."""
        found = self._modules.get(module)
        if found is None:
            return set()
        names = {
            name for origin in found.imported.values() for name in (origin[0], ".".join(origin))
        }
        for name in list(names):
            names.update(self._modules[name].late if name in self._modules else ())
        return names

    def folded(self, module: str) -> str | None:
        """The source of a module with the constants in it, None when it stays as it is."""
        found = self._modules.get(module)
        if found is None:
            return None
        fixed = found.constants if self._is_fixed(module) else {}
        names = {name: fixed[name] for name in fixed if name not in self._changing}
        modules = {}
        for name, (where, own) in found.imported.items():
            if name in found.bound:
                continue
            if (value := self.value(where, own)) is not None:
                names[name] = value
            elif f"{where}.{own}" in self._modules:
                modules[name] = f"{where}.{own}"
        folding = _Folding(names, modules, self)
        tree = folding.visit(ast.parse(found.text))
        left = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        # `const` itself is for CPython alone: the compiler knows the word.
        gone = (folding.folded - left) | {"const"}
        return ast.unparse(ast.fix_missing_locations(_Imports(gone).visit(tree)))

    def _is_fixed(self, module: str) -> bool:
        return module.partition(".")[0] in self._packages


@functools.lru_cache(2048)  # trees of several boards are made of the same sources
def _read(text: str) -> _Module:
    tree = ast.parse(text)
    found = _Module(text)
    bound = list(_bound(tree))
    for node in tree.body:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id.isupper() and bound.count(target.id) == 1:
            number = _number(node.value)
            if number is not None:
                found.constants[target.id] = number
    found.bound = set(bound)
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Attribute) and not isinstance(inner.ctx, ast.Load):
            if inner.attr.isupper():
                found.set_elsewhere.add(inner.attr)
        elif isinstance(inner, ast.ImportFrom) and inner.module and not inner.level:
            for one in inner.names:
                if one.name == "*":
                    found.late.append(inner.module)
                    continue
                name, origin = one.asname or one.name, (inner.module, one.name)
                if found.imported.setdefault(name, origin) != origin:
                    found.bound.add(name)  # one name for two things
    for name in found.imported:
        found.constants.pop(name, None)
    return found


def _bound(tree: ast.AST) -> Iterator[str | None]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=name):
                yield name


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
    """Puts the numbers in; `folded` has the names that stood there."""

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

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            value = self._constants.value(self._modules[node.value.id], node.attr)
            if value is not None:
                self.folded.add(node.value.id)
                return ast.Constant(value)
        return self.generic_visit(node)


class _Imports(ast.NodeTransformer):
    """Takes names out of imports."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        node.names = [one for one in node.names if (one.asname or one.name) not in self._names]
        return node if node.names else ast.Pass()
