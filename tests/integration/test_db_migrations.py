"""Every migration there is: up, down and up again, with what was kept before it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, MetaData, Table, inspect, select
from sqlalchemy.engine import Connection

from acd.db import schema
from acd.db.connection import open_writing_engine
from acd.db.tables import metadata
from tests.integration.databases import Place

REVISIONS = [
    revision.revision for revision in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()
][::-1]
NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def connection(place: Place) -> Iterator[Connection]:
    with open_writing_engine(place.url).connect() as connection:
        yield connection


def upgrade(connection: Connection, to: str = "head") -> None:
    with connection.begin():
        command.upgrade(schema.configuration(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    with connection.begin():
        command.downgrade(schema.configuration(connection), to)


def found(connection: Connection) -> dict[str, Table]:
    """The tables as they are, in an order in which rows can be inserted."""
    seen = MetaData()
    with connection.begin():
        seen.reflect(connection)
    return {each.name: each for each in seen.sorted_tables if each.name != "alembic_version"}


def shape(connection: Connection) -> dict[str, Any]:
    """All that makes a table what it is, but for the order of its columns."""
    with connection.begin():
        seen = inspect(connection)
        return {
            table: {
                "columns": {
                    column["name"]: (repr(column["type"]), column["nullable"], column["default"])
                    for column in seen.get_columns(table)
                },
                "key": seen.get_pk_constraint(table),
                "foreign": sorted(map(repr, seen.get_foreign_keys(table))),
                "indexes": sorted(map(repr, seen.get_indexes(table))),
                "unique": sorted(map(repr, seen.get_unique_constraints(table))),
                "checks": sorted(map(repr, seen.get_check_constraints(table))),
            }
            for table in seen.get_table_names()
        }


def value(column: Column[Any], number: int) -> Any:
    """Something for that column; of each number another one, and the same in every table."""
    if isinstance(column.type, JSON):
        return {"kept": "ğ ☎", "number": number}
    kind = column.type.python_type
    if kind is datetime:
        return NOW + timedelta(days=number)
    if kind is bool:
        return bool(number % 2)
    return f"ğ{number}" if kind is str else kind(number)


def insert(connection: Connection, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A row in each table there is; gives them."""
    for table in found(connection).values():
        row = {column.name: value(column, number) for column in table.columns}
        with connection.begin():
            connection.execute(table.insert(), row)
        yield table.name, row


def rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """All there are, by table."""
    kept = {}
    for table in found(connection).values():
        with connection.begin():
            mappings = connection.execute(select(table)).mappings().all()
        kept[table.name] = [{name: _aware(each) for name, each in row.items()} for row in mappings]
    return kept


def _aware(value: Any) -> Any:
    """SQLite keeps no zone: it is UTC."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def test_the_program_knows_the_migrations_as_alembic_does() -> None:
    assert schema.history() == REVISIONS


def test_the_migrations_make_the_tables_that_the_program_knows(connection: Connection) -> None:
    upgrade(connection)
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_each_migration_can_be_taken_back_and_done_again(connection: Connection) -> None:
    shapes = []
    for revision in REVISIONS:
        upgrade(connection, revision)
        shapes.append(shape(connection))
    for before in shapes[-2::-1]:
        downgrade(connection, "-1")
        assert shape(connection) == before
    downgrade(connection, "base")
    assert found(connection) == {}
    upgrade(connection)
    assert shape(connection) == shapes[-1]


def test_what_was_kept_before_a_migration_is_there_after_it(connection: Connection) -> None:
    kept: list[tuple[str, dict[str, Any]]] = []
    for number, revision in enumerate(REVISIONS, start=1):
        upgrade(connection, revision)
        kept += insert(connection, number)
    assert {"journal", "runs", "live", "agent_intervals"} <= {name for name, _ in kept}
    now = rows(connection)
    for name, row in kept:
        # A later migration may take a column or a table away: on purpose, and what it held.
        alike = [each for each in now.get(name, [row]) if row.items() >= _of(each, row).items()]
        assert alike, f"{name} has lost {row}"


def _of(row: dict[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in columns}
