"""Types of columns that differ between databases.

from sqlalchemy import Column
Column("number", BIG, primary_key=True, autoincrement=True)
Column("received_ms", BIG, nullable=False)
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer

# 64 bits: times in ms since 1970, byte counts, numbers of rows. SQLite's INTEGER has them, and it
# numbers rows only in a column of that very type.
BIG = BigInteger().with_variant(Integer(), "sqlite")
