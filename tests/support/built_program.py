"""Programs of others that a script in `tools/` builds from source.

    path = built_program("tools/build_mbedtls_peer.sh build/mbedtls", "ssl_server2")

A script's last argument is the folder its programs land in.
"""

import fcntl
import subprocess

import pytest

from support.portable_runs import ROOT

# What the scripts say when they cannot begin: anything else that goes wrong fails the test.
CANNOT = {3: "a tool is missing", 4: "its source is not to be had from here"}
BUILD_TIMEOUT_S = 900


def built_program(command, name):
    """The path of `name`; built by `command` when it is not there, skipped when it cannot be."""
    path = ROOT / command.split()[-1] / name
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    # Tests that run side by side build it once; the first holds the lock for the time of a build.
    with path.parent.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _build(command)
    return str(path)


def _build(command):
    done = subprocess.run(
        command.split(),
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
    )
    if done.returncode in CANNOT:
        why = done.stderr.strip().splitlines()[-1:]
        pytest.skip(f"`{command}`: {CANNOT[done.returncode]}: {''.join(why)}")
    assert done.returncode == 0, done.stderr
