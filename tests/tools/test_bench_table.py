"""`make bench` finds its benches; what they measure is not for a test."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench" / "bench.py"


def test_every_bench_is_found_and_loads():
    done = subprocess.run(
        [sys.executable, BENCH, "--list"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    names = {path.stem for path in BENCH.parent.glob("*.py")} - {BENCH.stem}
    assert set(done.stdout.split()) == names
