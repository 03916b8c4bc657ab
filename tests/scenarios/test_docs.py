"""The examples of the documentation, run as they stand."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def python_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)


def test_the_first_example_for_test_authors_is_a_passing_test():
    names = {}
    exec(compile(python_blocks("testing.md")[0], "docs/testing.md", "exec"), names)
    names["test_a_level_arrives"]()


def test_every_example_is_python():
    for page in sorted(path.name for path in DOCS.glob("*.md")):
        for number, block in enumerate(python_blocks(page)):
            compile(block, f"{page} block {number}", "exec")
