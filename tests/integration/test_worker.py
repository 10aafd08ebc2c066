"""The worker: what it does when, one at a time, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from acd.app import working
from acd.app.working import Work, work
from acd.config import check
from acd.config.journal import Journal
from acd.db import Store, migrate, retention, snapshots
from acd.db.journal_tables import sizes
from acd.db.moment import brief, one_moment, opened
from acd.db.tables import interactions
from acd.distributor.state import KINDS
from acd.views import Record
from tests.integration.databases import Place
from tests.integration.test_db_life import kept, seqs, write
from tests.integration.test_db_writer import until
from tests.unit.db.lives import calls

ACD = Path(sys.executable).with_name("acd")
LIFE = calls(1)
NODE = {
    "ari_url": "http://127.0.0.1:1/ari",
    "ari_user": "acd",
    "ari_password": "a password for the tests",
    "media_address": "127.0.0.1",
}


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield store
    await store.close()


def ago(hours: float) -> list[Record]:
    """A call that was so many hours ago."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    return [replace(record, at=at) for record in LIFE]


def by_file(url: str, **journal: int) -> Work:
    """The work that such a file asks for."""
    file = check({"nodes": [NODE], "journal": journal}, "acd.yaml").file
    return Work(database=url, journal=file.journal)


def reported(url: str) -> int:
    """How many interactions the reports know of."""
    with opened(url) as engine, one_moment(engine) as connection:
        return connection.scalar(select(func.count()).select_from(interactions)) or 0


@pytest.mark.key("journal", "journal.keep_days")
async def test_what_is_older_than_the_file_says_is_deleted(store: Store) -> None:
    await write(store, ago(60) + ago(36) + ago(1))
    by_file(store.url, keep_days=3).turn()
    assert len(seqs(store.url)) == 3 * len(LIFE)
    by_file(store.url, keep_days=2).turn()
    assert len(seqs(store.url)) == 2 * len(LIFE)


@pytest.mark.key("journal.keep_reports_days")
async def test_reports_are_kept_for_as_long_as_the_file_says_and_else_for_ever(
    store: Store,
) -> None:
    await write(store, LIFE)
    at = datetime.now(UTC) - timedelta(days=3)
    with opened(store.url) as engine, brief(engine) as connection:
        connection.execute(update(interactions).values(started_at=at, ended_at=at))
    by_file(store.url).turn()
    by_file(store.url, keep_reports_days=4).turn()
    assert reported(store.url) == 1
    by_file(store.url, keep_reports_days=2).turn()
    assert reported(store.url) == 0


@pytest.mark.key("journal", "journal.snapshot_every_h")
async def test_a_snapshot_is_taken_as_often_as_the_file_says(store: Store) -> None:
    await write(store, ago(5))
    by_file(store.url).turn()
    assert kept(store.url) == [len(LIFE)]
    await write(store, ago(0))
    by_file(store.url, snapshot_every_h=6).turn()
    assert kept(store.url) == [len(LIFE)]
    by_file(store.url, snapshot_every_h=4).turn()
    assert kept(store.url) == [len(LIFE), 2 * len(LIFE)]


async def test_a_snapshot_is_taken_when_another_program_has_begun(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(store, ago(1))
    by_file(store.url).turn()
    monkeypatch.setattr("acd.db.store.program_version", lambda: "9.9.9+different")
    await write(store, ago(0))
    by_file(store.url).turn()
    with opened(store.url) as engine, one_moment(engine) as connection:
        assert [one.version == "9.9.9+different" for one in snapshots.kept(connection)] == [
            False,
            True,
        ]


async def test_sizes_are_kept_once_an_hour(store: Store) -> None:
    by_file(store.url).turn()
    by_file(store.url).turn()
    with opened(store.url) as engine, one_moment(engine) as connection:
        assert len(set(connection.scalars(select(sizes.c.at)))) == 1


async def test_a_second_worker_is_refused_and_the_next_one_is_not(store: Store) -> None:
    await write(store, LIFE)
    stop = asyncio.Event()
    first = asyncio.create_task(work(by_file(store.url), stop))
    await until(lambda: kept(store.url) or first.done())
    with pytest.raises(working.HeldByAnother, match="another `acd worker`"):
        await work(by_file(store.url), asyncio.Event(), once=True)
    stop.set()
    await first
    await work(by_file(store.url), asyncio.Event(), once=True)


async def test_a_worker_waits_for_a_database_that_is_away(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(working, "EVERY_S", 0.05)
    await write(store, LIFE)
    await store.close()
    stop = asyncio.Event()
    with place.away(), pytest.raises(working.DatabaseUnavailable):
        by_file(store.url).turn()
    honest, away = Work.turn, True

    def turn(self: Work, stopped: Any) -> None:
        if away:
            raise working.DatabaseUnavailable("gone")
        honest(self, stopped)

    monkeypatch.setattr(Work, "turn", turn)
    task = asyncio.create_task(work(by_file(store.url), stop))
    await until(lambda: "the database is away: the worker waits" in caplog.messages)
    assert not task.done()
    away = False
    await until(lambda: kept(store.url))
    stop.set()
    await task


# The process.


@asynccontextmanager
async def process(folder: Path, url: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    path = folder / "acd.yaml"
    raw = {"nodes": [NODE], "database": url, "journal": {"keep_days": 1}}
    path.write_text(json.dumps(raw))
    command = (str(ACD), "worker", "--config", str(path), *words)
    started = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_once_does_what_is_due_and_ends(store: Store, tmp_path: Path) -> None:
    await write(store, ago(50) + ago(1))
    async with process(tmp_path, store.url, "--once") as once:
        _, said = await once.communicate()
    assert once.returncode == 0, said
    assert b"snapshot taken" in said
    assert len(seqs(store.url)) == len(LIFE)


async def test_the_worker_ends_in_good_order_at_a_signal(store: Store, tmp_path: Path) -> None:
    await write(store, ago(1))
    async with process(tmp_path, store.url) as running:
        await until(lambda: kept(store.url), within=30)
        async with process(tmp_path, store.url, "--once") as second:
            _, said = await second.communicate()
        assert second.returncode == 5, said
        assert said.decode().startswith("acd: another `acd worker` works on this database")
        running.send_signal(signal.SIGTERM)
        assert running.stderr is not None
        said = await running.stderr.read()
        assert await running.wait() == 0
    assert b"Traceback" not in said


async def test_a_signal_ends_a_long_deletion_between_two_batches(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(retention, "FEWEST", 1)
    await write(store, ago(100) + ago(0)[:1])
    stop = asyncio.Event()
    short = Work(database=store.url, journal=Journal(keep_days=1))
    task = asyncio.create_task(work(short, stop))
    await until(lambda: seqs(store.url)[0] > 1)
    stop.set()
    await task
    assert len(seqs(store.url)) > 2
