"""Alembic's entry: runs the revisions on the connection that `schema` has open.

The transaction is the caller's: either all revisions are in, or none.
"""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=None,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
