"""What the emulated board runs: the blueprint `coap`; then the emulator ends with its status."""

import asyncio
import gc
import sys

gc.collect()
print("heap_at_boot=%d heap_size=%d" % (gc.mem_alloc(), gc.mem_alloc() + gc.mem_free()))

from blueprints import coap  # noqa: E402 - the heap before it is told
from board import Board  # noqa: E402

gc.collect()
print("heap_imported=%d" % gc.mem_alloc())
sys.exit(0 if asyncio.run(coap.run(Board())) else 1)
