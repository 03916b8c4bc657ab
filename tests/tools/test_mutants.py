"""The mutation tool tries a mutant by the tests that reach its line, and by those that it cannot
see there.
"""

import sqlite3

import pytest
from coverage import CoverageData

import mutants
from mutations import sites_of

SOURCE = "A = 1\n\n\ndef f(a):\n    return a + 2\n\n\ndef g(a):\n    return a + 3\n"
CASE = '<testcase classname="tests.test_a" name="%s" time="%s"/>'
TIMES = (("test_f", 0.5), ("test_g", 0.25), ("test_both", 40), ("test_long", 90))


@pytest.fixture
def reached(tmp_path, monkeypatch):
    """What a run of four tests left behind."""
    monkeypatch.setattr(mutants, "COVERED", tmp_path / "coverage.db")
    monkeypatch.setattr(mutants, "TIMES", tmp_path / "tests.xml")
    cases = "".join(CASE % case for case in TIMES)
    (tmp_path / "tests.xml").write_text(f"<testsuite>{cases}</testsuite>")
    data = CoverageData(str(tmp_path / "coverage.db"))
    for context, lines in (
        ("", [1, 4, 8]),
        ("tests/test_a.py::test_f|run", [5]),
        ("tests/test_a.py::test_g|run", [9]),
        ("tests/test_a.py::test_both|run", [5, 9]),
        ("tests/test_a.py::test_long|run", [9]),
    ):
        data.set_context(context)
        data.add_lines({str(tmp_path / "a.py"): lines})
    data.close()
    return mutants.Reached(tmp_path)


def names_by(reached, line, file="a.py"):
    [site] = [site for site in sites_of(SOURCE) if site.line == line and " -> " in site.what][:1]
    return [test.rpartition("::")[2] for test in reached.by(mutants.Mutant(file, site))]


def test_the_quickest_tests_that_reach_a_line_come_first_and_no_more_than_time_allows(reached):
    assert names_by(reached, 5) == ["test_f", "test_both"]
    assert names_by(reached, 9) == ["test_g", "test_both"]
    assert names_by(reached, 1) == ["test_g", "test_f", "test_both"]  # at import: of its file


def test_coverages_database_is_closed_once_it_was_read(reached, tmp_path, monkeypatch):
    connect, opened = sqlite3.connect, []

    def kept(path):
        opened.append(connect(path))
        return opened[-1]

    monkeypatch.setattr(mutants.sqlite3, "connect", kept)
    mutants.Reached(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("select 1")


def test_a_line_that_nothing_reaches_has_no_test(reached):
    assert names_by(reached, 5, "elsewhere/b.py") == []


def test_the_tests_of_another_process_are_always_tried_and_last(reached, monkeypatch):
    monkeypatch.setattr(mutants, "ELSEWHERE", {"a.py": ("tests/far.py",), "c/c.py": ("x.py",)})
    assert names_by(reached, 5) == ["test_f", "test_both", "tests/far.py"]
    assert names_by(reached, 5, "c/c.py") == ["x.py"]


def test_unmeasured_all_tests_try_every_mutant(monkeypatch):
    monkeypatch.setattr(mutants, "ELSEWHERE", {"a.py": ("tests/far.py",)})
    chooser = mutants.Unmeasured(["tests/b.py", "tests/a.py"])
    assert names_by(chooser, 5) == ["tests/b.py", "tests/a.py", "tests/far.py"]
    assert names_by(chooser, 5, "b.py") == ["tests/b.py", "tests/a.py"]


def test_what_is_known_is_kept_and_a_hang_counts_as_noticed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "WORK", tmp_path)
    outcomes = {"a": mutants.NOTICED, "b": mutants.HUNG, "c": mutants.SURVIVED, "d": "unreached"}
    mutants.keep("nce.dtls", outcomes, 3)
    assert mutants.outcomes_of("nce.dtls") == outcomes
    mutants.report("nce.dtls", outcomes, 3)
    assert capsys.readouterr().out == "nce.dtls: seed 3, 2 of 4 noticed (50 %)\n"


def test_a_run_goes_on_with_what_it_did_not_come_to_or_with_its_survivors():
    chosen = [mutants.Mutant("a.py", site) for site in sites_of(SOURCE)][:4]
    noticed, survived, hung, untried = chosen
    outcomes = {str(noticed): "noticed", str(survived): "survived", str(hung): "hung"}
    assert mutants.still_to_try(chosen, outcomes, survivors=False) == [untried]
    assert mutants.still_to_try(chosen, outcomes, survivors=True) == [survived, hung]


def test_every_named_package_and_every_test_of_another_process_is_there():
    for package in mutants.PACKAGES:
        assert mutants.files_of(package)
    for file, tests in mutants.ELSEWHERE.items():
        assert all((mutants.ROOT / name).is_file() for name in (file, *tests))
