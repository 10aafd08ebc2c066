"""How much room everything takes, how fast that grows, and when the disk will be full."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, inspect, literal_column, select, table, text
from sqlalchemy.engine import Connection, Engine

from acd.db.journal_tables import sizes
from acd.db.moment import brief, one_moment
from acd.db.tables import journal

LOOK_BACK = timedelta(days=7)
"""Growth is measured over so long."""
LONG_ENOUGH = timedelta(hours=20)
"""Growth that was measured over less says nothing: a day has a night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    name: str
    rows: int
    bytes: int
    """With its indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDay:
    """What one day (UTC) has written; bytes: of its texts."""

    day: date
    lines: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """unused: bytes that the database holds and will fill before it grows; disk_free: bytes, None
    where the disk is another machine's; growth: bytes a day, None before it is known."""

    tables: tuple[TableSize, ...]
    unused: int
    disk_free: int | None
    journal: tuple[JournalDay, ...]
    growth: float | None

    @property
    def bytes(self) -> int:
        return sum(size.bytes for size in self.tables)

    @property
    def days_left(self) -> float | None:
        """Until the disk is full; None if it is not known, or will not be."""
        if self.disk_free is None or self.growth is None or self.growth <= 0:
            return None
        return (self.unused + self.disk_free) / self.growth


def measure(engine: Engine, now: datetime) -> Size:
    """Look at everything once."""
    with one_moment(engine) as connection:
        tables = tuple(_tables(connection))
        return Size(
            tables=tables,
            unused=_unused(connection),
            disk_free=_disk_free(engine),
            journal=tuple(_days(connection)),
            growth=_growth(connection, sum(size.bytes for size in tables), now),
        )


def keep(engine: Engine, tables: Sequence[TableSize], now: datetime) -> None:
    """Keep the sizes, for growth to be known."""
    rows = [{"at": now, "name": t.name, "rows": t.rows, "bytes": t.bytes} for t in tables]
    with brief(engine) as connection:
        connection.execute(insert(sizes), rows)


def last_kept(connection: Connection) -> datetime | None:
    """When sizes were kept last."""
    last: datetime | None = connection.scalar(select(func.max(sizes.c.at)))
    return last


def _tables(connection: Connection) -> list[TableSize]:
    bytes_of = _sqlite_bytes if connection.dialect.name == "sqlite" else _postgresql_bytes
    taken = bytes_of(connection)
    names = sorted(inspect(connection).get_table_names())
    return [
        TableSize(name=name, rows=_rows(connection, name), bytes=taken.get(name, 0))
        for name in names
    ]


def _rows(connection: Connection, name: str) -> int:
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


def _sqlite_bytes(connection: Connection) -> dict[str, int]:
    query = text(
        "select tbl_name, sum(pgsize) from dbstat('main', 1) "
        "join sqlite_master using (name) group by tbl_name"
    )
    return {name: size for name, size in connection.execute(query)}


def _postgresql_bytes(connection: Connection) -> dict[str, int]:
    query = text(
        "select relname, pg_total_relation_size(oid) from pg_class "
        "where relkind = 'r' and relnamespace = current_schema()::regnamespace"
    )
    return {name: size for name, size in connection.execute(query)}


def _unused(connection: Connection) -> int:
    """What SQLite keeps of deleted rows. PostgreSQL counts it into its tables."""
    if connection.dialect.name != "sqlite":
        return 0
    pages = connection.scalar(text("pragma freelist_count")) or 0
    return int(pages * (connection.scalar(text("pragma page_size")) or 0))


def _disk_free(engine: Engine) -> int | None:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return None
    return shutil.disk_usage(Path(path).absolute().parent).free


def _days(connection: Connection) -> list[JournalDay]:
    day = func.date(journal.c.at)
    if connection.dialect.name != "sqlite":
        day = func.date(journal.c.at.op("at time zone")(literal_column("'UTC'")))
    length = sum(
        (func.length(c) for c in (journal.c.effects, journal.c.detail)),
        func.length(journal.c.input),
    )
    query = select(day, func.count(), func.sum(length)).group_by(day).order_by(day)
    return [
        JournalDay(day=_date(found), lines=lines, bytes=size)
        for found, lines, size in connection.execute(query)
    ]


def _date(found: date | str) -> date:
    return date.fromisoformat(found) if isinstance(found, str) else found


def _growth(connection: Connection, taken: int, now: datetime) -> float | None:
    """By what was kept earlier: deletions are in it."""
    total = func.sum(sizes.c.bytes)
    query = select(sizes.c.at, total).where(sizes.c.at >= now - LOOK_BACK)
    first = connection.execute(query.group_by(sizes.c.at).order_by(sizes.c.at).limit(1)).first()
    if first is None or now - first[0] < LONG_ENOUGH:
        return None
    days: float = (now - first[0]) / timedelta(days=1)
    return float(taken - first[1]) / days
