"""What is said of a database that does not fit."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect

from acd.db import DatabaseUnavailable, SchemaAhead, SchemaBehind, Store, migrate
from acd.db.connection import open_engine, open_writing_engine, shown
from acd.distributor.state import KINDS
from tests.integration.databases import Place, SqlitePlace


@pytest.fixture
def url(place: Place) -> str:
    return place.url


def tables(url: str) -> set[str]:
    with open_writing_engine(url).connect() as connection:
        return set(inspect(connection).get_table_names())


async def test_a_migration_that_fails_leaves_nothing_behind(url: str, place: Place) -> None:
    place.execute("create table attempts (something int)")
    with pytest.raises(DatabaseUnavailable, match="already exists"):
        await migrate(url)
    assert tables(url) == {"attempts"}


async def test_two_programs_that_migrate_at_once_both_succeed(url: str) -> None:
    await asyncio.gather(migrate(url), migrate(url))
    store = await Store.open(url, kinds=KINDS)
    await store.check_schema()
    await store.close()


async def test_a_database_without_tables_is_told_to_be_migrated(url: str) -> None:
    store = await Store.open(url, kinds=KINDS)
    with pytest.raises(SchemaBehind, match="acd db migrate"):
        await store.check_schema()
    await store.close()


async def test_a_database_of_a_newer_program_is_left_alone(url: str, place: Place) -> None:
    await migrate(url)
    place.execute("update alembic_version set version_num = '9999'")
    store = await Store.open(url, kinds=KINDS)
    with pytest.raises(SchemaAhead, match="9999"):
        await store.check_schema()
    await store.close()
    with pytest.raises(SchemaAhead, match="newer program"):
        await migrate(url)


async def test_a_database_that_cannot_be_opened_says_which_and_what_to_do(tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path}/nowhere/acd.db"
    with pytest.raises(DatabaseUnavailable, match=r"nowhere/acd\.db .*may read and write it"):
        await Store.open(missing, kinds=KINDS)
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        await migrate(missing)


@pytest.fixture
def no_database(sqlite_place: SqlitePlace) -> str:
    sqlite_place.path.write_bytes(b"something else entirely" * 100)
    return sqlite_place.url


async def test_a_file_that_is_no_database_says_so(no_database: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        await Store.open(no_database, kinds=KINDS)


async def test_a_locked_database_says_so(sqlite_place: SqlitePlace) -> None:
    url = sqlite_place.url
    await migrate(url)
    store = await Store.open(url, kinds=KINDS)
    with sqlite_place.away():
        with pytest.raises(DatabaseUnavailable, match="locked by another program"):
            await store.new_run()
        with pytest.raises(DatabaseUnavailable, match="locked by another program"):
            await migrate(url)
    assert await store.new_run() == 1
    await store.close()


async def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not mysql"):
        await Store.open("mysql://acd@localhost/acd", kinds=KINDS)


def test_a_url_is_shown_as_it_was_written_but_for_the_password() -> None:
    assert shown("postgresql://acd:secret@localhost/acd") == "postgresql://acd:***@localhost/acd"
    assert shown("sqlite:///acd.db") == "sqlite:///acd.db"


@pytest.mark.parametrize("asynchronously", [True, False])
async def test_whichever_way_a_file_is_made_it_is_its_owners_alone(
    tmp_path: Path, asynchronously: bool
) -> None:
    path = tmp_path / "acd.db"
    if asynchronously:
        engine = open_engine(f"sqlite:///{path}")
        async with engine.connect():
            pass
        await engine.dispose()
    else:
        with open_writing_engine(f"sqlite:///{path}").connect():
            pass
    # SQLite gives its two other files the same rights.
    assert path.stat().st_mode & 0o777 == 0o600
