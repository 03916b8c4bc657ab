"""The Device Locator: where devices are and were, cell towers, and geofences."""
