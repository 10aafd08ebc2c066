"""Copying a database into another one, of the same or the other kind: all of it or nothing."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, inspect, literal, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from acd.db import (  # noqa: F401 - their tables are part of the metadata
    account_tables,
    configuration_tables,
    journal_tables,
    schema,
)
from acd.db.connection import open_writing_engine, shown, wait_for_other_migrations
from acd.db.errors import DatabaseError, reason_of
from acd.db.tables import metadata

BATCH = 500
"""Rows that are in memory at once; one of the journal takes some kilobytes."""
Rows = list[dict[str, Any]]
Told = Callable[[str, int], None]


class CannotMove(DatabaseError):
    """Nothing is moved; the text says why."""


@dataclass(kw_only=True)
class Content:
    """What a table holds: how many rows, and a digest in which their order does not count."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Rows) -> Rows:
        """Take the rows in; gives them."""
        for row in rows:
            words = json.dumps(row, sort_keys=True, default=_words).encode()
            self.rows += 1
            self.digest += int.from_bytes(hashlib.blake2b(words, digest_size=16).digest())
        return rows


async def move(source: str, target: str, told: Told = lambda *_: None) -> None:
    """Copy all rows of the source into the target, which must be empty, in one transaction, and
    read them again there. The source is not changed. told: hears of each table and its rows.

    Whoever calls has seen to it that no process works on either. Raises CannotMove and other
    DatabaseErrors, and ValueError for a bad URL.
    """
    await asyncio.to_thread(move_now, source, target, told)


def move_now(source: str, target: str, told: Told = lambda *_: None) -> None:
    """The same, where no loop waits."""
    with ExitStack() as stack:
        try:
            old = _opened(stack, source)
            _freeze(old)
            schema.check(old)
        except DBAPIError as error:
            raise schema.unavailable(source, error) from error
        try:
            new = _opened(stack, target)
            _make_tables(new, target)
            for table in _tables(new):
                told(table.name, _copy(table, old, new))
            new.commit()
        except DBAPIError as error:
            raise schema.unavailable(target, error) from error


def _opened(stack: ExitStack, url: str) -> Connection:
    """A connection; what it changes is undone unless it is committed."""
    connection = stack.enter_context(open_writing_engine(url).connect())
    connection = connection.execution_options(writes=True)
    if connection.dialect.name == "postgresql":
        # One rests while the other is read again, however long that takes.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    return connection


def _freeze(old: Connection) -> None:
    """See the same from now on; SQLite's write lock keeps others from writing."""
    if old.dialect.name == "postgresql":
        old.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _make_tables(new: Connection, target: str) -> None:
    wait_for_other_migrations(new)
    if name := _in_the_way(new):
        raise CannotMove(
            f"{shown(target)} is not empty (there is the table {name}): name an empty one, or move "
            "this one away, with what stands beside the file under its name"
        )
    schema.upgrade(new)


def _in_the_way(new: Connection) -> str | None:
    """A table that holds something, or is not ours."""
    for name in sorted({*inspect(new).get_table_names()} - {"alembic_version"}):
        table = metadata.tables.get(name)
        if table is None or new.scalar(select(literal(1)).select_from(table).limit(1)):
            return name
    return None


def _tables(new: Connection) -> Iterator[Table]:
    """All that the migrations have made, referenced ones first."""
    made = {*inspect(new).get_table_names()} - {"alembic_version"}
    if unknown := made - {*metadata.tables}:
        raise LookupError(f"the migrations make tables that nothing here knows: {unknown}")
    return (table for table in metadata.sorted_tables if table.name in made)


def _copy(table: Table, old: Connection, new: Connection) -> int:
    """Copy the rows and read them again; how many there are. Raises CannotMove."""
    sent, kept = Content(), Content()
    for rows in _batches(table, old):
        try:
            new.execute(insert(table), sent.add(rows))
        except (DataError, IntegrityError) as error:
            raise CannotMove(
                f"a row of {table.name} cannot be kept in the new database ({reason_of(error)}): "
                "mend it where it comes from, which is as it was"
            ) from error
    for rows in _batches(table, new):
        kept.add(rows)
    if sent != kept:
        raise CannotMove(
            f"{table.name} came out different ({sent.rows} rows sent, {kept.rows} found): nothing "
            "is copied, and where it comes from all is as it was"
        )
    return sent.rows


def _batches(table: Table, connection: Connection) -> Iterable[Rows]:
    query = select(table).execution_options(yield_per=BATCH)
    with connection.execute(query) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _words(value: Any) -> str:
    """A moment or bytes in JSON."""
    return value.isoformat() if isinstance(value, datetime) else bytes(value).hex()
