"""Whether the tables fit this program, and making them fit.

Alembic is loaded only where tables are changed: that takes a tenth of a whole start, in which
callers wait.
"""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from acd.db.connection import open_writing_engine, shown, wait_for_other_migrations
from acd.db.errors import DatabaseUnavailable, SchemaAhead, SchemaBehind, reason_of

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
NAMED = re.compile(r'^(revision|down_revision)(?: *: *[^=]+)? *= *(?:"(\w+)"|None)$', re.MULTILINE)
VERSION = table("alembic_version")


def check(connection: Connection) -> None:
    """Compare the tables with the newest migration. Raises SchemaBehind or SchemaAhead."""
    *_, newest = known = history()
    current = _current(connection)
    if current == newest:
        return
    if current is None:
        raise SchemaBehind("the database has no tables yet: run `acd db migrate`")
    if current in known:
        raise SchemaBehind(
            f"the database is at migration {current}, this program needs {newest}: "
            "stop every acd that uses it, back it up, and run `acd db migrate`"
        )
    raise SchemaAhead(
        f"the database is at migration {current}, which this program does not know "
        f"(it ends at {newest}): start the newer program, or restore the older database"
    )


def history() -> list[str]:
    """All migrations in their order."""
    follower = {}
    for path in (MIGRATIONS / "versions").glob("*.py"):
        named = dict(NAMED.findall(path.read_text()))
        if named:
            follower[named["down_revision"]] = named["revision"]
    known, last = [], follower[""]
    while last:
        known.append(last)
        last = follower.get(last, "")
    return known


def _current(connection: Connection) -> str | None:
    """The migration that the tables are at."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(select(column("version_num")).select_from(VERSION))
    return version


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
            upgrade(connection)
    except DBAPIError as error:
        raise unavailable(url, error) from error


def upgrade(connection: Connection) -> None:
    """Bring the tables up to date in the connection's transaction, in which nobody else does.

    Raises SchemaAhead.
    """
    try:
        check(connection)
    except SchemaBehind:
        from alembic import command

        command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> "Config":
    """What alembic's commands want to know; they work in the connection's transaction."""
    from alembic.config import Config

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
