# ruff: noqa: F821 - names that the manifest reader gives
# As `../manifest.py`, without the modules of a port of MicroPython's.
include("$(MPY_DIR)/extmod/asyncio")
include("../application_manifest.py")
module("board.py", opt=3)
module("_boot.py", base_path="port", opt=3)
