"""The Device Inspector: history and state of devices."""
