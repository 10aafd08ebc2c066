"""Backups of a database in use, and restoring them, from each kind to each."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, update

from acd.app import holder
from acd.app.exits import HeldByAnother
from acd.app.restoring import restore_unused
from acd.db import DatabaseError, Limits, SchemaAhead, Store, Writer, migrate
from acd.db.connection import open_engine
from acd.db.copying import NotRestorable, back_up
from acd.db.hold import open_hold
from acd.db.moment import brief, opened
from acd.db.moving import CannotMove
from acd.db.schema import configuration
from acd.db.tables import interactions, journal, runs
from acd.distributor.state import KINDS
from tests.integration.databases import Place
from tests.unit.db.lives import by_key, calls, live_after

LIFE = calls(30)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield store
    await store.close()


async def written(url: str) -> tuple[int, dict[tuple[str, object], object]]:
    """The last line of the journal, and the live rows."""
    store = await Store.open(url, kinds=KINDS)
    lines = [line.seq async for line in store.read_journal()]
    rows = by_key(await store.load_rows())
    await store.close()
    assert lines == list(range(1, len(lines) + 1))
    return len(lines), rows


async def test_a_backup_under_load_is_one_moment_and_can_be_restored(
    store: Store, tmp_path: Path
) -> None:
    run = await store.new_run()
    writer = await Writer.open(store, run, [], Limits(group_s=0))
    writing = asyncio.create_task(writer.run())
    backup = tmp_path / "backup.db"
    copying = None
    for number, record in enumerate(LIFE):
        writer.record(record)
        await asyncio.sleep(0.001)
        if number == 100:
            copying = asyncio.create_task(asyncio.to_thread(back_up, store.url, backup))
    assert copying is not None
    copy = await copying
    await writer.drain(20)
    await writing
    assert 0 < copy.seq < len(LIFE), "the writer went on meanwhile"
    assert copy.run == 1
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert _files(tmp_path, "backup") == ["backup.db"]
    target = f"sqlite:///{tmp_path}/restored.db"
    assert await restore_unused(backup, target) == copy
    seq, rows = await written(target)
    assert seq == copy.seq
    assert rows == live_after(LIFE[:seq])


async def test_a_restored_database_begins_with_a_run_that_nobody_has_been(
    store: Store, tmp_path: Path
) -> None:
    """Between the backup and its restoration there may have been a run every second."""
    await store.new_run()
    with opened(store.url) as engine, brief(engine) as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(update(runs).values(seen_at=long_ago))
    back_up(store.url, tmp_path / "backup.db")
    target = f"sqlite:///{tmp_path}/restored.db"
    await restore_unused(tmp_path / "backup.db", target)
    restored = await Store.open(target, kinds=KINDS)
    assert 3600 < await restored.new_run() < 4 * 3600
    await restored.close()


async def test_a_backup_can_be_restored_to_either_kind(
    store: Store, place: Place, tmp_path: Path
) -> None:
    await store.end_run(await store.new_run())
    back_up(store.url, tmp_path / "backup.db")
    with pytest.raises(CannotMove, match="is not empty"):
        await restore_unused(tmp_path / "backup.db", store.url)
    for table in (journal, interactions, runs):
        with opened(store.url) as engine, brief(engine) as connection:
            connection.execute(table.delete())
    await restore_unused(tmp_path / "backup.db", store.url)
    assert await store.new_run() > 1


async def test_a_database_in_use_is_not_restored_to(store: Store, tmp_path: Path) -> None:
    back_up(store.url, tmp_path / "backup.db")
    hold = await open_hold(store.url)
    try:
        await holder.begin(store, hold)
        with pytest.raises(HeldByAnother, match="another `acd run` works on this data") as held:
            await restore_unused(tmp_path / "backup.db", store.url)
        assert "--database" in str(held.value)
        assert "--take-over" not in str(held.value), "that is an option of `acd run`"
    finally:
        await hold.close()
    await store.end_run(1)
    with pytest.raises(CannotMove, match="is not empty"):
        await restore_unused(tmp_path / "backup.db", store.url)


async def test_a_backup_never_takes_anothers_place(store: Store, tmp_path: Path) -> None:
    (tmp_path / "backup.db").write_text("precious")
    with pytest.raises(DatabaseError, match="another name"):
        back_up(store.url, tmp_path / "backup.db")
    with pytest.raises(DatabaseError, match="cannot be written"):
        back_up(store.url, tmp_path / "nowhere" / "backup.db")
    assert (tmp_path / "backup.db").read_text() == "precious"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "there is no backup"), (b"", "none of our tables"), (b"x" * 5000, "no backup of ours")],
)
async def test_what_is_no_backup_is_refused_and_nothing_is_made(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "backup.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotRestorable, match=says):
        await restore_unused(path, f"sqlite:///{tmp_path}/restored.db")
    assert _files(tmp_path) == (["backup.db"] if content is not None else [])


async def test_a_backup_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    await migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(SchemaAhead, match="newer program"):
        await restore_unused(path, f"sqlite:///{tmp_path}/restored.db")
    assert not (tmp_path / "restored.db").exists()


async def test_an_older_backup_gets_our_tables(tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    await _migrate_to(path, "0001")
    await restore_unused(path, f"sqlite:///{tmp_path}/restored.db")
    store = await Store.open(f"sqlite:///{tmp_path}/restored.db", kinds=KINDS)
    await store.check_schema()
    assert await store.new_run() == 1, "nobody has used it yet"
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(runs)) == 1
    await store.close()


def _files(folder: Path, beginning: str = "") -> list[str]:
    return sorted(path.name for path in folder.glob(f"{beginning}*"))


async def _migrate_to(path: Path, revision: str) -> None:
    engine = open_engine(f"sqlite:///{path}")
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(configuration(sync), revision))
    await engine.dispose()
