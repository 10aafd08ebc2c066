"""Who works on a database, of either kind: one process, and the next when that one is gone."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from acd.app import holder
from acd.app.database import open_store
from acd.app.exits import HeldByAnother
from acd.app.holder import begin, latest, refuse_a_second, wait_for_turn
from acd.db import DatabaseUnavailable, Limits, Store, Writer
from acd.db.hold import Hold, deciding, open_hold
from acd.db.session import HELD
from tests.integration.databases import Place, PostgresqlPlace
from tests.integration.running import until

WORKER = """
import asyncio, sys
from acd.app.database import open_store
from acd.app.holder import begin
from acd.db.hold import open_hold

async def main():
    store, hold = await open_store(sys.argv[1]), await open_hold(sys.argv[1])
    print(await begin(store, hold), flush=True)
    await hold.keep()

asyncio.run(main())
"""


@dataclass(kw_only=True)
class Someone:
    """What a process has of the database."""

    store: Store
    hold: Hold

    async def begins(self, replaces: int | None = None) -> int:
        return await begin(self.store, self.hold, replaces=replaces)

    async def is_refused(self) -> bool:
        try:
            await refuse_a_second(self.store, self.hold)
        except HeldByAnother:
            return True
        return False


@asynccontextmanager
async def someone(place: Place) -> AsyncIterator[Someone]:
    store, hold = await open_store(place.url), await open_hold(place.url)
    yield Someone(store=store, hold=hold)
    await hold.close()
    await store.close()


@pytest.fixture
async def first(place: Place) -> AsyncIterator[Someone]:
    async with someone(place) as first:
        yield first


@pytest.fixture
async def second(place: Place) -> AsyncIterator[Someone]:
    async with someone(place) as second:
        yield second


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' server has just been started."""
    monkeypatch.setattr("acd.db.session.SETTLED_S", 0)


@asynccontextmanager
async def working(someone: Someone, run: int, beat_s: float) -> AsyncIterator[Writer]:
    """The run writes that it lives so often."""
    writer = await Writer.open(someone.store, run, [], Limits(beat_s=beat_s))
    task = asyncio.create_task(writer.run())
    yield writer
    await writer.drain(5)
    await task


async def test_the_second_is_told_who_works_here(first: Someone, second: Someone) -> None:
    assert not await second.is_refused()
    assert await first.begins() == 1
    told = f"process {os.getpid()} on host {socket.gethostname()}, run 1, last seen 0 s ago. Stop"
    with pytest.raises(HeldByAnother, match=re.escape(told)):
        await refuse_a_second(second.store, second.hold)
    with pytest.raises(HeldByAnother, match=re.escape(told)):
        await second.begins()
    await first.hold.close()
    assert await second.begins() == 2


async def test_a_process_that_is_killed_is_in_nobodys_way(second: Someone, place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER, place.url), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    assert await second.is_refused()
    process.send_signal(signal.SIGSTOP)
    assert await second.is_refused()
    process.kill()
    await process.wait()
    end = asyncio.get_running_loop().time() + 5
    while await second.is_refused():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.01)
    assert await second.begins() == 2


async def test_only_the_run_that_is_named_is_replaced(
    first: Someone, second: Someone, place: Place
) -> None:
    assert await first.begins() == 1
    assert await second.begins(replaces=1) == 2
    async with someone(place) as third:
        with pytest.raises(HeldByAnother, match="run 2"):
            await third.begins(replaces=1)
        assert await third.begins(replaces=2) == 3


async def test_of_many_who_begin_at_once_one_does(first: Someone, place: Place) -> None:
    async def try_to(someone: Someone) -> Any:
        try:
            return await someone.begins()
        except HeldByAnother:
            return None

    async with someone(place) as a, someone(place) as b, someone(place) as c:
        found = await asyncio.gather(*map(try_to, (first, a, b, c)))
    assert sorted(found, key=str) == [1, None, None, None]


async def test_whoever_hangs_while_it_decides_is_named(
    first: Someone, second: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acd.db.hold.DECIDED_S", 0.1)
    async with deciding(first.hold):
        with pytest.raises(DatabaseUnavailable, match="another acd has been starting on this"):
            await second.begins()
    assert await second.begins() == 1


# Standing by.


async def turn_of(someone: Someone) -> int | None:
    return await wait_for_turn(someone.store, someone.hold, asyncio.Event())


async def test_where_nobody_works_it_is_our_turn(first: Someone, second: Someone) -> None:
    assert await turn_of(second) is None
    run = await first.begins()
    await first.store.end_run(run)
    assert await turn_of(second) is None


async def test_it_is_our_turn_when_the_other_one_is_gone(first: Someone, second: Someone) -> None:
    run = await first.begins()
    waiting = asyncio.create_task(turn_of(second))
    await asyncio.wait([waiting], timeout=3 * holder.LOOK_EVERY_S)
    assert not waiting.done()
    await first.hold.close()
    assert await asyncio.wait_for(waiting, 5) == run


async def test_whoever_is_stopped_while_standing_by_does_not_wait(
    first: Someone, second: Someone
) -> None:
    await first.begins()
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_turn(second.store, second.hold, stop))
    await asyncio.wait([waiting], timeout=0.1)
    stop.set()
    await asyncio.wait_for(waiting, 5)


async def test_a_frozen_process_loses_its_turn_and_a_quiet_one_does_not(
    first: Someone, second: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "FROZEN_S", 1.0)
    monkeypatch.setattr(holder, "LOOK_EVERY_S", 0.05)
    run = await first.begins()
    waiting = asyncio.create_task(turn_of(second))
    async with working(first, run, beat_s=0.05):
        await asyncio.wait([waiting], timeout=2.5)
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, 5) == run


async def test_a_database_that_is_away_is_no_reason_to_take_over(
    first: Someone, second: Someone, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "FROZEN_S", 0.5)
    watch = holder.Watch(second.store, second.hold)
    await first.begins()
    keeping = asyncio.create_task(first.hold.keep())
    assert not await watch.is_over()
    with place.away():
        ends = asyncio.get_running_loop().time() + 2 * holder.FROZEN_S
        while asyncio.get_running_loop().time() < ends:
            assert not await watch.is_over()
    assert watch.run is None
    for _ in range(10):
        assert not await watch.is_over()
        await asyncio.sleep(0.02)
    keeping.cancel()


# What PostgreSQL alone has: sessions that are lost.


@pytest.fixture
async def here(postgresql_place: PostgresqlPlace) -> AsyncIterator[Someone]:
    async with someone(postgresql_place) as here:
        yield here


async def test_a_session_that_is_lost_is_had_again(
    here: Someone, postgresql_place: PostgresqlPlace, caplog: pytest.LogCaptureFixture
) -> None:
    run = await here.begins()
    keeping = asyncio.create_task(here.hold.keep())
    held = HELD.replace("%s", "{}").format(0, 0x61636421, run)
    await until(lambda: keeping.get_coro() and postgresql_place.execute(held) == [(True,)])
    async with someone(postgresql_place) as other:
        watching = asyncio.create_task(turn_of(other))
        for _ in range(3):
            postgresql_place.throw_out()
            await until(lambda: postgresql_place.execute(held) == [(True,)])
        await asyncio.wait([watching], timeout=1)
        assert not watching.done(), "nobody has taken its place meanwhile"
        watching.cancel()
    keeping.cancel()
    assert {record.getMessage() for record in caplog.records} >= {
        "the session that says who works here is lost"
    }


async def test_after_a_start_of_the_server_a_free_lock_means_nothing_yet(
    here: Someone, postgresql_place: PostgresqlPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await here.begins()
    await here.hold.close()
    monkeypatch.setattr("acd.db.session.SETTLED_S", 1_000_000)
    async with someone(postgresql_place) as other:
        assert await other.is_refused()
        monkeypatch.setattr("acd.db.session.SETTLED_S", 0)
        assert not await other.is_refused()
        found = await latest(other.store)
    assert found is not None
    assert found.number == run
