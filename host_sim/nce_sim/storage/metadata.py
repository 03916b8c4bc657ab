"""The tables of a world's database; each room adds its own in its `tables.py`.

Times are integer milliseconds since 1970 by the world's clock, in columns called `..._ms`. A
change needs a revision in `storage/migrations`. `nce_sim.tables` imports all of them. Columns of
times, of byte counts and of row numbers are `columns.BIG`: PostgreSQL's Integer has 32 bits.
"""

from sqlalchemy import MetaData

METADATA = MetaData()
