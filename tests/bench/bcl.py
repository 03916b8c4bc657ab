"""Energy Saver codec: interpreted and compiled, against struct by hand and against construct."""

import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path

from nce_bcl import Template
from nce_bcl.compile import compile_template
from support.bcl_heap import MICROPYTHON, measure
from support.bcl_layout import FIELDS, HAND_WRITTEN, RECORD, TEMPLATE

# Many short runs: on a busy machine some of them are not interrupted.
ROUNDS = 150
CALLS = 100

MICROPYTHON_PROBE = """
import gc, sys, time
sys.path.insert(0, {folder!r})
from codec import encode, decode
{hand}
record = {record}
payload = bytes(hand_encode(record))
assert encode(record) == payload and decode(payload) == hand_decode(payload)
def once(function, argument):
    gc.collect()
    start = time.ticks_us()
    for _ in range({calls}):
        function(argument)
    return time.ticks_diff(time.ticks_us(), start)
def best(function, other, argument):
    pairs = [(once(function, argument), once(other, argument)) for _ in range({rounds})]
    return min([one for one, _ in pairs]) / min([two for _, two in pairs])
print(best(encode, hand_encode, record), best(decode, hand_decode, payload))
"""


def ratio(function, other):
    """How many times the processor time `function` takes; both in turns, the quickest of each."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timeit.timeit(function, number=CALLS, timer=time.process_time))
        theirs.append(timeit.timeit(other, number=CALLS, timer=time.process_time))
    return min(ours) / min(theirs)


def of_construct():
    """(parse, build) of the same layout in construct's compiled mode; None without construct."""
    try:
        import construct as c
    except ImportError:
        return None
    types = {
        ("uint", 1): c.Int8ub,
        ("uint", 4): c.Int32ub,
        ("uint", 8): c.Int64ub,
        ("int", 1): c.Int8sb,
        ("int", 2): c.Int16sb,
        ("float", 8): c.Float64b,
        ("boolean", 1): c.Flag,
        ("string", 4): c.PaddedString(4, "utf8"),
        ("hex", 4): c.Bytes(4),
    }
    outer, inner = [], []
    for asset, kind, length in FIELDS:
        prefix, _, name = asset.rpartition(".")
        (inner if prefix else outer).append(name / types[kind, length])
        if asset == "gps.sats":
            outer.append("gps" / c.Struct(*inner))
    layout = c.Struct(*outer).compile()
    return layout.parse, layout.build


def rows():
    template = Template(TEMPLATE)
    source = compile_template(template, "13 fields")
    names = {"__name__": "codec"}
    exec(source, names)
    exec(HAND_WRITTEN, names)
    hand_encode, hand_decode = names["hand_encode"], names["hand_decode"]
    encode, decode = names["encode"], names["decode"]
    payload = bytes(hand_encode(RECORD))
    assert encode(RECORD) == payload == template.encode(RECORD)
    assert decode(payload) == hand_decode(payload) == template.decode(payload) == RECORD
    table = [
        (
            "BCL compiled decode / struct by hand",
            ratio(lambda: decode(payload), lambda: hand_decode(payload)),
            "x",
            "13 fields, the same dict; goal 1.5",
        ),
        (
            "BCL compiled encode / struct by hand",
            ratio(lambda: encode(RECORD), lambda: hand_encode(RECORD)),
            "x",
            "the hand-written one checks nothing; goal 2",
        ),
    ]
    rival = of_construct()
    if rival is None:
        table.append(("BCL interpreted / construct", "skipped", "", "construct is not installed"))
    else:
        parse, build = rival
        fields = dict(RECORD, serial=bytes.fromhex(RECORD["serial"]))
        assert build(fields) == payload
        table += [
            (
                "BCL interpreted decode / construct",
                ratio(lambda: template.decode(payload), lambda: parse(payload)),
                "x",
                "construct in compiled mode, the same layout; goal below 1",
            ),
            (
                "BCL interpreted encode / construct",
                ratio(lambda: template.encode(RECORD), lambda: build(fields)),
                "x",
                "construct in compiled mode, the same layout; goal below 1",
            ),
        ]
    return table + on_micropython(source)


def on_micropython(source):
    if not MICROPYTHON.exists():
        return [("BCL on MicroPython", "skipped", "", "no MicroPython in this environment")]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "codec.py").write_text(source, encoding="utf-8")
        probe = MICROPYTHON_PROBE.format(
            folder=folder, hand=HAND_WRITTEN, record=RECORD, calls=CALLS, rounds=ROUNDS
        )
        done = subprocess.run(
            [str(MICROPYTHON), "-X", "heapsize=4m", "-c", probe],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    encode, decode = map(float, done.stdout.split())
    table = [
        ("BCL compiled encode / struct by hand, MicroPython", encode, "x", "goal 2"),
        ("BCL compiled decode / struct by hand, MicroPython", decode, "x", ""),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, size in measure(Path(folder)).items():
            note = "flash" if name.startswith(".mpy") else "64-bit; about half on a 32-bit board"
            table.append((f"BCL {name}", size, "B", note))
    return table
