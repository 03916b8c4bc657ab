# ruff: noqa: F821 - names that the manifest reader gives
# The firmware in flash, where its code takes no heap. `main.py`, `config.py` and `readings.py` are
# on the file system, where a person edits them, and so are data. `ROOT` is the project's folder.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
include("$(ROOT)/bcl/manifest.py")
include("$(ROOT)/modem/manifest.py")
include("$(ROOT)/sdk/manifest.py")
package("blueprints", base_path="$(ROOT)/firmware", opt=3)
package("rounds", base_path="$(ROOT)/firmware", opt=3)
module("board.py", opt=3)
module("console.py", base_path="$(ROOT)/firmware", opt=3)
module("gps_fix.py", base_path="$(ROOT)/firmware", opt=3)
module("gps_track.py", base_path="$(ROOT)/firmware", opt=3)
module("log_ring.py", base_path="$(ROOT)/firmware", opt=3)
module("record_template.py", base_path="$(ROOT)/firmware", opt=3)
module("running.py", base_path="$(ROOT)/firmware", opt=3)
module("settings_check.py", base_path="$(ROOT)/firmware", opt=3)
module("station.py", base_path="$(ROOT)/firmware", opt=3)
