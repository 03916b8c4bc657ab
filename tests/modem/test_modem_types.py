"""What type checkers are told of the driver, and of all named tuples, agrees with what runs.

Named tuples have a second, typed definition under `if 1 - 1`, and the package's lazy names a
static import: no interpreter executes either, so nothing else holds them in step.
"""

import ast
import importlib
from pathlib import Path

import pytest

import nce_modem
import nce_modem.families
from support.portable_runs import ROOT

PACKAGE = ROOT / "modem" / "nce_modem"
MODULES = [
    path
    for package in (PACKAGE, ROOT / "sdk" / "nce", ROOT / "bcl" / "nce_bcl")
    for path in sorted(package.rglob("*.py"))
]
MARK = "1 - 1"


def static_blocks(path: Path) -> list[ast.If]:
    return [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == MARK
    ]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[1:])


def fields_of_tuples(path: Path) -> list[ast.ClassDef]:
    """Classes under the mark, and those that type the fields of a named tuple they derive from."""
    found = [node for block in static_blocks(path) for node in block.body]
    found += [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).startswith("namedtuple(") for base in node.bases)
    ]
    return [node for node in found if isinstance(node, ast.ClassDef)]


def typed_in_the_stub() -> list[tuple[str, ast.ClassDef]]:
    """A tuple whose field names are data of its module: a second mention would intern them."""
    stub = ast.parse((PACKAGE / "seams.pyi").read_text())
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    return [("nce_modem.families.family", classes["Profile"])]


TYPED_TUPLES = [(module_name(path), node) for path in MODULES for node in fields_of_tuples(path)]
TYPED_TUPLES += typed_in_the_stub()


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_has_one_block_for_type_checkers(path: Path) -> None:
    """A second one would have to import `NamedTuple` again, else pyright calls it unbound."""
    assert len(static_blocks(path)) <= 1


@pytest.mark.parametrize(
    ("module", "definition"), TYPED_TUPLES, ids=[f"{m}.{d.name}" for m, d in TYPED_TUPLES]
)
def test_a_typed_tuple_has_the_fields_of_the_one_that_runs(
    module: str, definition: ast.ClassDef
) -> None:
    typed = [
        statement.target.id
        for statement in definition.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    ]
    running = getattr(importlib.import_module(module), definition.name)
    assert tuple(typed) == running._fields


def test_every_named_tuple_is_typed() -> None:
    found = {(module, definition.name) for module, definition in TYPED_TUPLES}
    running = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and ast.unparse(node.func) == "namedtuple"
            if is_call and isinstance(node.args[0], ast.Constant):
                running.add((module_name(path), node.args[0].value))
    assert running == found
    assert len(running) > 50


def test_the_lazy_names_of_the_package_are_told_to_type_checkers() -> None:
    (block,) = static_blocks(PACKAGE / "__init__.py")
    (imported,) = block.body
    assert isinstance(imported, ast.ImportFrom)
    told = {alias.asname for alias in imported.names if alias.asname}
    lazy = set(nce_modem.ERRORS.split(" "))
    for row in nce_modem.families.FAMILIES.split(","):
        lazy.update(row.partition(":")[2].split(" "))
    assert told == lazy


def test_each_name_that_an_annotation_borrows_is_in_the_stub() -> None:
    stub = ast.parse((PACKAGE / "seams.pyi").read_text())
    given = set()
    for node in stub.body:
        if isinstance(node, ast.ImportFrom):
            given.update(alias.asname for alias in node.names)
        elif isinstance(node, ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            given.add(node.target.id)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.add(node.targets[0].id)
    for folder in ("modem", "boards", "firmware"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for block in static_blocks(path):
                for node in ast.walk(block):
                    if isinstance(node, ast.ImportFrom) and node.module == "nce_modem.seams":
                        missing = {alias.name for alias in node.names} - given
                        assert not missing, path


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_a_module_imports_with_its_annotations(path: Path) -> None:
    """CPython evaluates what is not quoted: a name for type checkers alone would be missing."""
    importlib.import_module(module_name(path).removesuffix(".__init__"))
