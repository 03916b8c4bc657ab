"""Start-up of `nce sim up`: processor time until its first line, beside that of bare imports.

And of the worlds that unit tests make in one process, with their 1NCE OS.

The bare process imports the same modules of other people, in the same order, and nothing of ours.
Both end by themselves or by Ctrl-C at once; the time of their end is counted in both.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 3
OURS = ("firmware", "nce", "nce_api", "nce_bcl", "nce_cli", "nce_modem", "nce_sim")
NAMES = "names.json"
UP = """
import sys
from nce_cli import main
main()
"""
# The same, and what was imported is written down at the end.
TELLING = f"""
import atexit, json, pathlib, sys
names = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: names.write_text(json.dumps(list(sys.modules))))
{UP}
"""
IMPORTS = """
import importlib, json, pathlib, sys
for name in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    try:
        importlib.import_module(name)
    except ImportError:
        pass  # not a file: its package makes it
"""

WORLDS = """
import time
from nce_sim.backend import Backend
from nce_sim.world import World

def world_s():
    start_s = time.process_time()
    world = World(1)
    world.add_sim()
    Backend(world).close()
    return time.process_time() - start_s

first_s, *later_s = [world_s() for _ in range(100)]
print(first_s, min(later_s))
"""


def run(cache, program, *arguments, is_world):
    """Processor time of a process and its end, in seconds; what it compiles goes into `cache`."""
    with tempfile.TemporaryDirectory(prefix="nce") as folder:
        places = dict.fromkeys(("XDG_RUNTIME_DIR", "XDG_STATE_HOME"), folder)
        places |= {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **places},
        )
        if is_world:
            if not process.stdout.readline():
                raise SystemExit(f"nce sim up does not start: {process.stderr.read()}")
            process.send_signal(signal.SIGINT)
        process.stdout.read()
        errors = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a process ended with {process.returncode}: {errors}")
    return usage.ru_utime + usage.ru_stime


def rows():
    up = ("sim", "up", "--json")
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / NAMES
        run(folder, TELLING, str(names), *up, is_world=True)
        imported = json.loads(names.read_text())
        theirs = [name for name in imported if name.partition(".")[0] not in (*OURS, "__main__")]
        names.write_text(json.dumps(theirs))
        times = [
            (run(folder, UP, *up, is_world=True), run(folder, IMPORTS, str(names), is_world=False))
            for _ in range(ROUNDS)  # in turn: a busy machine slows both
        ]
    worlds = subprocess.run(
        [sys.executable, "-c", WORLDS], stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    first_s, next_s = map(float, worlds.stdout.split())
    ours_s, bare_s = (min(column) for column in zip(*times, strict=True))
    note = f"one SIM, its modem and the API; best of {ROUNDS}"
    return [
        ("nce sim up, start and end", round(ours_s, 2), "s", f"processor time; {note}"),
        (
            "nce sim up / importing the same packages",
            ours_s / bare_s,
            "x",
            f"{len(theirs)} modules",
        ),
        (
            "the next world of a process / its first",
            next_s / first_s,
            "x",
            f"in memory, with its 1NCE OS, made and closed; {next_s * 1000:.0f} ms",
        ),
    ]
