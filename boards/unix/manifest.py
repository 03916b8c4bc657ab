# ruff: noqa: F821 - names that the manifest reader gives
# For the build of MicroPython's unix port: make FROZEN_MANIFEST=this file.
include("$(PORT_DIR)/variants/manifest.py")
include("../../bcl/manifest.py")
include("../../modem/manifest.py")
include("../../sdk/manifest.py")
module("blocking_line.py", opt=3)
module("board.py", opt=3)
