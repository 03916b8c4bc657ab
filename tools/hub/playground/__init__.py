"""The page that runs: the Energy Saver's codec in the reader's browser, without a server.

    write_interpreter(root, site)     # False: MicroPython was not fetched, and the page says so

MicroPython as WebAssembly, the package `nce_bcl` and `judge.py` stand in one script: a page that
was opened from a folder may load scripts, and nothing else.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

FETCHED = Path("build/wasm/node_modules/@micropython/micropython-webassembly-pyscript")
HERE = Path(__file__).parent
# What the page offers to begin with: name, template in `examples`, payload.
EXAMPLES = (
    ("Battery and temperature", "battery", "63 ffd8"),
    ("Text of any length", "text", "03 70756d70 beef"),
    ("A switch: two kinds of messages", "switch", "02 41d40000"),
    ("A position", "position", "403818aeb7381012 404c75ef7d1076f1 32"),
    ("A payload that is too short", "short", "63 0102"),
    ("A template with slips", "slips", "000001 02"),
)
SCRIPT = Path("_static/playground_interpreter.js")


def write_interpreter(root: Path, site: Path) -> bool:
    """Put the script at its place in the site; whether there is an interpreter in it."""
    held = _held(root)
    text = json.dumps(held)
    (site / SCRIPT).write_text(f"window.playground = {text};\n", encoding="utf-8")
    return held["interpreter"] is not None


def _held(root: Path) -> dict[str, object]:
    folder = root / FETCHED
    interpreter = None
    if (folder / "micropython.wasm").is_file():
        interpreter = {
            "module": (folder / "micropython.mjs").read_text(encoding="utf-8"),
            "wasm": base64.b64encode((folder / "micropython.wasm").read_bytes()).decode(),
        }
    files = {
        f"nce_bcl/{source.name}": source.read_text(encoding="utf-8")
        for source in sorted((root / "bcl" / "nce_bcl").glob("*.py"))
    }
    files["judge.py"] = (HERE / "judge.py").read_text(encoding="utf-8")
    examples = [
        {
            "name": name,
            "template": (HERE / "examples" / f"{file}.json").read_text(encoding="utf-8").strip(),
            "payload": payload,
        }
        for name, file, payload in EXAMPLES
    ]
    return {"interpreter": interpreter, "files": files, "examples": examples}
