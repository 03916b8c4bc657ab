"""Rooms that are needed for a while, given back to a board's heap; the next import loads them."""

import gc
import sys

# What changes something, or is asked for once: a server's request loads it.
SELDOM = (
    "changing executing writing tlv_reader received creation composite discover uploads "
    "attribute_names accounts asking link numerals order recovery"
)


def unload(names: str) -> None:
    """Let MicroPython collect rooms of `nce.lwm2m`; CPython keeps them."""
    if sys.implementation.name != "micropython":
        return
    is_any = False
    for name in names.split(" "):
        package, _dot, own = ("nce.lwm2m." + name).rpartition(".")
        if sys.modules.pop("nce.lwm2m." + name, None) is not None:
            is_any = True
            if hasattr(sys.modules[package], own):
                delattr(sys.modules[package], own)
    if is_any:
        gc.collect()
