# ruff: noqa: F821 - names that the manifest reader gives
# What every board has frozen besides its own files: the modules of MicroPython's port, packages
# and firmware. `boot.py`, `main.py`, `config.py` and `readings.py` stay on the file system, where
# a person edits them, and so does the data.
include("$(PORT_DIR)/boards/manifest.py")
include("../bcl/manifest.py")
include("../modem/manifest.py")
include("../sdk/manifest.py")
package("blueprints", base_path="../firmware", opt=3)
package("rounds", base_path="../firmware", opt=3)
module("app_folder.py", base_path="../firmware", opt=3)
module("application.py", base_path="../firmware", opt=3)
module("back_off.py", base_path="../firmware", opt=3)
module("console.py", base_path="../firmware", opt=3)
module("gps_fix.py", base_path="../firmware", opt=3)
module("gps_track.py", base_path="../firmware", opt=3)
module("log_ring.py", base_path="../firmware", opt=3)
module("record_template.py", base_path="../firmware", opt=3)
module("running.py", base_path="../firmware", opt=3)
module("settings_check.py", base_path="../firmware", opt=3)
module("signs.py", base_path="../firmware", opt=3)
module("station.py", base_path="../firmware", opt=3)
module("update.py", base_path="../firmware", opt=3)
module("vitals.py", base_path="../firmware", opt=3)
