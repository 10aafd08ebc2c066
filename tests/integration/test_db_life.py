"""The journal's life beside a writer: snapshots, retention, sizes, on both kinds of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from acd.db import Limits, Store, Writer, migrate, retention, sizes, snapshots
from acd.db.codec import Codec
from acd.db.moment import brief, one_moment, opened
from acd.db.record import MESSAGES
from acd.db.retention import ReportsGone
from acd.db.tables import agent_intervals, callback_marks, dispositions, interactions, journal
from acd.db.version import program_version
from acd.distributor.state import KINDS
from acd.views import Record
from tests.integration.databases import Place
from tests.unit.db.lives import by_key, calls, live_after

CODEC = Codec((*MESSAGES, *KINDS))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIFE = calls(3)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield store
    await store.close()


async def write(store: Store, records: list[Record]) -> None:
    """A process that records these and ends."""
    run = await store.new_run()
    writer = await Writer.open(store, run, await store.load_rows(), Limits(group_s=0))
    task = asyncio.create_task(writer.run())
    for record in records:
        writer.record(record)
    assert await writer.drain(20)
    await task


def dated(days_ago: float, records: list[Record]) -> list[Record]:
    """The same, as if they had been so long ago."""
    return [replace(record, at=NOW - days_ago * DAY) for record in records]


def seqs(url: str) -> list[int]:
    with opened(url) as engine, one_moment(engine) as connection:
        return list(connection.scalars(select(journal.c.seq).order_by(journal.c.seq)))


def kept(url: str) -> list[int]:
    with opened(url) as engine, one_moment(engine) as connection:
        return [one.seq for one in snapshots.kept(connection)]


def take(url: str) -> snapshots.Snapshot | None:
    with opened(url) as engine:
        return snapshots.take(engine)


def drop_old(url: str, days: int) -> retention.Gone:
    with opened(url) as engine:
        return retention.drop_old(engine, NOW - days * DAY)


# Snapshots.


async def test_a_snapshot_has_the_rows_as_the_last_line_has_left_them(store: Store) -> None:
    await write(store, LIFE)
    made = take(store.url)
    assert made is not None
    assert (made.seq, made.run, made.at) == (len(LIFE), 1, LIFE[-1].at)
    with opened(store.url) as engine, one_moment(engine) as connection:
        assert snapshots.kept(connection) == [made]
        rows = snapshots.rows_of(connection, CODEC, made.seq)
    assert by_key(rows) == live_after(LIFE)
    assert made.rows == len(rows)
    assert made.settings_version == live_after(LIFE)["General", "general"].version > 0
    assert made.version == program_version()


async def test_nothing_is_kept_of_nothing_and_no_moment_twice(store: Store) -> None:
    assert take(store.url) is None
    await write(store, LIFE)
    assert take(store.url) is not None
    assert take(store.url) is None
    assert kept(store.url) == [len(LIFE)]


async def test_a_snapshot_under_load_is_one_moment(store: Store) -> None:
    """While groups are committed as fast as they come, each snapshot fits its line."""
    run = await store.new_run()
    writer = await Writer.open(store, run, [], Limits(group_s=0))
    writing = asyncio.create_task(writer.run())
    taking = asyncio.create_task(asyncio.to_thread(_take_often, store.url, writing))
    records = calls(25)
    for record in records:
        writer.record(record)
        await asyncio.sleep(0.001)
    await writer.drain(20)
    await writing
    taken = await taking
    assert len(taken) > 2
    for seq, rows in taken.items():
        assert by_key(rows) == live_after(records[:seq])


def _take_often(url: str, writing: asyncio.Task[None]) -> dict[int, list[Any]]:
    found = {}
    with opened(url) as engine:
        while not writing.done():
            if made := snapshots.take(engine):
                with one_moment(engine) as connection:
                    found[made.seq] = snapshots.rows_of(connection, CODEC, made.seq)
    return found


# Retention.


async def test_lines_that_are_too_old_go_and_the_newest_stays(store: Store) -> None:
    await write(store, dated(40, LIFE) + dated(20, LIFE))
    gone = drop_old(store.url, 30)
    assert gone.lines == len(LIFE)
    assert seqs(store.url)[0] == len(LIFE) + 1
    assert drop_old(store.url, 10).lines == len(LIFE) - 1
    assert seqs(store.url) == [2 * len(LIFE)]
    await write(store, dated(0, LIFE[:1]))
    assert seqs(store.url)[-1] == 2 * len(LIFE) + 1, "numbers go on"


async def test_every_snapshot_that_stays_has_all_lines_after_it(store: Store) -> None:
    for days_ago in (50, 40, 20):
        await write(store, dated(days_ago, LIFE))
        take(store.url)
    half, whole = kept(store.url)[1:]
    assert drop_old(store.url, 30).snapshots == 2
    assert kept(store.url) == [whole]
    assert seqs(store.url)[0] == half + 1
    await write(store, dated(15, LIFE))
    drop_old(store.url, 10)
    assert kept(store.url) == [whole], "the newest one stays, whatever its age"
    assert seqs(store.url)[0] == whole


async def test_retention_can_be_stopped_and_goes_on_the_next_time(store: Store) -> None:
    await write(store, dated(40, LIFE) + dated(0, LIFE[:1]))
    with opened(store.url) as engine:
        assert retention.drop_old(engine, NOW - 30 * DAY, stop=lambda: True).lines == 0
    assert drop_old(store.url, 30).lines == len(LIFE)


# Reports.


def ended(url: str, days_ago: float, which: str = "") -> None:
    """As if what is over, or that interaction, had been so long ago."""
    at = NOW - days_ago * DAY
    mine = interactions.c.id == which if which else interactions.c.ended_at.is_not(None)
    with opened(url) as engine, brief(engine) as connection:
        connection.execute(update(interactions).where(mine).values(started_at=at, ended_at=at))
        if not which:
            over = agent_intervals.c.ended_at.is_not(None)
            connection.execute(update(agent_intervals).where(over).values(ended_at=at))


async def written(store: Store) -> None:
    """Three calls, each closed with a code and marked as called back."""
    await write(store, LIFE)
    with opened(store.url) as engine, brief(engine) as connection:
        for call in connection.scalars(select(interactions.c.id)).all():
            closed = {"offer": call, "agent": "ayse", "code": "Done", "category": "success"}
            closed |= {"note": "", "tags": [], "automatic": False, "at": NOW, "interaction": call}
            connection.execute(insert(dispositions).values(closed))
            mark = {
                "entry": call,
                "interaction": call,
                "by": "ayse",
                "at": NOW,
                "result": "reached",
            }
            connection.execute(insert(callback_marks).values(mark))


def report_rows(url: str) -> dict[str, list[str]]:
    """Of which interaction each row is."""
    with opened(url) as engine, one_moment(engine) as connection:
        found = {
            table.name: [*connection.scalars(select(table.c.interaction))]
            for table in retention.PARTS
        }
        found["interactions"] = [*connection.scalars(select(interactions.c.id))]
        return found


def drop_old_reports(url: str, days: int, stop: Callable[[], bool] = lambda: False) -> ReportsGone:
    with opened(url) as engine:
        return retention.drop_old_reports(engine, NOW - days * DAY, stop)


async def test_a_call_of_long_ago_goes_with_all_its_parts_and_no_other(store: Store) -> None:
    await written(store)
    before = report_rows(store.url)
    old, *young = before["interactions"]
    assert all(old in rows for rows in before.values()), "it has rows in every table"
    ended(store.url, 20)
    ended(store.url, 40, old)
    assert drop_old_reports(store.url, 30).interactions == 1
    assert report_rows(store.url) == {
        name: [each for each in rows if each != old] for name, rows in before.items()
    }
    assert drop_old_reports(store.url, 10).interactions == len(young)
    assert not any(report_rows(store.url).values())


async def test_what_goes_on_stays_however_long_ago_it_has_begun(store: Store) -> None:
    await written(store)
    ended(store.url, 40)
    with opened(store.url) as engine, brief(engine) as connection:
        open_ = update(interactions).values(ended_at=None)
        connection.execute(open_)
        still = connection.scalars(
            select(agent_intervals.c.started_at).where(agent_intervals.c.ended_at.is_(None))
        ).all()
    gone = drop_old_reports(store.url, 30)
    assert (gone.interactions, gone.intervals > 0) == (0, True)
    with opened(store.url) as engine, one_moment(engine) as connection:
        left = connection.scalars(select(agent_intervals.c.started_at)).all()
    assert still
    assert sorted(left) == sorted(still)


async def test_half_of_a_call_is_never_deleted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped at any moment, and little at a time."""
    monkeypatch.setattr(retention, "CALLS", 1)
    monkeypatch.setattr(retention, "FEWEST", 1)
    await written(store)
    ended(store.url, 40)
    stops = iter([False, True, True])
    assert drop_old_reports(store.url, 30, lambda: next(stops)).interactions == 1
    left = report_rows(store.url)
    assert len(left["interactions"]) == 2
    assert all({*rows} == {*left["interactions"]} for rows in left.values())
    assert drop_old_reports(store.url, 30).interactions == 2


# Sizes.


async def test_sizes_count_rows_and_bytes_of_every_table_and_day(store: Store) -> None:
    await write(store, dated(1, LIFE) + dated(0, LIFE))
    with opened(store.url) as engine:
        size = sizes.measure(engine, NOW)
    found = {table.name: table for table in size.tables}
    assert found["journal"].rows == 2 * len(LIFE)
    assert found["journal"].bytes > 10_000
    assert found["interactions"].rows == 3
    assert [(day.day.isoformat(), day.lines) for day in size.journal] == [
        ("2026-05-31", len(LIFE)),
        ("2026-06-01", len(LIFE)),
    ]
    assert size.growth is None
    assert size.days_left is None


async def test_growth_is_what_was_kept_a_week_ago_compared_with_now(store: Store) -> None:
    with opened(store.url) as engine:
        before = sizes.measure(engine, NOW - 4 * DAY)
        sizes.keep(engine, before.tables, NOW - 4 * DAY)
        sizes.keep(engine, before.tables[:1], NOW - 9 * DAY)
    await write(store, LIFE * 5)
    with opened(store.url) as engine:
        after = sizes.measure(engine, NOW)
    assert after.growth == pytest.approx((after.bytes - before.bytes) / 4)
    assert after.growth > 0
    assert (after.days_left is not None) == (after.disk_free is not None)
