"""Every shell command of the documentation, run where a reader would run it."""

import re

import pytest

from truth.commands import NOT_HERE, calls_of, copy_of_the_project, is_nce, run_nce, run_shell
from truth.pages import ROOT, markdown_files, page_of
from truth.stage import write_files
from truth.tools import COMMAND

PAGES = {path: page_of(path) for path in markdown_files()}
CALLS = {path: calls_of(page) for path, page in PAGES.items()}
# The figures of the machine that a page's run was made on.
MEASURED = re.compile(r"heap in use at most, of +│ .*│$", re.M)


def lines_of_text(printed):
    """Without empty lines, and without the figures of one computer."""
    return [line for line in MEASURED.sub("", printed).splitlines() if line]


def check(call, status, printed):
    """A command does what the page shows; one that shows nothing succeeds."""
    if call.printed:
        assert lines_of_text(printed) == lines_of_text(call.printed), call.where
    else:
        assert status == 0, f"{call.where}: {printed}"


@pytest.mark.parametrize(
    "path",
    [path for path, calls in CALLS.items() if any(is_nce(call.command) for call in calls)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_nce_prints_what_a_page_shows(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in CALLS[path]:
        if is_nce(call.command) and call.not_here is None:
            write_files(PAGES[path], tmp_path, call.line)
            check(call, *run_nce(call.command))


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        call
        for calls in CALLS.values()
        for call in calls
        if call.not_here is not None and call.not_here.instead and call.printed
    ],
    ids=lambda call: call.where,
)
def test_what_is_run_instead_prints_what_a_page_shows(call, tmp_path):
    check(call, *run_shell(call.not_here.instead, tmp_path))


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, calls in CALLS.items()
        if any(not is_nce(call.command) and call.not_here is None for call in calls)
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_other_commands_succeed_in_a_fresh_copy(path, tmp_path):
    folder = copy_of_the_project(tmp_path)
    for call in CALLS[path]:
        if not is_nce(call.command) and call.not_here is None:
            check(call, *run_shell(call.command, folder))


@pytest.mark.parametrize("rule", NOT_HERE, ids=lambda rule: rule.pattern)
def test_every_exception_is_needed(rule):
    calls = [call for calls in CALLS.values() for call in calls]
    assert any(call.not_here is rule for call in calls), rule.reason


def test_no_command_hides_in_a_block_that_is_not_marked_as_one():
    hidden = [
        f"{block.where}: {line}"
        for page in PAGES.values()
        for block in page.blocks
        if block.language == ""
        for line in block.text.splitlines()
        if COMMAND.match(line)
    ]
    assert hidden == []


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, calls in CALLS.items()
        if any(call.command.startswith(("nce ", "pytest ", "python ")) for call in calls)
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_page_with_bare_commands_says_which_environment_they_need(path):
    text = path.read_text(encoding="utf-8")
    assert "pip install" in text or ".venv" in text


def test_no_block_is_of_an_unknown_language():
    known = {"", "python", "json", "sh", "console"}
    blocks = [block for page in PAGES.values() for block in page.blocks]
    assert [block.where for block in blocks if block.language not in known] == []
