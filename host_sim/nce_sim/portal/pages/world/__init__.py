"""The world: its map, its cells and devices, the states that were kept, its settings."""
