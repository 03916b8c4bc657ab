"""One database, what is written to it at once, and how it grew; knows no service.

    storage = Storage(METADATA, "world.db")      # None: in memory
    storage.boot_count, storage.last_record_ms
    with storage.unit() as work:
        work.write(INSERT_MESSAGE, row)          # committed at the end of the block

SQLite in WAL mode with `synchronous=FULL`: what `commit` returned from survives a kill and a power
cut. Other programs may read at any time and may write for a moment.
"""

from nce_sim.storage.database import Storage
from nce_sim.storage.errors import StorageError, StorageUnavailable
from nce_sim.storage.work import Work, upsert

__all__ = ["Storage", "StorageError", "StorageUnavailable", "Work", "upsert"]
