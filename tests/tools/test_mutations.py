"""The changes that the mutation tool makes are the ones it says, and each is made alone."""

import ast

import pytest

from mutations import mutated, sites_of

# Code, and every change of it.
CHANGES = (
    ("x = a < b", ["a < b -> a <= b"]),
    ("x = a and not b", ["a and (not b) -> a or not b", "a and (not b) -> not b",
                         "a and (not b) -> a", "not b -> b"]),
    ("x = a + 1", ["a + 1 -> a - 1", "1 -> 2"]),
    ("x = 'a' + b", []),
    ("x = True", ["True -> False"]),
    ("def f(a: 'int' = 3) -> 'int':\n    'Says 3.'\n    return a",
     ["return a -> return None", "3 -> 4"]),
    ("def f():\n    return None", []),
    ("if a:\n    b()", ["if a -> if True:", "if a -> if False:", "b() -> pass"]),
    ("a.b = c", ["a.b = c -> pass"]),
    ("raise E", ["raise E -> pass"]),
    ("if TYPE_CHECKING:\n    b(3)", []),
    ("__all__ = ['a'] + [3]", []),
    ("@dataclass(frozen=True)\nclass A:\n    b: int = 3", ["3 -> 4"]),
    ("raise E('%d' % (a + 1))", ["raise E('%d' % (a + 1)) -> pass"]),
    ("raise E(f'{a + 1}', 7)", ["raise E(f'{a + 1}', 7) -> pass", "7 -> 8"]),
)  # fmt: skip


@pytest.mark.parametrize(("code", "changes"), CHANGES)
def test_the_changes_of_a_piece_of_code_are_these(code, changes):
    assert sorted(site.what for site in sites_of(code)) == sorted(changes)


def test_each_change_is_made_alone():
    code = "def f(a, b):\n    if a < b and b < 9:\n        return a + b\n    return 0"
    sites = sites_of(code)
    made = {mutated(code, site) for site in sites}
    assert len(made) == len(sites)
    assert ast.unparse(ast.parse(code)) not in made
    assert "def f(a, b):\n    if a <= b and b < 9:\n        return a + b\n    return 0" in made


def test_a_change_knows_its_place_and_the_lines_of_its_statement():
    """A tracer sees some line of a statement, not always that of the constant."""
    code = "if (\n    a\n    and b\n):\n    c(\n        3,\n    )\n"
    places = {site.what: (site.line, site.column, site.statement) for site in sites_of(code)}
    assert places["3 -> 4"] == (6, 8, (5, 7))
    assert places["a and b -> a or b"] == (2, 4, (1, 4))
