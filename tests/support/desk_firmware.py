"""Firmware at the desk: a blueprint as a process, its UART the pty of a running world's modem.

    with firmware_at(world.description["sims"][0]["pty"], tmp_path, BLUEPRINT="coap"):
        control.wait_for("uplink")

It is the firmware that ships, with shorter pauses. If it ends by itself, the test fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading

from nce_sim.firmware.process import Interpreter
from nce_sim.firmware.tree import SOURCE_ROOT, compile_tree

_HEAP_KIB = 1_024  # two modules are compiled in it
_END_S = 30
_SETTINGS = {
    "BLUEPRINT": "coap",
    "TRANSPORT": "coaps",
    "TEMPLATE": "blueprints.status_codec",
    "INTERVAL_S": 2,
}
# Constants are folded into compiled modules, so these are taken from their sources.
_SHORTER = {
    "settings_check.py": {"LEAST_INTERVAL_S = 10": "LEAST_INTERVAL_S = 1"},
    "running.py": {
        "FIRST_PAUSE_S = 60": "FIRST_PAUSE_S = 1",
        "LONGEST_PAUSE_S = 3600": "LONGEST_PAUSE_S = 3",
    },
}
_PROGRAM = """
import main
from blueprints.start import start

start(main.run)
"""


@contextlib.contextmanager
def firmware_at(pty, folder, **settings):
    """The lines of its console, while it runs."""
    tree, compiled = folder / "tree", SOURCE_ROOT / "build" / "mpy"
    compile_tree(SOURCE_ROOT, compiled)
    shutil.copytree(compiled, tree)
    flash = folder / "flash"
    flash.mkdir()
    values = {**_SETTINGS, "FOLDER": str(flash), **settings}
    text = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    (tree / "config.py").write_text(text, encoding="utf-8")
    for name, lines_changed in _SHORTER.items():
        source = (SOURCE_ROOT / "firmware" / name).read_text(encoding="utf-8")
        for line, shorter in lines_changed.items():
            assert line in source, (name, line)
            source = source.replace(line, shorter)
        (tree / name).write_text(source, encoding="utf-8")  # it goes before the `.mpy`
    (tree / "desk.py").write_text(_PROGRAM, encoding="utf-8")
    uart = os.open(pty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    lines = []
    try:
        process = subprocess.Popen(
            [*Interpreter.find("micropython", _HEAP_KIB).command, "-m", "desk", str(uart)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(uart,),
            cwd=tree,
            env={**os.environ, "MICROPYPATH": ".frozen"},
        )
    finally:
        os.close(uart)
    reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        yield lines
        assert process.poll() is None, "".join(lines)
    finally:
        process.kill()
        process.wait(_END_S)
        reader.join(_END_S)
        process.stdout.close()
