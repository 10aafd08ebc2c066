"""Backups: a copy of the whole database, of either kind, as one SQLite file; and the way back."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Engine

from acd.db.errors import DatabaseError
from acd.db.moment import brief, one_moment, opened
from acd.db.moving import move_now
from acd.db.schema import migrate_now
from acd.db.tables import journal, runs
from acd.db.version import program_version

PAGES = 256
"""Of SQLite's pages so many are copied in one go: a megabyte."""
RUNS_A_SECOND = 2
"""Nobody starts more processes than that, for any length of time."""
RUNS_AT_ONCE = 100
"""Some may have been started more quickly."""


class NotRestorable(DatabaseError):
    """There is no backup; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What a backup has: up to which line of the journal, and of which run."""

    bytes: int
    seq: int
    run: int


# Backup.


def back_up(url: str, path: Path) -> Copy:
    """Copy the database as it is now into a new file, while it is used. Raises DatabaseError."""
    if path.exists():
        raise DatabaseError(f"{path} exists already: give the backup another name")
    part = path.with_name(f"{path.name}.part")
    with opened(url) as engine, _new_file(part):
        if engine.dialect.name == "sqlite":
            _copy_pages(engine, part)
        else:
            move_now(url, f"sqlite:///{part}")
        copy = _look_at(part)
        _settle(part)
        part.rename(path)
        _sync(path.parent)
    return copy


@contextmanager
def _new_file(part: Path) -> Iterator[None]:
    """A file that only we may read, for it is full of people's data; gone if it is not kept."""
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield
    except OSError as error:
        raise DatabaseError(f"{part} cannot be written: {error.strerror}") from error
    finally:
        for left in (part, *(Path(f"{part}{end}") for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)


def _copy_pages(engine: Engine, part: Path) -> None:
    """SQLite begins a copy anew whenever another process has written. Not so in a transaction
    that has begun to read: it sees the same pages until its end, and nobody waits for it."""
    with one_moment(engine) as connection, closing(sqlite3.connect(part)) as target:
        connection.execute(select(func.max(runs.c.run)))
        connection.connection.driver_connection.backup(target, pages=PAGES, sleep=0)  # type: ignore[union-attr]


def _settle(part: Path) -> None:
    """One file, whole, and on the disk."""
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("pragma journal_mode = delete")
        (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise DatabaseError(f"the copy is damaged, and so may be the database: {found}")
    _sync(part)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _look_at(part: Path) -> Copy:
    with opened(f"sqlite:///{part}") as engine, engine.connect() as connection:
        seq = connection.scalar(select(func.max(journal.c.seq)))
        run = connection.scalar(select(func.max(runs.c.run)))
    return Copy(bytes=part.stat().st_size, seq=seq or 0, run=run or 0)


# Restore.


@contextmanager
def prepared(path: Path) -> Iterator[tuple[str, Copy]]:
    """The URL of a copy of the backup, brought up to date, and what it has. The run that begins
    where it is restored to has a number above all that were used since the backup.

    Raises NotRestorable, SchemaAhead.
    """
    part = path.with_name(f"{path.name}.restoring")
    url = f"sqlite:///{part}"
    with _new_file(part):
        if not path.is_file():
            raise NotRestorable(f"there is no backup {path}")
        shutil.copyfile(path, part)
        _see_that_it_is_ours(part)
        migrate_now(url)
        copy = _look_at(part)
        with opened(url) as engine:
            _leap(engine, datetime.now(UTC))
        yield url, copy


def _see_that_it_is_ours(part: Path) -> None:
    try:
        with closing(sqlite3.connect(part)) as connection:
            names = connection.execute("select name from sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        raise NotRestorable(f"that is no backup of ours: {error}") from error
    if ("alembic_version",) not in names:
        raise NotRestorable("that is no backup of ours: it has none of our tables")


def _leap(engine: Engine, now: datetime) -> None:
    """Note a run that nobody was: Asterisk may still have what later runs than the backup's have
    made, and no id shall come again. There cannot have been more of them since it was last
    written to."""
    with brief(engine) as connection:
        last, seen = connection.execute(
            select(func.max(runs.c.run), func.max(runs.c.seen_at))
        ).one()
        if last is None:
            return
        seconds = max(0, int((now - seen).total_seconds()))
        run = last + RUNS_AT_ONCE + RUNS_A_SECOND * seconds
        about = {"started_at": now, "seen_at": now, "ended_at": now, "host": "restored", "pid": 0}
        connection.execute(insert(runs), {"run": run, "version": program_version(), **about})
