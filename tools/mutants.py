"""Changes one operator of the code at a time and sees whether a test notices: `make mutants`.

    python tools/mutants.py                               # every package, 150 mutants each
    python tools/mutants.py nce.dtls --count 20 --seed 7
    python tools/mutants.py nce.dtls --only saved.py:120  # every mutant of that line

    python tools/mutants.py nce.dtls --survivors          # once there are more tests
    python tools/mutants.py nce.dtls --go-on      # after a run that was stopped
    python tools/mutants.py nce.dtls --tests tests/portable tests/attacks
    python tools/mutants.py nce.dtls --unmeasured --tests tests/portable/test_dtls_client.py

First the tests run once under coverage, in a copy of the tree, which remembers the tests that
reached each line and how long each took. Then a seeded sample of the mutants is tried, each in a
copy, by the tests that reach its line, the quickest first, as many as fit into `TESTS_S`. A line
that runs at import is tried by the tests that reach its file, or else its folder. A mutant that
none of them notices is printed as a survivor: a test is missing, or the change changes nothing. A
line that no test reaches in its own process counts as a survivor too. With `--unmeasured` all
tests try every mutant, in the order given: for a list so short that measuring costs more than it
saves.
Results are kept in build/mutants/NAME.json as they come.
"""

from __future__ import annotations

import argparse
import compileall
import concurrent.futures
import json
import multiprocessing
import os
import py_compile
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol
from xml.etree import ElementTree

import pytest

from mutations import Site, mutated, sites_of

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build/mutants"
COVERED = WORK / "coverage.db"
TIMES = WORK / "tests.xml"
IMPORTED_FROM = ("sdk", "bcl", "modem", "host_sim")

# Name -> its files and folders, and the tests that may notice.
PACKAGES = {
    "nce.dtls": ("sdk/nce/dtls",),
    "nce.coap": ("sdk/nce/coap",),
    "nce.lwm2m": ("sdk/nce/lwm2m",),
    "nce.device": (
        "sdk/nce/device.py",
        "sdk/nce/outbox.py",
        "sdk/nce/segments.py",
        "sdk/nce/forward.py",
        "sdk/nce/folder.py",
        "sdk/nce/slots.py",
        "sdk/nce/authenticate.py",
        "sdk/nce/credentials.py",
    ),
    "nce_modem": ("modem/nce_modem",),
    "nce_bcl": ("bcl/nce_bcl",),
    "nce_sim.dtls": ("host_sim/nce_sim/endpoints/dtls", "host_sim/nce_sim/wire/dtls"),
}

# Code that runs in another process, on MicroPython: the tests that no tracer sees at it. They come
# after those that one sees.
ELSEWHERE = {"sdk/nce/dtls/native.py": ("tests/interop/test_native_tls_micropython.py",)}

COVERAGE_TIMEOUT_S = 3_600
TESTS_S = 60  # what the tests of one mutant take unchanged, alone
# A mutant that hangs is noticed: it runs for ever, or it waits for ever. On a busy machine the
# first bound alone tells it from one that nobody notices.
MUTANT_CPU_S = 120
MUTANT_TIMEOUT_S = 900
TRIALS = multiprocessing.get_context("forkserver")
LIBRARIES = ("pytest", "hypothesis", "cryptography.hazmat.primitives.ciphers.aead", "OpenSSL.SSL")
NOTICED, HUNG, SURVIVED, UNREACHED = "noticed", "hung", "survived", "unreached"


class Mutant(NamedTuple):
    """One change in one file."""

    file: str
    site: Site

    def __str__(self) -> str:
        return f"{self.file}:{self.site.line}:{self.site.column}: {self.site.what}"


class Result(NamedTuple):
    """What became of it."""

    mutant: Mutant
    outcome: str


def files_of(package: str) -> list[str]:
    """The modules of a package, relative to the root."""
    found = [
        file
        for part in PACKAGES[package]
        for file in (
            [ROOT / part] if part.endswith(".py") else sorted((ROOT / part).glob("**/*.py"))
        )
    ]
    return [str(file.relative_to(ROOT)) for file in found]


def mutants_of(package: str) -> list[Mutant]:
    """Every mutant of a package, in a fixed order."""
    return [
        Mutant(file, site)
        for file in files_of(package)
        for site in sites_of((ROOT / file).read_text())
    ]


# -- which tests reach a line ----------------------------------------------------------------


def measure(tree: Path, jobs: int, tests: list[str]) -> None:
    """Run the tests under coverage: which of them reached which line, and how long each took."""
    COVERED.unlink(missing_ok=True)
    command = [
        sys.executable,
        *("-m", "pytest", "-q", "-n", str(jobs), "--dist", "worksteal"),
        *("-m", "not slow and not exhaustive", "--cov-context=test", "--cov-report="),
        *(f"--cov={part}" for part in IMPORTED_FROM),
        f"--junitxml={TIMES}",
        *tests,
    ]
    environment = {**os.environ, "COVERAGE_FILE": str(COVERED), "PYTHONPATH": _paths(tree)}
    done = subprocess.run(
        command, cwd=tree, env=environment, timeout=COVERAGE_TIMEOUT_S, check=False
    )
    if done.returncode:
        COVERED.unlink(missing_ok=True)
        sys.exit("the tests do not pass as they are; a mutant would be noticed for nothing")


class Chooser(Protocol):
    """The tests that try a mutant."""

    def by(self, mutant: Mutant) -> list[str]: ...


class Unmeasured:
    """The same tests for every mutant."""

    def __init__(self, tests: list[str]) -> None:
        self._tests = tests

    def by(self, mutant: Mutant) -> list[str]:
        """All of them."""
        return [*self._tests, *ELSEWHERE.get(mutant.file, ())]


class Reached:
    """Lines to tests, from coverage's database and the times of the tests."""

    def __init__(self, tree: Path) -> None:
        from coverage.numbits import numbits_to_nums

        self._tests: dict[tuple[str, int], set[str]] = {}
        self._at_import: set[tuple[str, int]] = set()
        with closing(sqlite3.connect(COVERED)) as database:
            rows = database.execute(
                "select file.path, context.context, line_bits.numbits from line_bits "
                "join file on file.id = line_bits.file_id "
                "join context on context.id = line_bits.context_id"
            )
            for path, context, numbits in rows:
                test, _, phase = context.rpartition("|")
                file = str(Path(path).resolve().relative_to(tree))
                for line in numbits_to_nums(numbits):
                    if phase:
                        self._tests.setdefault((file, line), set()).add(test)
                    else:
                        self._at_import.add((file, line))
        self._seconds = {
            f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": float(
                case.get("time", "0")
            )
            for case in ElementTree.parse(TIMES).iter("testcase")
        }

    def by(self, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant's line, the quickest first, as many as time allows."""
        first, last = mutant.site.statement
        lines = [(mutant.file, line) for line in range(first, last + 1)]
        tests = set().union(*(self._tests.get(line, ()) for line in lines))
        if self._at_import.intersection(lines):
            tests = self._of(lambda file: file == mutant.file) or self._of(
                lambda file: Path(file).parent == Path(mutant.file).parent
            )
        left_s = float(TESTS_S)
        chosen: list[str] = []
        for test in sorted(tests, key=lambda test: (self._seconds.get(test, 1.0), test)):
            left_s -= self._seconds.get(test, 1.0)
            if left_s < 0 and chosen:
                break
            chosen.append(test)
        return [*chosen, *ELSEWHERE.get(mutant.file, ())]

    def _of(self, is_wanted: Callable[[str], bool]) -> set[str]:
        return set().union(*(found for (file, _), found in self._tests.items() if is_wanted(file)))


# -- trying ----------------------------------------------------------------------------------


class Trees:
    """Copies of the tree, one for each thread that tries mutants."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._count = 0
        self._lock = threading.Lock()

    def mine(self) -> Path:
        if not hasattr(self._local, "tree"):
            with self._lock:
                self._count += 1
                tree = WORK / f"tree{self._count}"
            self._local.tree = copied_to(tree)
        tree_: Path = self._local.tree
        return tree_


def copied_to(tree: Path) -> Path:
    """A copy of the files that git knows, and of those that it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    shutil.rmtree(tree, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    # Compiled once; a module whose text has changed since is seen by its hash.
    compileall.compile_dir(
        tree, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
    )
    return tree


def attempt(mutant: Mutant, tests: list[str], tree: Path) -> str:
    """Whether one of the tests notices."""
    if not tests:
        return UNREACHED
    changed = tree / mutant.file
    original = changed.read_text()
    changed.write_text(mutated(original, mutant.site))
    try:
        return _outcome(tree, tests)
    finally:
        changed.write_text(original)


def _outcome(tree: Path, tests: list[str]) -> str:
    trial = TRIALS.Process(target=_run_tests, args=(tree, tests))
    trial.start()
    trial.join(MUTANT_TIMEOUT_S)
    if trial.exitcode is None and trial.pid is not None:
        os.killpg(trial.pid, signal.SIGKILL)
        trial.join()
        return HUNG
    if trial.exitcode == -signal.SIGXCPU:
        return HUNG
    return NOTICED if trial.exitcode else SURVIVED


def _run_tests(tree: Path, tests: list[str]) -> None:
    # In a process of its own, forked from one that has the libraries loaded and nothing of ours.
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (MUTANT_CPU_S, MUTANT_CPU_S + 1))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.chdir(tree)
    os.environ["PYTHONPATH"] = _paths(tree)
    sys.path[:0] = _paths(tree).split(os.pathsep)
    loaded = "ignore::pytest.PytestAssertRewriteWarning"  # of the libraries, which may stay as is
    sys.exit(int(pytest.main(["-q", "-x", "--tb=no", "-W", loaded, *tests])))


def _paths(tree: Path) -> str:
    return os.pathsep.join(str(tree / part) for part in IMPORTED_FROM)


def chosen_of(package: str, count: int, seed: int, only: str) -> list[Mutant]:
    """A sample of a package's mutants, or all those of one file or line."""
    mutants = mutants_of(package)
    if not only:
        return random.Random(f"{seed}/{package}").sample(mutants, min(count, len(mutants)))
    file, _, line = only.partition(":")
    return [
        mutant
        for mutant in mutants
        if mutant.file.endswith(file) and (not line or mutant.site.line == int(line))
    ]


def still_to_try(
    chosen: list[Mutant], outcomes: dict[str, str], *, survivors: bool
) -> list[Mutant]:
    """Those that the last run tried and nobody noticed, or those that it did not come to."""
    if survivors:
        return [one for one in chosen if outcomes.get(str(one), NOTICED) != NOTICED]
    return [one for one in chosen if str(one) not in outcomes]


def try_mutants(
    package: str, chosen: list[Mutant], reached: Chooser, jobs: int
) -> Iterator[Result]:
    """What becomes of each of them, as it is known."""
    trees = Trees()
    unchanged = [test for mutant in chosen[:1] for test in reached.by(mutant)]
    if unchanged and _outcome(trees.mine(), unchanged) != SURVIVED:
        sys.exit(
            "the tests do not pass in a copy of the tree; a mutant would be noticed for nothing"
        )

    def run(mutant: Mutant) -> Result:
        return Result(mutant, attempt(mutant, reached.by(mutant), trees.mine()))

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, result in enumerate(pool.map(run, chosen), 1):
            if result.outcome != NOTICED:
                print(f"  {result.outcome}: {result.mutant}", flush=True)
            elif number % 10 == 0:
                print(f"  {package}: {number} of {len(chosen)} tried", flush=True)
            yield result


def outcomes_of(package: str) -> dict[str, str]:
    """What the last run wrote down: mutant to outcome."""
    kept = json.loads((WORK / f"{package}.json").read_text())
    return {row["mutant"]: row["outcome"] for row in kept["results"]}


def report(package: str, outcomes: dict[str, str], seed: int) -> None:
    """Print the figure of a package."""
    noticed = sum(outcome in (NOTICED, HUNG) for outcome in outcomes.values())
    share = 100 * noticed / max(1, len(outcomes))
    print(
        f"{package}: seed {seed}, {noticed} of {len(outcomes)} noticed ({share:.0f} %)", flush=True
    )


def keep(package: str, outcomes: dict[str, str], seed: int) -> None:
    """Write down what is known so far: a run may be stopped."""
    rows = [{"mutant": mutant, "outcome": outcome} for mutant, outcome in outcomes.items()]
    (WORK / f"{package}.json").write_text(json.dumps({"seed": seed, "results": rows}, indent=1))


def chooser_of(arguments: argparse.Namespace) -> Chooser:
    """The tests that the options ask for."""
    if arguments.unmeasured:
        WORK.mkdir(parents=True, exist_ok=True)
        return Unmeasured(arguments.tests)
    tree = WORK / "measured"
    if not (arguments.keep_coverage and COVERED.exists()):
        measure(copied_to(tree), arguments.jobs, arguments.tests)
    return Reached(tree)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(PACKAGES))
    parser.add_argument("--count", type=int, default=150, help="mutants of each package")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--only", default="", metavar="FILE[:LINE]", help="its mutants, all of them"
    )
    parser.add_argument(
        "--survivors", action="store_true", help="those of the last run that nobody noticed"
    )
    parser.add_argument(
        "--go-on", action="store_true", help="those that the last run, stopped, did not come to"
    )
    parser.add_argument(
        "--tests", nargs="+", default=["tests"], metavar="PATH", help="measure and use no others"
    )
    parser.add_argument(
        "--keep-coverage", action="store_true", help="use what the last run measured"
    )
    parser.add_argument(
        "--unmeasured", action="store_true", help="measure nothing; all tests try every mutant"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.packages if name not in PACKAGES]
    if unknown:
        parser.error(f"no package {unknown[0]!r}; there are {', '.join(PACKAGES)}")
    reached = chooser_of(arguments)
    TRIALS.set_forkserver_preload(["__main__", *LIBRARIES])
    for package in arguments.packages or PACKAGES:
        chosen = chosen_of(package, arguments.count, arguments.seed, arguments.only)
        outcomes = {}
        if arguments.survivors or arguments.go_on:
            outcomes = outcomes_of(package)
            chosen = still_to_try(chosen, outcomes, survivors=arguments.survivors)
        for result in try_mutants(package, chosen, reached, arguments.jobs):
            outcomes[str(result.mutant)] = result.outcome
            keep(package, outcomes, arguments.seed)
        report(package, outcomes, arguments.seed)


if __name__ == "__main__":
    main()
