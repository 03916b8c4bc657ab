"""The revisions of the database, for Alembic; `schema` names them and runs them."""
