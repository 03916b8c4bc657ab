# The firmware of nobody in particular: MicroPython alone. It runs `main` from ROMFS.
include("$(MPY_DIR)/extmod/asyncio")  # noqa: F821 - the manifest reader gives it
