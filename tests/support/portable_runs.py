"""Runs `tests/portable/run.py` on an interpreter, for tests that call other interpreters."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTABLE_PATH = ":".join(
    [str(ROOT / part) for part in ("sdk", "bcl", "modem", "boards/unix", "firmware")] + [".frozen"]
)


def run_portable(command, *words, timeout_s=300):
    """`(passed, failed, output)` of the portable tests, run by `command` (a list)."""
    done = subprocess.run(
        # Many test modules stay loaded together, on 64 bits.
        [*command, "-X", "heapsize=8m", str(ROOT / "tests/portable/run.py"), *words],
        env={**os.environ, "MICROPYPATH": PORTABLE_PATH, "PYTHONPATH": PORTABLE_PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    counted = re.search(r"(\d+) passed, (\d+) failed$", done.stdout.strip())
    if counted is None:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return int(counted[1]), int(counted[2]), done.stdout
