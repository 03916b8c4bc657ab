"""Every example of bcl/README.md runs, and the packages for boards hold the codec alone."""

import ast
import itertools
import json
import pathlib
import re
import shlex

import pytest
from typer.testing import CliRunner

from nce_bcl.lint import lint
from nce_cli.app import app
from support.untyped import untyped

ROOT = pathlib.Path(__file__).parents[2] / "bcl"


def blocks(language):
    """(text before, text inside) of each fenced block of a language."""
    parts = (ROOT / "README.md").read_text(encoding="utf-8").split(f"```{language}\n")
    return [(before, after.split("```")[0]) for before, after in itertools.pairwise(parts)]


def commands():
    """(arguments, output) of each command in the console blocks."""
    found = []
    for _, text in blocks("console"):
        for part in text.split("$ nce ")[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.rstrip()))
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the JSON files that the page shows, each named in the sentence before it.

    And with the modules that its commands compile, which its examples import.
    """
    monkeypatch.chdir(tmp_path)
    for before, text in blocks("json"):
        name = re.findall(r"`(\w+\.jsonl?)`", before)[-1]
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for command, _ in commands():
        if command.startswith("bcl compile"):
            assert CliRunner().invoke(app, shlex.split(command)).exit_code == 0, command
    return tmp_path


@pytest.mark.parametrize("source", [source for _, source in blocks("python")])
def test_an_example_of_the_readme_runs(source, folder):
    exec(compile(source, "README.md", "exec"), {})


def test_each_command_of_the_readme_prints_what_the_page_shows(folder):
    for command, expected in commands():
        result = CliRunner().invoke(app, shlex.split(command))
        printed = "\n".join(line.rstrip() for line in result.output.rstrip().splitlines())
        assert printed == expected, command


def test_the_readme_has_examples():
    assert len(blocks("python")) >= 8
    assert len(blocks("json")) >= 4
    assert len(commands()) >= 7


def test_templates_of_the_readme_that_are_not_meant_to_be_wrong_are_clean(folder):
    for name in ("first.json", "fleet.json"):
        assert lint((folder / name).read_text(encoding="utf-8")) == []


def needed_modules():
    """What `import nce_bcl` can load, early or late: the codec, without the tools of the host."""
    needed = set()
    pending = ["__init__"]
    while pending:
        name = pending.pop()
        if name in needed:
            continue
        needed.add(name)
        source = (ROOT / "nce_bcl" / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(untyped(source))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                pending.append(node.module)
    return {f"{name}.py" for name in needed}


def test_the_mip_package_is_the_codec_and_no_tool_of_the_host():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    listed = {destination for destination, _ in package["urls"]}
    assert listed == {"nce_bcl/" + name for name in needed_modules()}
    assert all(destination == source for destination, source in package["urls"])
    assert "lint.py" not in needed_modules()


def test_the_manifest_freezes_the_same_files():
    frozen = {}
    names = {
        "metadata": lambda **_: None,
        "package": lambda name, files: frozen.update({name: set(files)}),
    }
    source = (ROOT / "manifest.py").read_text(encoding="utf-8")
    exec(compile(source, "manifest.py", "exec"), names)
    assert frozen == {"nce_bcl": needed_modules()}
