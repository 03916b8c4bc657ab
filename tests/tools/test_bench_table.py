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
    names = "at_engine bcl emulated_board heap history_pages management_api over_the_air start_up"
    assert done.stdout.split() == [*names.split(), "transport", "uplinks", "world_size"]
