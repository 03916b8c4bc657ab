"""MicroPython as WebAssembly, fetched once from npm."""

import fcntl
import shutil
import subprocess

import pytest

from support.portable_runs import ROOT

FOLDER = ROOT / "build" / "wasm"
FETCH = ROOT / "tools" / "fetch_wasm_micropython.sh"
LIMIT_S = 120


def micropython_wasm():
    """The folder with its node_modules; skips where it cannot be had."""
    missing = what_keeps_it_away()
    if missing is not None:
        pytest.skip(missing)
    return FOLDER


def what_keeps_it_away():
    """Fetches it; the reason why it cannot be had, or None."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"{program} is not installed; on Debian: apt install nodejs npm"
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [FETCH, FOLDER], capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    if done.returncode != 0:
        return f"npm fetched no MicroPython: {done.stderr.strip()[-300:]}"
    return None
