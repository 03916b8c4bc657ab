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
