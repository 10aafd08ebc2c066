"""Alembic comes in here; acd.db.schema hands over the connection."""

from alembic import context

from acd.db import (  # noqa: F401 - their tables are part of the metadata
    account_tables,
    configuration_tables,
    journal_tables,
)
from acd.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
