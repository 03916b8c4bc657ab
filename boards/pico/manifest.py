# ruff: noqa: F821 - names that the manifest reader gives
# As `../manifest.py`, without the modules of the port that are not in MicroPython's own tree.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
include("../application_manifest.py")
module("board.py", opt=3)
