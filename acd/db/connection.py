"""Opening the database, and what differs between the two kinds we run on.

For SQLite two execution options of a connection mean something to the transactions it begins:
writes: take the write lock at once; synced: have the commit survive a power cut. A server does
the latter for every commit.
"""

import logging
import os
import sqlite3
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Insert, NullPool, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
SQLITE = "sqlite:///"
BUSY_MS = 1000
"""So long SQLite waits for another's lock before it says that it is locked."""
SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
)
MIGRATING = 0x61636421
"""The number of a lock that nobody else on the server should have."""
POSTGRESQL_ARGUMENTS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    # A process that is stopped in mid-transaction must not hold its successor for ever.
    "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
}


def database_url(url: str) -> URL:
    """The URL with our driver: sqlite:///acd.db, postgresql://acd@host/acd. Raises ValueError."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind not in DRIVERS:
        raise ValueError(f"the database is either sqlite or postgresql, not {kind}")
    return parsed.set(drivername=DRIVERS[kind])


def is_missing(url: str) -> bool:
    """Whether it is a file of SQLite that is not there: to open it would make it."""
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists()


def shown(url: str) -> str:
    """The URL as people have written it, but for the password."""
    return make_url(url).render_as_string(hide_password=True)


def open_engine(url: str) -> AsyncEngine:
    """An engine that has not connected yet. Raises ValueError."""
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_pre_ping=True, connect_args=POSTGRESQL_ARGUMENTS)
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "do_connect", _make_for_owner)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def open_writing_engine(url: str) -> Engine:
    """An engine for the one thread that writes. Raises ValueError."""
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        # It warns of rows that the server refuses, with all that is in them; we say it ourselves.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        return create_engine(parsed, poolclass=NullPool, connect_args=POSTGRESQL_ARGUMENTS)
    engine = create_engine(parsed.set(drivername="sqlite"), poolclass=NullPool)
    event.listen(engine, "do_connect", _make_for_owner)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", _keep_ahead_log)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_for_owner(_dialect: Any, _record: Any, arguments: Any, _parameters: Any) -> None:
    """Have a new file be its owner's alone: callers' numbers and passwords' hashes are in it.

    What cannot be made SQLite says better.
    """
    if os.path.isabs(arguments[0]):
        with suppress(OSError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin a transaction only before some statements, and never before DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _keep_ahead_log(connection: Any, _record: Any) -> None:
    """Have the file keep a write-ahead log from now on: readers and the writer do not wait for
    each other. SQLite does not wait for a lock here, so that two who begin at once could fail."""
    for pause_s in (0.01, 0.03, 0.1, 0.3, 0.6):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            time.sleep(pause_s)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    synced = options.get("synced", False)
    if synced != connection.info.get("synced", False):
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if synced else 'NORMAL'}")
        connection.info["synced"] = synced
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def wait_for_other_migrations(connection: Connection) -> None:
    """Be the only one until the transaction ends; SQLite's write lock has seen to that."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))


@lru_cache
def upsert(table: Table, dialect: str) -> Insert:
    """Insert a row, or put it in place of the one with its key."""
    insert = _insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    others = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
    statement: Insert = insert.on_conflict_do_update(index_elements=keys, set_=others)
    return statement


@lru_cache
def insert_once(table: Table, dialect: str) -> Insert:
    """Insert a row unless it is there already, from a commit whose answer was lost."""
    insert = _insert(table, dialect)
    statement: Insert = insert.on_conflict_do_nothing(index_elements=[*table.primary_key])
    return statement


def _insert(table: Table, dialect: str) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
