"""Migrations, and what is said of a database that does not fit."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from acd.db import DatabaseUnavailable, SchemaAhead, SchemaBehind, Store, migrate
from acd.db.connection import open_engine, shown
from acd.db.schema import configuration
from acd.db.tables import metadata
from acd.distributor.state import KINDS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acd.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


def tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in found}


async def test_the_tables_can_be_made_taken_back_and_made_again(url: str) -> None:
    def there_and_back(connection: Connection) -> None:
        command.upgrade(configuration(connection), "head")
        command.downgrade(configuration(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        command.upgrade(configuration(connection), "head")

    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(there_and_back)
    await engine.dispose()


async def test_the_migrations_make_the_tables_that_the_program_knows(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    await migrate(url)
    engine = open_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_a_migration_that_fails_leaves_nothing_behind(url: str, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table attempts (something)")
    connection.close()
    with pytest.raises(DatabaseUnavailable, match="already exists"):
        await migrate(url)
    assert tables(path) == {"attempts"}


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


async def test_a_database_of_a_newer_program_is_left_alone(url: str, path: Path) -> None:
    await migrate(url)
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
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
def no_database(path: Path) -> None:
    path.write_bytes(b"something else entirely" * 100)


@pytest.mark.usefixtures("no_database")
async def test_a_file_that_is_no_database_says_so(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        await Store.open(url, kinds=KINDS)


async def test_a_locked_database_says_so(url: str, path: Path) -> None:
    await migrate(url)
    store = await Store.open(url, kinds=KINDS)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(DatabaseUnavailable, match="locked by another program"):
        await store.new_run()
    with pytest.raises(DatabaseUnavailable, match="locked by another program"):
        await migrate(url)
    other.close()
    assert await store.new_run() == 1
    await store.close()


async def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not mysql"):
        await Store.open("mysql://acd@localhost/acd", kinds=KINDS)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in shown("postgresql://acd:secret@localhost/acd")
