"""Commands of `nce` that drive a real modem: here driver and simulator meet."""
