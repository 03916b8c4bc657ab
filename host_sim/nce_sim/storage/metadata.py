"""The tables of a world's database; each room adds its own in its `tables.py`.

Times are integer milliseconds since 1970 by the world's clock, in columns called `..._ms`. A
change needs a revision in `storage/migrations`. `nce_sim.tables` imports all of them.
"""

from sqlalchemy import MetaData

METADATA = MetaData()
