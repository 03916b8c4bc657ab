"""Changes one operator of the code at a time and sees whether a test notices: `make mutants`.

    python tools/mutants.py                               # every package, 150 mutants each
    python tools/mutants.py nce.dtls --count 20 --seed 7
    python tools/mutants.py nce.dtls --only saved.py:120  # every mutant of that line

First the tests run once under coverage, which remembers the tests that reached each line. Then a
seeded sample of the mutants is tried, each in a copy of the tree, by tests that reach its line, at
most `MOST_TESTS`. A mutant that none of them notices is printed as a survivor: a test is missing,
or the change changes nothing. A line that no test reaches in its own process counts as a survivor
too. Results are kept in build/mutants/NAME.json.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from mutations import Site, mutated, sites_of

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build/mutants"
IMPORTED_FROM = ("sdk", "bcl", "modem", "host_sim")
COPIED = (*IMPORTED_FROM, "boards", "firmware", "tests", "tools", "docs", "pyproject.toml")

# Name -> its files and folders, and the tests that may notice.
PACKAGES = {
    "nce.dtls": ("sdk/nce/dtls",),
    "nce.coap": ("sdk/nce/coap",),
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

COVERAGE_TIMEOUT_S = 3_600
MUTANT_TIMEOUT_S = 180  # a mutant that hangs is noticed
MOST_TESTS = 60
NOTICED, SURVIVED, UNREACHED = "noticed", "survived", "unreached"


class Mutant(NamedTuple):
    """One change in one file."""

    file: str
    site: Site

    def __str__(self) -> str:
        return f"{self.file}:{self.site.line}: {self.site.what}"


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


def measure(jobs: int) -> Path:
    """Run the tests under coverage; the database says which test reached which line."""
    data = WORK / "coverage.db"
    data.unlink(missing_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        *("-m", "pytest", "-q", "-n", str(jobs), "--dist", "worksteal"),
        *("-m", "not slow and not exhaustive", "--cov-context=test", "--cov-report="),
        *(f"--cov={part}" for part in IMPORTED_FROM),
        "tests",
    ]
    environment = {**os.environ, "COVERAGE_FILE": str(data), "PYTHONPATH": _paths(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, timeout=COVERAGE_TIMEOUT_S, check=False
    )
    if done.returncode:
        sys.exit("the tests do not pass as they are; a mutant would be noticed for nothing")
    return data


class Reached:
    """Lines to tests, from coverage's database."""

    def __init__(self, data: Path) -> None:
        from coverage.numbits import numbits_to_nums

        self._tests: dict[tuple[str, int], set[str]] = {}
        with sqlite3.connect(data) as database:
            rows = database.execute(
                "select file.path, context.context, line_bits.numbits from line_bits "
                "join file on file.id = line_bits.file_id "
                "join context on context.id = line_bits.context_id "
                "where context.context like '%|%'"
            )
            for path, context, numbits in rows:
                test, _, _ = context.rpartition("|")
                file = str(Path(path).resolve().relative_to(ROOT))
                for line in numbits_to_nums(numbits):
                    self._tests.setdefault((file, line), set()).add(test)

    def by(self, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant's line."""
        return sorted(self._tests.get((mutant.file, mutant.site.line), ()))


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
            shutil.rmtree(tree, ignore_errors=True)
            tree.mkdir(parents=True)
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(
                        source, tree / name, ignore=shutil.ignore_patterns("__pycache__")
                    )
                else:
                    shutil.copy(source, tree / name)
            self._local.tree = tree
        tree_: Path = self._local.tree
        return tree_


def attempt(mutant: Mutant, tests: list[str], tree: Path) -> str:
    """Whether one of the tests notices."""
    if not tests:
        return UNREACHED
    original = (ROOT / mutant.file).read_text()
    changed = tree / mutant.file
    changed.write_text(mutated(original, mutant.site))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": _paths(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=MUTANT_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NOTICED
    finally:
        changed.write_text(original)
    return NOTICED if done.returncode else SURVIVED


def _paths(tree: Path) -> str:
    return os.pathsep.join(str(tree / part) for part in IMPORTED_FROM)


def _few(tests: list[str], seed: int) -> list[str]:
    """At most MOST_TESTS of them."""
    if len(tests) <= MOST_TESTS:
        return tests
    return sorted(random.Random(seed).sample(tests, MOST_TESTS))


def try_package(
    package: str, reached: Reached, count: int, seed: int, only: str, jobs: int
) -> list[Result]:
    """Try a sample of a package's mutants, or those of one line."""
    mutants = mutants_of(package)
    if only:
        file, _, line = only.partition(":")
        chosen = [
            mutant
            for mutant in mutants
            if mutant.file.endswith(file) and (not line or mutant.site.line == int(line))
        ]
    else:
        chosen = random.Random(f"{seed}/{package}").sample(mutants, min(count, len(mutants)))
    trees = Trees()

    def run(mutant: Mutant) -> Result:
        return Result(mutant, attempt(mutant, _few(reached.by(mutant), seed), trees.mine()))

    results = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, result in enumerate(pool.map(run, chosen), 1):
            results.append(result)
            if result.outcome != NOTICED:
                print(f"  {result.outcome}: {result.mutant}", flush=True)
            elif number % 10 == 0:
                print(f"  {package}: {number} of {len(chosen)} tried", flush=True)
    return results


def report(package: str, results: list[Result], seed: int) -> None:
    """Print the figure of a package and keep its results."""
    noticed = sum(result.outcome == NOTICED for result in results)
    share = 100 * noticed / max(1, len(results))
    print(
        f"{package}: seed {seed}, {noticed} of {len(results)} noticed ({share:.0f} %)", flush=True
    )
    rows = [{"mutant": str(result.mutant), "outcome": result.outcome} for result in results]
    (WORK / f"{package}.json").write_text(json.dumps({"seed": seed, "results": rows}, indent=1))


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
        "--keep-coverage", action="store_true", help="use what the last run measured"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.packages if name not in PACKAGES]
    if unknown:
        parser.error(f"no package {unknown[0]!r}; there are {', '.join(PACKAGES)}")
    data = WORK / "coverage.db"
    if not (arguments.keep_coverage and data.exists()):
        data = measure(arguments.jobs)
    reached = Reached(data)
    for package in arguments.packages or PACKAGES:
        results = try_package(
            package,
            reached,
            arguments.count,
            arguments.seed,
            arguments.only,
            arguments.jobs,
        )
        report(package, results, arguments.seed)


if __name__ == "__main__":
    main()
