"""Keeps portable code inside the language subset that MicroPython and CPython share.

    python tools/portable_lint.py bcl modem sdk boards firmware tests/portable

Prints `path:line: what, and what to do instead` and exits 1 when anything was found. Each rule was
learnt by running MicroPython 1.25 to 1.29; running the code there stays the proof, this is the
early word. A line that is meant ends in `# portable: <reason>`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

Finding = tuple[int, str]

# Modules that no MicroPython build carries. An import inside `try ... except ImportError`, or
# under an `if` that asks which interpreter runs, is fine: it has an alternative.
MISSING_MODULES = {
    "__future__", "abc", "base64", "bisect", "concurrent", "contextlib", "copy", "dataclasses",
    "datetime", "decimal", "enum", "fractions", "functools", "hmac", "importlib", "inspect",
    "itertools", "logging", "multiprocessing", "pathlib", "queue", "secrets", "shutil",
    "statistics", "string", "subprocess", "tempfile", "textwrap", "threading", "traceback",
    "types", "typing", "unittest", "warnings", "weakref", "zlib",
}  # fmt: skip

MISSING_MEMBERS = {
    "asyncio": {"Queue", "Semaphore", "TaskGroup", "timeout", "get_running_loop", "to_thread"},
    "collections": {"defaultdict", "Counter", "ChainMap"},
    "hashlib": {"new"},
    "hmac": {"new", "compare_digest"},
    "json": {"JSONDecodeError"},
    "math": {"gcd"},
    "os": {"path", "environ"},
    "random": {"shuffle"},
    "struct": {"Struct", "error", "iter_unpack"},
    "time": {"monotonic", "monotonic_ns", "perf_counter", "strftime"},
}

MISSING_METHODS = {
    "zfill": "format with %0*d",
    "ljust": "pad by multiplication",
    "rjust": "pad by multiplication",
    "removeprefix": "test startswith and slice",
    "removesuffix": "test endswith and slice",
    "casefold": "use lower",
    "capitalize": "slice and upper",
    "title": "spell it out",
    "translate": "use replace",
    "isalnum": "test isalpha or isdigit",
    "hexdigest": "use digest().hex()",
    "bit_length": "count by shifting",
    "bit_count": "count by shifting",
    "tobytes": "use bytes(view)",
    "findall": "search in a loop",
    "finditer": "search in a loop",
    "fullmatch": "end the pattern with $",
    "_replace": "build a new tuple",
    "_asdict": "name the fields",
}

MISSING_NAMES = {
    "FileNotFoundError": "OSError and its errno",
    "ConnectionError": "OSError",
    "ConnectionResetError": "OSError",
    "TimeoutError": "asyncio.TimeoutError or a NceError",
    "BlockingIOError": "OSError and its errno",
    "BrokenPipeError": "OSError",
    "RecursionError": "RuntimeError",
    "UnicodeDecodeError": "UnicodeError",
    "UnicodeEncodeError": "UnicodeError",
    "slice": "literal slices",
}

# (method, keyword) pairs that MicroPython refuses or ignores.
REFUSED_KEYWORDS = {
    ("decode", "errors"), ("encode", "errors"), ("to_bytes", "length"), ("to_bytes", "byteorder"),
    ("to_bytes", "signed"), ("from_bytes", "byteorder"), ("from_bytes", "signed"),
    ("split", "maxsplit"), ("rsplit", "maxsplit"), ("splitlines", "keepends"), ("print", "flush"),
    ("zip", "strict"), ("open", "newline"), ("dumps", "indent"), ("dumps", "sort_keys"),
}  # fmt: skip


def asks_which_interpreter(test: ast.expr) -> bool:
    text = ast.unparse(test)
    return "implementation" in text or "TYPE_CHECKING" in text or "MICROPYTHON" in text


def catches_import_error(node: ast.Try) -> bool:
    return any(
        handler.type is not None and "ImportError" in ast.unparse(handler.type)
        for handler in node.handlers
    )


class Linter(ast.NodeVisitor):
    """Collects findings of one module."""

    def __init__(self, is_test: bool) -> None:
        self.findings: list[Finding] = []
        self._alternatives = 0  # depth of enclosing blocks that have another way out
        self._is_test = is_test

    def add(self, node: ast.AST, message: str) -> None:
        self.findings.append((getattr(node, "lineno", 0), message))

    # --- blocks that may name what is missing -------------------------------------------------

    def visit_Try(self, node: ast.Try) -> None:
        self._visit_guarded(node, catches_import_error(node))

    def visit_If(self, node: ast.If) -> None:
        self._visit_guarded(node, asks_which_interpreter(node.test))

    def _visit_guarded(self, node: ast.AST, guarded: bool) -> None:
        self._alternatives += guarded
        self.generic_visit(node)
        self._alternatives -= guarded

    # --- imports and names --------------------------------------------------------------------

    def _check_module(self, node: ast.AST, module: str) -> None:
        if module.partition(".")[0] in MISSING_MODULES and not self._alternatives:
            self.add(node, f"MicroPython has no module {module}: import it under try/ImportError")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._check_module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level == 0:
            self._check_module(node, module)
        for alias in node.names:
            if alias.name in MISSING_MEMBERS.get(module, ()) and not self._alternatives:
                self.add(node, f"MicroPython has no {module}.{alias.name}")

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in MISSING_NAMES and not self._alternatives:
            self.add(node, f"MicroPython has no {node.id}: use {MISSING_NAMES[node.id]}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr in MISSING_MEMBERS.get(module, ()) and not self._alternatives:
            self.add(node, f"MicroPython has no {module}.{node.attr}")
        self.generic_visit(node)

    # --- calls --------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        name = None
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in MISSING_METHODS and not self._alternatives:
                self.add(node, f"MicroPython has no method {name}: {MISSING_METHODS[name]}")
        elif isinstance(node.func, ast.Name):
            name = node.func.id
        for keyword in node.keywords:
            if (name, keyword.arg) in REFUSED_KEYWORDS and not self._alternatives:
                self.add(node, f"MicroPython's {name}() takes no keyword {keyword.arg}")
        self.generic_visit(node)

    # --- syntax -------------------------------------------------------------------------------

    def visit_Match(self, node: ast.Match) -> None:
        self.add(node, "MicroPython has no match statement: use a table or if")
        self.generic_visit(node)

    def _check_stars(self, node: ast.List | ast.Tuple | ast.Set) -> None:
        stored = isinstance(getattr(node, "ctx", None), ast.Store)
        if not stored and any(isinstance(item, ast.Starred) for item in node.elts):
            self.add(node, "MicroPython has no * inside a display: add the sequences")
        self.generic_visit(node)

    visit_List = visit_Tuple = visit_Set = _check_stars

    def visit_Dict(self, node: ast.Dict) -> None:
        if any(key is None for key in node.keys):
            self.add(node, "MicroPython has no ** inside a display: use update()")
        self.generic_visit(node)

    def visit_Slice(self, node: ast.Slice) -> None:
        if node.step is not None:
            self.add(node, "MicroPython steps no slices of str or bytes: loop or range()")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self.add(node.iter, "MicroPython has no async comprehensions")
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if node.keywords:
            self.add(node, "MicroPython ignores class keywords such as metaclass=")
        if len(node.bases) > 1:
            self.add(node, "MicroPython resolves several bases depth-first: keep one")
        self.generic_visit(node)

    def _check_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.args.posonlyargs:
            self.add(node, "MicroPython has no positional-only parameters")
        if node.name in ("__init_subclass__", "__set_name__", "__class_getitem__", "__format__"):
            self.add(node, f"MicroPython never calls {node.name}")
        # Annotations are parsed and dropped there, so their names need not exist.
        for child in ast.iter_child_nodes(node):
            if child is not node.returns:
                self.visit(child)

    visit_FunctionDef = visit_AsyncFunctionDef = _check_function

    def visit_arg(self, node: ast.arg) -> None:
        pass

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        if not self._is_test:
            self.add(node, "assert checks no input: raise the package's error")
        self.generic_visit(node)


def lint(source: str, is_test: bool = False) -> list[Finding]:
    """Findings of one module's source, in line order, without those that carry a reason."""
    linter = Linter(is_test)
    tree = ast.parse(source)
    linter.visit(tree)
    for node in ast.walk(tree):
        if type(node).__name__ == "TryStar":
            linter.add(node, "MicroPython has no except*")
    lines = source.splitlines()
    return sorted(
        finding
        for finding in set(linter.findings)
        if "# portable:" not in lines[max(finding[0] - 1, 0)]
    )


def python_files(roots: list[str]) -> Iterator[Path]:
    for root in roots:
        path = Path(root)
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def main(roots: list[str]) -> int:
    if not roots or roots[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if roots else 2
    count = files = 0
    for path in python_files(roots):
        files += 1
        for line, message in lint(path.read_text(), is_test="tests" in path.parts):
            print(f"{path}:{line}: {message}")
            count += 1
    print(f"portable subset: {files} files, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
