"""Runs at each start of the board, before `main.py`: the heap stays in one piece.

A collection after this many bytes keeps live objects together (docs/firmware.md, "Heap"). Where an
update was ever begun, `application` chooses what runs. No update changes this file.
"""

import gc
import os

COLLECT_EACH_BYTES = 16_384

if hasattr(gc, "threshold"):
    gc.threshold(COLLECT_EACH_BYTES)

is_updated = False
for name in ("app.0", "app.1"):  # the marker
    try:
        os.stat(name)
        is_updated = True
    except (OSError, AttributeError):  # AttributeError: a port without a file system
        pass
if is_updated:
    import application

    application.choose()
    is_updated = application.chosen != application.ROOT
