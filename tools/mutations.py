"""The changes that `tools/mutants.py` makes: one operator, constant or statement at a time.

    sites = sites_of(source)                # [Site(line=12, what="a < b -> a <= b", ...)]
    mutated(source, sites[0])               # the module with that one change

Left alone, since no test should hold them: docstrings, annotations, decorators of data classes,
`__all__`, the texts of errors, and what stands under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

FOR_CHECKERS_ALONE = ("1 - 1", "TYPE_CHECKING")  # conditions of what no interpreter runs
_SHOWN = 60  # characters of code in a description

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


class Site(NamedTuple):
    """A change that can be made: the node's place in the walk, and which of its changes.

    `statement` is the first and last line of the statement around it, of which a tracer may see
    one alone; of a compound statement, of its head.
    """

    line: int
    column: int
    node: int
    change: int
    what: str
    statement: tuple[int, int]


def sites_of(source: str) -> list[Site]:
    """Every change of a module, in a fixed order."""
    tree = ast.parse(source)
    statements = _statement_lines(tree)
    return [
        Site(node.lineno, node.col_offset, index, number, what, statements[node])
        for index, node in _changeable(tree)
        for number, (what, _) in enumerate(_changes(node))
    ]


def mutated(source: str, site: Site) -> str:
    """The module with one change; comments and layout are lost."""
    tree = ast.parse(source)
    node = dict(_changeable(tree))[site.node]
    _, replacement = list(_changes(node))[site.change]
    return ast.unparse(ast.fix_missing_locations(_Put(node, replacement).visit(tree)))


class _Put(ast.NodeTransformer):
    """Puts a node in the place of another."""

    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target, self._replacement = target, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._target:
            return ast.copy_location(self._replacement, node)
        result: ast.AST = self.generic_visit(node)
        return result


def _statement_lines(tree: ast.Module) -> dict[ast.AST, tuple[int, int]]:
    """Of every node, the lines of the innermost statement around it."""
    lines: dict[ast.AST, tuple[int, int]] = {}
    for statement in ast.walk(tree):  # an outer one comes before those inside it
        if isinstance(statement, ast.stmt):
            body = getattr(statement, "body", None)
            last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
            span = (statement.lineno, max(statement.lineno, last))
            lines.update(dict.fromkeys(ast.walk(statement), span))
    return lines


def _changeable(tree: ast.Module) -> Iterator[tuple[int, ast.expr | ast.stmt]]:
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        for part in _left_out_of(node):
            left_out.update(ast.walk(part))
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, (ast.expr, ast.stmt)) and node not in left_out:
            yield index, node


def _left_out_of(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if node.returns is not None:
            yield node.returns
    elif isinstance(node, ast.ClassDef):
        yield from node.decorator_list
    elif isinstance(node, ast.Assign):
        if ast.unparse(node.targets[0]) in ("__all__", "__slots__"):
            yield node
    elif isinstance(node, ast.Raise):
        yield from (part for part in ast.walk(node) if _is_formatted(part))
    elif isinstance(node, (ast.arg, ast.AnnAssign)):
        if node.annotation is not None:
            yield node.annotation
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
        isinstance(node, ast.If) and ast.unparse(node.test) in FOR_CHECKERS_ALONE
    ):
        yield node


def _is_formatted(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) and _is_text(node.left)
    return isinstance(node, ast.JoinedStr)


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0][:_SHOWN]


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for before, after in _replacements(node):
        yield f"{before} -> {_shown(after)}", after


def _replacements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = COMPARISONS[type(node.ops[0])]()
        yield _shown(node), ast.Compare(node.left, [other], node.comparators)
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _shown(node), ast.BoolOp(other_op, node.values)
        for index in range(len(node.values)):
            rest = node.values[:index] + node.values[index + 1 :]
            yield _shown(node), rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _shown(node), node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not _is_text(node.left):
        yield _shown(node), ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _shown(node), ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield _shown(node), ast.Constant(node.value + 1)
    else:
        yield from _statements(node)


def _statements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.If):
        for value in (True, False):
            changed = ast.If(ast.Constant(value), node.body, node.orelse)
            yield f"if {_shown(node.test)}", changed
    elif isinstance(node, ast.Return) and _is_something(node.value):
        yield _shown(node), ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Assign):
        if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            yield _shown(node), ast.Pass()
    elif isinstance(node, (ast.Raise, ast.Break, ast.Continue, ast.AugAssign, ast.Expr)):
        yield _shown(node), ast.Pass()


def _is_something(value: ast.expr | None) -> bool:
    return value is not None and not (isinstance(value, ast.Constant) and value.value is None)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )
