"""One database, its units of work and its migrations; it knows no service.

    storage = Storage(METADATA, "world.db")      # None: in memory; or postgresql://…
    storage.boot_count, storage.last_record_ms
    with storage.unit() as work:
        work.write(INSERT_MESSAGE, row)          # committed at the end of the block

SQLite in WAL mode with `synchronous=FULL`, or PostgreSQL with its usual `fsync`: after `commit`
returns, the data survives a kill and a power cut. Other programs may read at any time, and may
write for a moment.
"""

from nce_sim.storage.columns import BIG
from nce_sim.storage.copies import export_to, import_from, load, save
from nce_sim.storage.database import Storage
from nce_sim.storage.errors import StorageError, StorageUnavailable
from nce_sim.storage.keyed import Keyed
from nce_sim.storage.plain import Plain
from nce_sim.storage.saver import Saver
from nce_sim.storage.work import Work, add_up, upsert

__all__ = [
    "BIG",
    "Keyed",
    "Plain",
    "Saver",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "Work",
    "add_up",
    "export_to",
    "import_from",
    "load",
    "save",
    "upsert",
]
