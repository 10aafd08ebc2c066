"""Moving a database from one kind to the other, and what stops it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Table, text
from sqlalchemy.engine import Connection

from acd.app.exits import HeldByAnother
from acd.app.holder import begin
from acd.app.moving import move_database
from acd.db import DatabaseUnavailable, Store, Writer, migrate, moving
from acd.db.connection import open_writing_engine
from acd.db.hold import open_hold
from acd.db.moving import CannotMove
from acd.distributor.state import KINDS
from tests.integration.databases import Place, PostgresqlPlace, SqlitePlace
from tests.integration.test_db_migrations import found, insert, rows
from tests.unit.db.lives import by_key, calls

SLOW = """
import asyncio, sys
from acd.app.moving import move_database

def told(table, rows):
    print(table, flush=True)
    if table == "runs":
        sys.stdin.readline()

asyncio.run(move_database(sys.argv[1], sys.argv[2], told))
"""


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' server has just been started."""
    monkeypatch.setattr("acd.db.session.SETTLED_S", 0)


@pytest.fixture
def other(tmp_path: Path, place: Place, request: pytest.FixtureRequest) -> Place:
    """An empty database of the other kind."""
    kind = "postgresql" if place.kind == "sqlite" else "sqlite"
    found: Place = request.getfixturevalue(f"{kind}_place")
    return found


async def fill(url: str) -> None:
    """Whole lives of calls, and something in each table there is."""
    await migrate(url)
    store = await Store.open(url, kinds=KINDS)
    writer = await Writer.open(store, await store.new_run(), [])
    task = asyncio.create_task(writer.run())
    for record in calls(30):
        writer.record(record)
    await writer.drain(20)
    await task
    await store.end_run(1)
    await store.close()
    with open_writing_engine(url).connect() as connection:
        for _ in insert(connection, 7000):
            pass


def content(url: str) -> dict[str, list[str]]:
    """All rows of all tables."""
    with open_writing_engine(url).connect() as connection:
        return {name: sorted(map(repr, each)) for name, each in rows(connection).items()}


async def test_all_of_it_arrives_whichever_way(place: Place, other: Place) -> None:
    await fill(place.url)
    told: dict[str, int] = {}
    await move_database(place.url, other.url, told.__setitem__)
    before, after = content(place.url), content(other.url)
    assert after == before
    assert {name: len(each) for name, each in after.items()} == told
    assert told["journal"] > 300
    one, two = [await Store.open(url, kinds=KINDS) for url in (place.url, other.url)]
    assert by_key(await two.load_rows()) == by_key(await one.load_rows())
    await two.check_schema()
    await one.close()
    await two.close()


async def test_a_run_that_is_alive_is_not_moved_away(
    sqlite_place: SqlitePlace, postgresql_place: PostgresqlPlace
) -> None:
    url = sqlite_place.url
    await migrate(url)
    store, hold = await Store.open(url, kinds=KINDS), await open_hold(url)
    await begin(store, hold)
    with pytest.raises(HeldByAnother, match=rf"process {os.getpid()} .* Stop it first$"):
        await move_database(url, postgresql_place.url, print)
    await hold.close()
    await store.close()
    await move_database(url, postgresql_place.url, print)


async def test_what_is_not_empty_is_not_moved_into(
    sqlite_place: SqlitePlace, postgresql_place: PostgresqlPlace
) -> None:
    await migrate(sqlite_place.url)
    postgresql_place.execute("CREATE TABLE something (a int)")
    with pytest.raises(CannotMove, match=r"is not empty .*table something"):
        await move_database(sqlite_place.url, postgresql_place.url, print)


async def test_tables_without_rows_are_moved_into_and_any_row_is_in_the_way(
    place: Place, other: Place
) -> None:
    """As `acd plan` has made them, or `acd user add`, where nobody has served yet."""
    await fill(place.url)
    await migrate(other.url)
    await move_database(place.url, other.url, print)
    assert content(other.url) == content(place.url)
    with pytest.raises(CannotMove, match=r"is not empty .*table accounts"):
        await move_database(place.url, other.url, print)


async def test_a_killed_move_leaves_all_as_it_was_and_can_be_done_again(
    place: Place, other: Place
) -> None:
    await fill(place.url)
    before = content(place.url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SLOW, place.url, other.url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    while await process.stdout.readline() != b"runs\n":
        pass
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert content(place.url) == before
    with open_writing_engine(other.url).connect() as connection:
        assert found(connection) == {}
    await move_database(place.url, other.url, print)
    assert content(other.url) == before


async def test_a_row_that_the_other_kind_cannot_keep_is_named(
    sqlite_place: SqlitePlace, postgresql_place: PostgresqlPlace
) -> None:
    await fill(sqlite_place.url)
    sqlite_place.execute("update legs set agent = 'a' || char(0) || 'b'")
    with pytest.raises(CannotMove, match=r"a row of legs cannot be kept .*NUL"):
        await move_database(sqlite_place.url, postgresql_place.url, print)
    with open_writing_engine(postgresql_place.url).connect() as connection:
        assert found(connection) == {}


async def test_a_row_that_comes_out_different_is_found(
    sqlite_place: SqlitePlace, postgresql_place: PostgresqlPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a driver, a type or a trigger may change it."""
    await fill(sqlite_place.url)
    read = moving._batches

    def changed(table: Table, connection: Connection) -> Iterator[moving.Rows]:
        for batch in read(table, connection):
            if connection.dialect.name == "postgresql" and table.name == "offers":
                batch[0]["agent"] += "!"
            yield batch

    monkeypatch.setattr(moving, "_batches", changed)
    with pytest.raises(CannotMove, match="offers came out different"):
        await move_database(sqlite_place.url, postgresql_place.url, print)
    with open_writing_engine(postgresql_place.url).connect() as connection:
        assert found(connection) == {}


def test_a_server_waits_while_the_other_side_is_read_again(
    postgresql_place: PostgresqlPlace,
) -> None:
    """It ends other transactions that rest for half a minute."""
    with ExitStack() as stack:
        connection = moving._opened(stack, postgresql_place.url)
        moving._freeze(connection)
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "0"
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"


async def test_what_cannot_be_moved_is_said(tmp_path: Path, sqlite_place: SqlitePlace) -> None:
    url, target = sqlite_place.url, f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(CannotMove, match="there is no database"):
        await move_database(url, target, print)
    with pytest.raises(CannotMove, match="both databases are the same"):
        await move_database(url, url, print)
    with pytest.raises(CannotMove, match="no URL of a database"):
        await move_database("mysql://x/y", target, print)
    await migrate(url)
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        await move_database(url, f"sqlite:///{tmp_path}/nowhere/other.db", print)


async def test_the_command_says_what_it_has_moved(
    sqlite_place: SqlitePlace, postgresql_place: PostgresqlPlace
) -> None:
    await migrate(sqlite_place.url)
    words = ("db", "move", sqlite_place.url, postgresql_place.url)
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("acd"), *words, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert b"         0 journal\n" in said
    assert said.endswith(b"Name it in `database:` and start acd.\n")
    assert postgresql_place.execute("SELECT count(*) FROM runs") == [(0,)]
