"""Every Python example of bcl/README.md runs, and package.json lists every module."""

import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[2] / "bcl"


def examples():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [part.split("```")[0] for part in text.split("```python\n")[1:]]


@pytest.mark.parametrize("source", examples())
def test_an_example_of_the_readme_runs(source):
    exec(compile(source, "README.md", "exec"), {})


def test_the_readme_has_examples():
    assert len(examples()) >= 6


def test_the_mip_package_lists_every_module():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    listed = {destination for destination, _ in package["urls"]}
    assert listed == {"nce_bcl/" + path.name for path in (ROOT / "nce_bcl").glob("*.py")}
    assert all(destination == source for destination, source in package["urls"])
