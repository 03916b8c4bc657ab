# ruff: noqa: F821 - names that the manifest reader gives
# For MicroPython's build: make BOARD=... FROZEN_MANIFEST=this file (boards/README.md).
include("../manifest.py")
module("board.py", opt=3)
