"""The Device Inspector: history and state of devices, and the administrator logs."""
