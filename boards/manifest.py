# ruff: noqa: F821 - names that the manifest reader gives
# What every board has frozen besides its own files: the modules of MicroPython's port, packages
# and firmware.
include("$(PORT_DIR)/boards/manifest.py")
include("application_manifest.py")
