"""Portable source without what is for type checkers alone (docs/architecture.md, Types)."""

import ast

CHECKERS_BLOCK = "1 - 1"


def untyped(source: str) -> str:
    """A source without annotations and checkers' blocks; each line stays where it is."""
    text = bytearray(source.encode())
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def cut(start: int, end: int) -> None:
        for index in range(start, end):
            if text[index] != 0x0A:
                text[index] = 0x20

    def begin(node: ast.AST) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: ast.AST) -> int:
        return starts[node.end_lineno - 1] + node.end_col_offset

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            cut(begin(node) + len(node.arg.encode()), end(node.annotation))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            arrow = text.rfind(b"->", begin(node), begin(node.returns))
            if arrow >= 0:  # else it went with the block of a class
                cut(arrow, end(node.returns))
        elif isinstance(node, ast.AnnAssign):
            whole = node.value is None
            cut(begin(node) if whole else end(node.target), end(node.annotation))
        elif isinstance(node, ast.If) and ast.unparse(node.test) == CHECKERS_BLOCK:
            cut(begin(node), end(node.body[-1]))
            if node.orelse:
                word = text.index(b"else:", end(node.body[-1]))
                cut(word, word + len(b"else:"))
                for line in range(node.orelse[0].lineno - 1, node.orelse[-1].end_lineno):
                    indent, rest = text[starts[line] :][:4], starts[line] + 4
                    assert indent == b"    "
                    stop = starts[line + 1] - 1
                    text[starts[line] : stop] = text[rest:stop] + b"    "
    return text.decode()
