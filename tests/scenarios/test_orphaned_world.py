"""A run of tests that is ended leaves no world behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TIMEOUT_S = 60
PARENT = """
from support.running_world import open_world
with open_world("--twins", "off") as world:
    print(world.process.pid, flush=True)
    input()
"""


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever inherits it may be slow to ask how it ended.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal for it")
def test_a_world_ends_with_the_test_that_opened_it():
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as parent:
        world = int(parent.stdout.readline())
        assert is_there(world)
        parent.terminate()
    deadline = time.monotonic() + TIMEOUT_S
    while is_there(world):
        assert time.monotonic() < deadline, f"the world {world} is still there"
        time.sleep(0.05)
