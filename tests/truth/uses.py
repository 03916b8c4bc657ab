"""What examples import, make and call, held against the code without running them.

    for complaint in wrong_names(page): print(complaint)      # "docs/page.md:5: ..."

Followed are imports, `x = Class(...)`, members of both, and the keywords of calls.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import types

from truth.names import (
    DOTTED,
    UNKNOWN,
    bound_by,
    code_in,
    home_of,
    member,
    module_of,
    resolve,
    wrong_name,
    wrong_words,
)
from truth.pages import PACKAGES, Block, Page, name_of, readable


class Uses(ast.NodeVisitor):
    """Imports, members of what an example makes, keywords of its calls; complaints on them."""

    def __init__(self, page: Page, earlier: Uses | None = None) -> None:
        self.page = page
        self.block = page.blocks[0]
        self.known: dict[str, object] = dict(earlier.known) if earlier else {}
        self.bound: set[str] = set(earlier.bound) if earlier else set()
        self.complaints: list[str] = []

    def of(self, block: Block) -> list[str]:
        self.block = block
        try:
            tree = ast.parse(readable(block.text))
        except SyntaxError as error:
            line = block.line + (error.lineno or 1) - 1
            return [f"{name_of(block.path)}:{line}: not Python: {error.msg}"]
        self.bound |= bound_by(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                self.bound.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.bound.add(node.name)
        self.visit(tree)
        return self.complaints

    def complain(self, node: ast.AST, text: str) -> None:
        line = self.block.line + getattr(node, "lineno", 1) - 1
        self.complaints.append(f"{name_of(self.block.path)}:{line}: {text}")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            try:
                whole = resolve(alias.name) if first in PACKAGES else UNKNOWN
            except LookupError as error:
                self.complain(node, f"import {alias.name}: {error}")
                continue
            if alias.asname:
                self.known[alias.asname] = whole
            elif first in PACKAGES:
                self.known[first] = module_of(first)
            self.bound.add(alias.asname or first)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self.bound.add(alias.asname or alias.name)
            if module.partition(".")[0] not in PACKAGES:
                continue
            try:
                self.known[alias.asname or alias.name] = resolve(f"{module}.{alias.name}")
            except LookupError as error:
                self.complain(node, f"from {module} import {alias.name}: {error}")

    def value_of(self, node: ast.expr) -> object:
        """What an expression is, as far as can be told without running it."""
        if isinstance(node, ast.Await):
            return UNKNOWN
        if isinstance(node, ast.Name):
            if node.id in self.known:
                return self.known[node.id]
            if node.id in self.bound or not self.page.module:
                return UNKNOWN
            try:
                return resolve(f"{self.page.module}.{node.id}")
            except LookupError:
                return UNKNOWN
        if isinstance(node, ast.Attribute):
            owner = self.value_of(node.value)
            try:
                return member(owner, node.attr, ast.unparse(node.value))
            except LookupError:
                return UNKNOWN
        if isinstance(node, ast.Call):
            called = self.value_of(node.func)
            return _Instance(called) if isinstance(called, type) else UNKNOWN
        return UNKNOWN

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.known[target.id] = self.value_of(node.value)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = self.value_of(node.value)
        said = ast.unparse(node.value)
        try:
            if isinstance(owner, _Instance):
                member(owner.kind, node.attr, said)
            elif isinstance(owner, types.ModuleType | type):
                member(owner, node.attr, said)
        except LookupError as error:
            self.complain(node, str(error))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            name = node.func.id
            if self.page.module and not (
                name in self.bound
                or name in self.known
                or hasattr(builtins, name)
                or name in NEUTRAL
                or self.value_of(node.func) is not UNKNOWN
                or self._exported(name)
            ):
                self.complain(node, f"{name} is no name of {self.page.module} nor imported")
        called = self.value_of(node.func)
        if isinstance(node.func, ast.Attribute):
            owner = self.value_of(node.func.value)
            if isinstance(owner, _Instance):
                called = inspect.getattr_static(owner.kind, node.func.attr, UNKNOWN)
        self._check_keywords(node, called)
        self.generic_visit(node)

    def _exported(self, name: str) -> bool:
        """A name that the package of the docstring exports, or a module of its room has."""
        for home in home_of(self.page):
            try:
                resolve(f"{home}.{name}")
            except LookupError:
                continue
            return True
        return any(hasattr(module_of(top), name) for top in TOPS)

    def _check_keywords(self, node: ast.Call, called: object) -> None:
        if isinstance(called, classmethod | staticmethod):
            called = called.__func__
        if called is UNKNOWN or not callable(called):
            return
        try:
            parameters = inspect.signature(called).parameters.values()
        except (TypeError, ValueError):
            return
        if any(each.kind is each.VAR_KEYWORD for each in parameters):
            return
        names = {each.name for each in parameters}
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in names:
                self.complain(node, f"{ast.unparse(node.func)} takes no {keyword.arg}=")


class _Instance:
    def __init__(self, kind: type) -> None:
        self.kind = kind


# What an example may call without saying where it is from: the caller's own.
NEUTRAL = frozenset({"handler", "random_bytes", "Path"})
# Where users import from, so that an example may leave it out.
TOPS = ("nce", "nce_bcl", "nce_modem", "nce_sim")


def wrong_names(page: Page) -> list[str]:
    """Complaints, each with file and line, on names in back-ticks, examples and plain blocks."""
    found = []
    uses: Uses | None = None
    for tick in page.ticks:
        for dotted in DOTTED.findall(code_in(tick.text)):
            if complaint := wrong_name(dotted, page):
                found.append(f"{tick.where}: `{dotted}`: {complaint}")
        for complaint in wrong_words(tick.text, page):
            found.append(f"{tick.where}: `{tick.text}`: {complaint}")
    for block in page.blocks:
        if block.language == "python":
            # The examples of one docstring go on, as those that say so on a page.
            uses = Uses(page, uses if page.module or block.continues else None)
            found += uses.of(block)
        elif block.language == "":
            made = set(re.findall(r"^\s*(\w+) = ", block.text, re.M))
            for number, line in enumerate(block.text.splitlines()):
                for dotted in DOTTED.findall(code_in(line)):
                    if dotted.partition(".")[0] in made:
                        continue
                    if complaint := wrong_name(dotted, page):
                        where = f"{name_of(page.path)}:{block.line + number}"
                        found.append(f"{where}: `{dotted}`: {complaint}")
    return found
