# ruff: noqa: F821 - names that the manifest reader gives
# The firmware in flash, where its code takes no heap; data and `main` are in ROMFS. `ROOT` is the
# folder of the project.
include("$(MPY_DIR)/extmod/asyncio")
include("$(ROOT)/bcl/manifest.py")
include("$(ROOT)/modem/manifest.py")
include("$(ROOT)/sdk/manifest.py")
package("blueprints", base_path="$(ROOT)/firmware", opt=3)
module("gps_fix.py", base_path="$(ROOT)/firmware", opt=3)
module("gps_track.py", base_path="$(ROOT)/firmware", opt=3)
module("board.py", opt=3)
module("_boot.py", base_path="port", opt=3)
