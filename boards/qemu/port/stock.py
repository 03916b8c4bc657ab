# The firmware of nobody in particular: MicroPython alone. It runs `main` from ROMFS.
include("$(MPY_DIR)/extmod/asyncio")  # noqa: F821 - the manifest reader gives it
module("_boot.py", opt=3)  # noqa: F821 - likewise
