"""Whether the tables fit this program, and making them fit."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from acd.db.connection import open_writing_engine, shown, wait_for_other_migrations
from acd.db.errors import DatabaseUnavailable, SchemaAhead, SchemaBehind, reason_of

MIGRATIONS = Path(__file__).parent / "migrations"


def check(connection: Connection) -> None:
    """Compare the tables with the newest migration. Raises SchemaBehind or SchemaAhead."""
    script = ScriptDirectory(str(MIGRATIONS))
    newest = script.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    if current is None:
        raise SchemaBehind("the database has no tables yet: run `acd db migrate`")
    if current in {revision.revision for revision in script.walk_revisions()}:
        raise SchemaBehind(
            f"the database is at migration {current}, this program needs {newest}: "
            "stop every acd that uses it, back it up, and run `acd db migrate`"
        )
    raise SchemaAhead(
        f"the database is at migration {current}, which this program does not know "
        f"(it ends at {newest}): start the newer program, or restore the older database"
    )


async def migrate(url: str) -> None:
    """Bring the database's tables up to date, all or nothing; a new SQLite file is made.

    Raises DatabaseUnavailable, SchemaAhead, and ValueError for a URL that is not one.
    """
    await asyncio.to_thread(migrate_now, url)


def migrate_now(url: str) -> None:
    """The same, where no loop waits."""
    engine = open_writing_engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            # Two programs may try at once: the second waits and then finds nothing to do.
            wait_for_other_migrations(connection)
            _upgrade(connection)
    except DBAPIError as error:
        raise unavailable(url, error) from error


def configuration(connection: Connection) -> Config:
    """What alembic's commands want to know; they work in the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def unavailable(url: str, error: DBAPIError) -> DatabaseUnavailable:
    """The error in words that say what to do."""
    if "locked" in str(error.orig):
        return DatabaseUnavailable(
            f"{shown(url)} is locked by another program: end it, or wait until it is done"
        )
    return DatabaseUnavailable(
        f"{shown(url)} cannot be used ({reason_of(error).strip()}): "
        "see that it exists, is reachable, and that this user may read and write it"
    )


def _upgrade(connection: Connection) -> None:
    try:
        check(connection)
    except SchemaBehind:
        command.upgrade(configuration(connection), "head")
