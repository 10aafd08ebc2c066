"""The writer on real databases: groups, answers, a database that is away, rows that are bad."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Table, event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from acd.calls.interaction import Interaction
from acd.db import JournalLine, Limits, Store, Superseded, Writer, migrate
from acd.db.tables import agent_intervals, attempts, entries, interactions, legs, offers, runs
from acd.distributor.state import KINDS, Change
from acd.facts import LegRinging
from acd.ids import Channel, ChannelId, InteractionId, NodeId
from acd.requests import FinishAcw
from acd.views import Record
from tests.integration.databases import Place
from tests.unit.db.lives import AYSE, by_key, calls, live_after, replay

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
SOON = Limits(first_pause_s=0.01, longest_pause_s=0.05)


@dataclass(kw_only=True)
class Database:
    """A database and the runs on it."""

    place: Place
    store: Store
    commits: int = 0
    """Since the writer was opened."""

    @asynccontextmanager
    async def run(self, limits: Limits = SOON) -> AsyncIterator[Writer]:
        run = await self.store.new_run()
        writer = await Writer.open(self.store, run, await self.store.load_rows(), limits)
        self.commits = 0
        event.listen(writer._link._engine, "commit", self._count)
        task = asyncio.create_task(writer.run())
        yield writer
        await writer.drain(5)
        await task

    def _count(self, _connection: object) -> None:
        self.commits += 1

    async def journal(self) -> list[JournalLine]:
        return [line async for line in self.store.read_journal()]

    async def rows(self, table: Table) -> list[Any]:
        async with self.store.reading() as connection:
            order = list(table.primary_key)
            return list((await connection.execute(select(table).order_by(*order))).all())


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with opened(place) as database:
        yield database


@pytest.fixture
async def on_sqlite(sqlite_place: Place) -> AsyncIterator[Database]:
    async with opened(sqlite_place) as database:
        yield database


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Database]:
    await migrate(place.url)
    store = await Store.open(place.url, kinds=KINDS)
    yield Database(place=place, store=store)
    await store.close()


async def until(condition: Callable[[], object], within: float = 10) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


def fact(number: int, *changes: Change) -> Record:
    channel = Channel(NodeId("a"), ChannelId(str(number)))
    return Record(at=NOW, kind="fact", input=LegRinging(channel=channel), changes=changes)


def request() -> Record:
    return Record(at=NOW, kind="request", input=FinishAcw(agent=AYSE))


def live(number: int, **about: Any) -> Change:
    row = Interaction(
        id=InteractionId(f"1-{number}"),
        node=NodeId("a"),
        caller="+90",
        number="700",
        started_at=NOW,
    )
    return Change(row=replace(row, **about), live=True)


def numbers(lines: list[JournalLine]) -> list[int]:
    """Which facts those are."""
    return [int(line.input.channel.id) for line in lines if isinstance(line.input, LegRinging)]


# What is kept.


async def test_calls_can_be_replayed_and_reported_from_what_was_kept(database: Database) -> None:
    records = calls(3)
    async with database.run(replace(SOON, group_s=0)) as writer:
        for record in records:
            writer.record(record)
            await until(lambda: not writer.backlog)
        assert database.commits == len(records)
    lines = await database.journal()
    assert [(line.at, line.kind, line.input, line.effects) for line in lines] == [
        (record.at, record.kind, record.input, record.effects) for record in records
    ]
    rows = by_key(await database.store.load_rows())
    assert rows == live_after(records)
    assert rows == replay(lines, run=1)
    assert [row.outcome for row in await database.rows(interactions)] == ["answered"] * 3
    assert [row.outcome for row in await database.rows(entries)] == ["answered"] * 3
    assert [row.outcome for row in await database.rows(attempts)] == ["answered"] * 3
    assert {row.role for row in await database.rows(legs)} == {"caller", "agent"}
    (offer, *_) = await database.rows(offers)
    assert offer.explanation["strategy"] == "longest_idle"
    assert offer.offered_at.tzinfo is UTC


async def test_an_agents_day_is_told_without_gaps(database: Database) -> None:
    records = calls(3)
    async with database.run() as writer:
        for record in records:
            writer.record(record)
            if record.at.second % 7 == 0:
                await writer.committed(writer.record(request()))  # type: ignore[arg-type]
    day = [row for row in await database.rows(agent_intervals) if row.agent == AYSE]
    for before, after in pairwise(day):
        assert before.ended_at == after.started_at
    assert [row.ended_at for row in day].count(None) == 1
    talked = [row.ended_at - row.started_at for row in day if row.phase == "talking"]
    assert talked == [timedelta(seconds=30)] * 3
    # The phones are answered in the instant in which they ring: nobody is reserved for long.
    assert [row.phase for row in day if row.status] == [None, *["talking", "acw", None] * 3]


async def test_an_interval_goes_on_in_the_next_run(database: Database) -> None:
    records = calls(1)
    async with database.run() as writer:
        for record in records:
            writer.record(record)
    before = await database.rows(agent_intervals)
    async with database.run() as writer:
        writer.record(fact(1))
    assert await database.rows(agent_intervals) == before


async def test_a_time_comes_back_with_its_microseconds_and_its_zone(database: Database) -> None:
    async with database.run() as writer:
        writer.record(fact(1))
    (line,) = await database.journal()
    assert line.at == NOW
    assert line.at.tzinfo is UTC


async def test_a_long_journal_is_read_in_order_from_anywhere(database: Database) -> None:
    async with database.run() as writer:
        for number in range(1, 1301):
            writer.record(fact(number))
    assert numbers(await database.journal()) == list(range(1, 1301))
    late = [line.seq async for line in database.store.read_journal(1299)]
    assert late == [1299, 1300]


async def test_the_journal_of_the_next_run_goes_on_where_that_of_the_last_ended(
    database: Database,
) -> None:
    for number in (1, 2):
        async with database.run() as writer:
            writer.record(fact(number))
    assert [(line.seq, line.run) for line in await database.journal()] == [(1, 1), (2, 2)]


# Groups and answers.


async def test_many_records_are_few_transactions(database: Database) -> None:
    async with database.run() as writer:
        for number in range(500):
            writer.record(fact(number))
        await until(lambda: not writer.backlog)
        assert database.commits == 1
    assert len(await database.journal()) == 500


async def test_a_fact_is_written_soon_though_nobody_waits_for_it(database: Database) -> None:
    async with database.run() as writer:
        assert writer.record(fact(1)) is None
        await until(lambda: not writer.backlog, within=2)


async def test_a_request_is_answered_when_its_group_is_committed(database: Database) -> None:
    async with database.run(replace(SOON, group_s=60)) as writer:
        writer.record(fact(1))
        answer = writer.record(request())
        assert answer is not None
        assert not answer.done()
        assert await writer.committed(answer)
        assert len(await database.journal()) == 2
        await writer.drain(5)


async def test_a_request_is_not_answered_while_the_commit_fails(database: Database) -> None:
    """The connection dies under the first commit: nothing of it is kept, nobody is told so."""
    died: list[int] = []
    connects: list[object] = []

    async with database.run() as writer:
        event.listen(writer._link._engine, "connect", lambda *about: connects.append(about))

        def die(_connection: object) -> None:
            if not died:
                died.append(len(database.place.execute("select seq from journal")))
                assert not answer.done()
                raise OperationalError("commit", None, Exception("the connection is gone"))

        event.listen(writer._link._engine, "commit", die)
        answer = writer.record(request())
        assert answer is not None
        assert await writer.committed(answer, within=5)
    assert died == [0]
    assert len(connects) == 2, "a connection that has failed is not used again"
    assert [line.seq for line in await database.journal()] == [1]


async def test_what_is_answered_survives_a_power_cut_and_the_rest_costs_no_sync(
    on_sqlite: Database,
) -> None:
    levels: list[int] = []

    def look(connection: Connection) -> None:
        levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    async with on_sqlite.run() as writer:
        event.listen(writer._link._engine, "commit", look)
        for record in (fact(1), request(), fact(2)):
            writer.record(record)
            await until(lambda: not writer.backlog)
    event.listen(on_sqlite.store.engine.sync_engine, "commit", look)
    await on_sqlite.store.new_run()
    normal, full = 1, 2
    assert levels == [normal, full, normal, full], "and nothing is committed that is empty"


async def test_a_commit_whose_answer_is_lost_is_not_written_twice(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run() as writer:
        write = writer._link._write

        def write_and_lose_the_answer(group: Any) -> set[int]:
            writer._link._write = write  # type: ignore[method-assign]
            write(group)
            raise OperationalError("commit", None, Exception("the connection is gone"))

        writer._link._write = write_and_lose_the_answer  # type: ignore[method-assign]
        for number in range(3):
            writer.record(fact(number, live(number)))
        await until(lambda: not writer.backlog)
    assert numbers(await database.journal()) == [0, 1, 2]
    assert len(await database.store.load_rows()) == 3
    assert {said.levelno for said in caplog.records} == {logging.WARNING}


# A database that is away.


async def test_what_happens_while_the_database_is_away_is_written_when_it_is_back(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run() as writer:
        with database.place.away():
            for number in range(200):
                writer.record(fact(number, live(1, made=number), live(number + 2)))
            answer = writer.record(request())
            assert answer is not None
            assert not await writer.committed(answer, within=0.2)
            await until(lambda: writer.away_since)
            writer.record(fact(200, Change(row=live(2).row, live=False)))
        assert await writer.committed(answer, within=10)
    assert numbers(await database.journal()) == list(range(201))
    rows = by_key(await database.store.load_rows())
    assert rows["Interaction", "1-1"] == live(1, made=199).row
    assert ("Interaction", "1-2") not in rows
    assert len(rows) == 200
    away, back = caplog.records
    assert (away.levelno, back.levelno) == (logging.WARNING, logging.WARNING)
    assert database.place.away_reason in away.__dict__["reason"]
    assert back.__dict__["dropped_journal_lines"] == 0


async def test_recording_never_waits_for_a_database_that_is_away(database: Database) -> None:
    async with database.run() as writer:
        loop = asyncio.get_running_loop()
        slowest = 0.0
        with database.place.away():
            while writer.away_since is None:
                before = loop.time()
                writer.record(fact(1))
                await asyncio.sleep(0)
                slowest = max(slowest, loop.time() - before)
                await asyncio.sleep(0.005)
    # SQLite waits a second for the lock: on the loop, that would show.
    assert slowest < 0.5


async def test_at_the_limit_the_newest_is_kept_and_what_was_dropped_is_said(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run(replace(SOON, lines=100)) as writer:
        with database.place.away():
            writer.record(fact(0))
            await until(lambda: writer.away_since)
            for number in range(1, 1000):
                writer.record(fact(number, live(7, made=number)))
        await until(lambda: not writer.away_since)
        assert not writer.backlog.dropped
    kept = numbers(await database.journal())
    assert kept == sorted(kept)
    assert kept[-1] == 999
    assert len(kept) <= 101
    assert await database.store.load_rows() == [live(7, made=999).row]
    _away, dropping, back = caplog.records
    assert dropping.levelno == logging.ERROR
    assert back.__dict__["dropped_journal_lines"] == 1000 - len(kept)


async def test_draining_ends_in_time_though_the_database_is_away(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    run = await database.store.new_run()
    writer = await Writer.open(database.store, run, [], SOON)
    task = asyncio.create_task(writer.run())
    with database.place.away():
        answer = writer.record(request())
        assert answer is not None
        assert not await writer.drain(0.2)
        await task
        assert answer.result() is False
        assert caplog.records[-1].__dict__["journal_lines"] == 1
        late = writer.record(request())
        assert late is not None
        assert late.result() is False


async def test_draining_does_not_wait_for_the_next_try(database: Database) -> None:
    async with database.run(replace(SOON, first_pause_s=0.05, longest_pause_s=600)) as writer:
        write = writer._link._write
        tries: list[int] = []

        def fail(group: Any) -> set[int]:
            tries.append(1)
            raise OperationalError("begin", None, Exception("away"))

        writer._link._write = fail  # type: ignore[method-assign]
        writer.record(fact(1))
        await until(lambda: len(tries) > 4)
        writer._link._write = write  # type: ignore[method-assign]
        assert await writer.drain(0.7)
    assert numbers(await database.journal()) == [1]


# Rows that are bad.


async def test_a_record_that_cannot_be_encoded_holds_nobody_up(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    bad = replace(request(), input=FinishAcw(agent="\ud800"))  # type: ignore[arg-type]
    async with database.run() as writer:
        writer.record(fact(1))
        answer = writer.record(bad)
        assert answer is not None
        assert answer.result() is False
        writer.record(fact(2))
    assert [line.seq for line in await database.journal()] == [1, 3]
    (said,) = caplog.records
    assert said.levelno == logging.ERROR
    assert "surrogate" in said.__dict__["reason"]


@pytest.mark.parametrize(
    "bad",
    [
        fact(2, live(2, started_at=None)),
        fact(2, live(2, caller="\ud800")),
        fact(2, live(2, started_at=datetime(2026, 1, 5))),  # noqa: DTZ001
    ],
    ids=["a missing value", "a text that is none", "a time without a zone"],
)
async def test_a_row_that_cannot_be_written_holds_nobody_up(
    database: Database, bad: Record, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run() as writer:
        writer.record(fact(1, live(1)))
        writer.record(bad)
        writer.record(fact(3, live(3)))
        answer = writer.record(request())
        assert answer is not None
        assert await writer.committed(answer, within=5)
    assert numbers(await database.journal()) == [1, 2, 3]
    assert [row.id for row in await database.rows(interactions)] == ["1-1", "1-3"]
    assert {said.levelno for said in caplog.records} == {logging.ERROR}
    assert {said.__dict__["row"] for said in caplog.records} == {"Interaction"}


async def test_a_line_that_cannot_be_written_is_refused_to_who_waits_for_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run() as writer:
        good = writer.record(request())
        bad = writer.record(replace(request(), at=None))  # type: ignore[arg-type]
        assert good is not None
        assert bad is not None
        assert await writer.committed(good, within=5)
        assert bad.result() is False
    assert [line.seq for line in await database.journal()] == [1]
    assert [said.levelno for said in caplog.records] == [logging.ERROR]


# Runs.


async def test_every_run_has_a_larger_number_and_is_described(database: Database) -> None:
    assert [await database.store.new_run() for _ in range(3)] == [1, 2, 3]
    await database.store.end_run(3)
    first, _, last = await database.rows(runs)
    assert first.ended_at == first.seen_at
    assert last.ended_at > last.started_at
    assert first.pid > 0
    assert first.version


async def test_a_run_in_which_nothing_happens_is_seen_to_live(database: Database) -> None:
    async with database.run(replace(SOON, beat_s=0.02)):
        (first,) = await database.rows(runs)
        before = first.seen_at
        for _ in range(2):
            while (await database.rows(runs))[0].seen_at == before:
                await asyncio.sleep(0.005)
            before = (await database.rows(runs))[0].seen_at
    assert await database.journal() == []


async def test_a_run_in_which_nothing_happens_notices_that_it_was_replaced(
    database: Database,
) -> None:
    writer = await Writer.open(
        database.store, await database.store.new_run(), [], replace(SOON, beat_s=0.02)
    )
    task = asyncio.create_task(writer.run())
    await database.store.new_run()
    with pytest.raises(Superseded, match="run 1"):
        await asyncio.wait_for(task, 5)


async def test_a_removed_agent_leaves_the_live_state_and_is_told_to_the_end(
    database: Database,
) -> None:
    records = calls(1)
    ayse = live_after(records)["Agent", AYSE]
    end = records[-1].at + timedelta(seconds=10)
    async with database.run() as writer:
        for record in records:
            writer.record(record)
        gone = replace(fact(1, Change(row=ayse, live=False)), at=end)
        writer.record(gone)
    assert ("Agent", AYSE) not in by_key(await database.store.load_rows())
    day = [row.ended_at for row in await database.rows(agent_intervals) if row.agent == AYSE]
    assert None not in day
    assert max(day) == end
    # Nor does the next run make it anew.
    async with database.run() as writer:
        writer.record(fact(2))
    again = [row.ended_at for row in await database.rows(agent_intervals) if row.agent == AYSE]
    assert again == day


async def test_a_process_that_was_replaced_cannot_write_any_more(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    run = await database.store.new_run()
    writer = await Writer.open(database.store, run, [])
    task = asyncio.create_task(writer.run())
    async with database.run() as successor:
        successor.record(fact(1))
        answer = writer.record(replace(request(), changes=(live(1),)))
        with pytest.raises(Superseded, match="run 1"):
            await task
        assert answer is not None
        assert answer.result() is False
        assert not await writer.drain(5)
    (said,) = caplog.records
    assert said.getMessage() == "another process has taken over: our last is not written"
    assert said.levelno == logging.WARNING
    assert [line.run for line in await database.journal()] == [2]
    assert await database.store.load_rows() == []


async def test_a_live_row_that_cannot_be_read_does_not_keep_the_others_away(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.run() as writer:
        writer.record(fact(1, live(1), live(2)))
    database.place.execute("update live set body = '{}' where key = '1-1'")
    assert await database.store.load_rows() == [live(2).row]
    (said,) = caplog.records
    assert (said.levelno, said.__dict__["key"]) == (logging.ERROR, "1-1")
    assert "Field required" in said.__dict__["reason"]
