"""Runs at each start of the board, before `main.py`: the heap stays in one piece.

A collection after this many bytes keeps live objects together (docs/firmware.md, "Heap").
"""

import gc

COLLECT_EACH_BYTES = 16_384

if hasattr(gc, "threshold"):
    gc.threshold(COLLECT_EACH_BYTES)
