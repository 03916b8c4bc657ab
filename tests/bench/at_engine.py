"""Throughput of the AT engine beside the least any reader does: split lines and look at them."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from support.portable_runs import ROOT

LINES = 2000
CHUNK = 64
TRAFFIC = b'\r\n+CEREG: 5,"2B0F","01A2D003",7\r\n\r\n+QIURC: "recv",0\r\n' * (LINES // 2)


def engine(data):
    from nce_modem.at.channel import Channel
    from nce_modem.families.quectel import BG95

    channel = Channel(BG95.dialect)
    events = 0
    for at in range(0, len(data), CHUNK):
        events += len(channel.receive_data(data[at : at + CHUNK], 0))
    return events


def readline_loop(data):
    lines = 0
    rest = b""
    for at in range(0, len(data), CHUNK):
        rest += data[at : at + CHUNK]
        while True:
            end = rest.find(b"\n")
            if end < 0:
                break
            line, rest = rest[:end].strip(), rest[end + 1 :]
            if line.startswith(b"+"):
                lines += 1
    return lines


def best_of(function, repeat=5):
    best = None
    for _ in range(repeat):
        start = time.perf_counter()
        if function(TRAFFIC) != LINES:
            raise SystemExit(f"{function.__name__} did not see {LINES} lines")
        elapsed = time.perf_counter() - start
        best = elapsed if best is None or elapsed < best else best
    return best


def micropython_ratio():
    """The same ratio under MicroPython, in one process."""
    source = Path(__file__).read_text()
    functions = source[source.index("LINES = ") : source.index("def best_of")]
    script = (
        functions
        + """
import time
def took(function):
    best = None
    for _ in range(3):
        start = time.ticks_us()
        assert function(TRAFFIC) == LINES
        elapsed = time.ticks_diff(time.ticks_us(), start)
        best = elapsed if best is None or elapsed < best else best
    return best
print("ratio", took(engine) / took(readline_loop))
"""
    )
    done = subprocess.run(
        [str(Path(sys.executable).with_name("micropython")), "-X", "heapsize=4m", "-c", script],
        env={"MICROPYPATH": f"{ROOT / 'modem'}:.frozen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return float(re.search(r"ratio (\S+)", done.stdout)[1])


def instructions(function, lines):
    """Instructions that MicroPython takes for a run on so many lines, by callgrind."""
    source = Path(__file__).read_text()
    functions = source[source.index("LINES = ") : source.index("def best_of")]
    script = functions.replace("LINES = 2000", f"LINES = {lines}", 1)
    script += f"\nassert {function}(TRAFFIC) == LINES\n"
    micropython = str(Path(sys.executable).with_name("micropython"))
    done = subprocess.run(
        [
            *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
            *(micropython, "-X", "heapsize=4m", "-c", script),
        ],
        env={"MICROPYPATH": f"{ROOT / 'modem'}:.frozen"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def instruction_rows():
    """Instructions per line: twice as many lines, less the run with as many, by their number."""
    if shutil.which("valgrind") is None:
        return [
            ("AT engine, MicroPython", 0, "instructions/line", "not measured: no valgrind here")
        ]
    count = 500
    per_line = {
        function: (instructions(function, 2 * count) - instructions(function, count)) // count
        for function in ("engine", "readline_loop")
    }
    note = f"callgrind, {2 * count} lines less {count}"
    return [
        ("AT engine, MicroPython", per_line["engine"], "instructions/line", note),
        ("readline loop, MicroPython", per_line["readline_loop"], "instructions/line", note),
    ]


def rows():
    fast, floor = best_of(engine), best_of(readline_loop)
    megabytes = len(TRAFFIC) / 1e6
    note = f"{LINES} unsolicited lines in chunks of {CHUNK}"
    return [
        ("AT engine, CPython", megabytes / fast, "MB/s", note),
        ("AT engine / readline loop, CPython", fast / floor, "x", "time, one run"),
        ("AT engine / readline loop, MicroPython", micropython_ratio(), "x", "time, one run"),
        *instruction_rows(),
    ]
