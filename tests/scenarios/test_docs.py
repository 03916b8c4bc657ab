"""The examples of the documentation, run as they stand."""

import re
from pathlib import Path

pytest_plugins = ["pytester"]

DOCS = Path(__file__).parents[2] / "docs"


def python_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)


def test_the_examples_for_test_authors_are_passing_tests(pytester):
    """A block that begins with `# name.py` is that file, any other a test module of its own."""
    pytester.makeini("[pytest]\nfilterwarnings = error\npythonpath = .\n")
    modules = {}
    for number, block in enumerate(python_blocks("testing.md")):
        named = re.match(r"# (\w+)\.py\n", block)
        modules[named[1] if named else f"test_block_{number}"] = block
    for name, block in modules.items():
        (pytester.path / f"{name}.py").write_text(block)
    result = pytester.runpytest_subprocess("-q", "-p", "no:asyncio", "-p", "no:cacheprovider")
    outcomes = result.parseoutcomes()
    tests = [name for name in modules if name.startswith("test_")]
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= len(tests) > 5
    assert all("def test_" in modules[name] for name in tests)


def test_the_first_examples_of_the_simulator_run(capsys):
    for block in python_blocks("../host_sim/README.md")[:2]:
        exec(compile(block, "host_sim/README.md", "exec"), {})
    assert capsys.readouterr().out.endswith("\nb'42'\n")


def test_every_example_is_python():
    for page in sorted(path.name for path in DOCS.glob("*.md")):
        for number, block in enumerate(python_blocks(page)):
            compile(block, f"{page} block {number}", "exec")
