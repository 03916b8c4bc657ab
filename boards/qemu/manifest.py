# ruff: noqa: F821 - names that the manifest reader gives
# The firmware in flash, where its code takes no heap. In ROMFS or on the flash are data, what starts
# (`boot.py`, `main.py`) and what a person edits. `ROOT` is the folder of the project.
import os

include("$(MPY_DIR)/extmod/asyncio")
include("$(ROOT)/bcl/manifest.py")
include("$(ROOT)/modem/manifest.py")
include("$(ROOT)/sdk/manifest.py")
for name in sorted(os.listdir("../../firmware")):  # the reader stands in the manifest's folder
    if name in ("blueprints", "rounds"):
        package(name, base_path="$(ROOT)/firmware", opt=3)
    elif name.endswith(".py") and name not in ("boot.py", "main.py", "config.py", "readings.py"):
        module(name, base_path="$(ROOT)/firmware", opt=3)
module("board.py", opt=3)
module("_boot.py", base_path="port", opt=3)
