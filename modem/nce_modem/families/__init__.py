"""Modem families: data and a few hooks each."""
