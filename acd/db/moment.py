"""Working on the database beside the process that serves: seeing one moment of it, and writing
little at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from acd.db.connection import is_missing, open_writing_engine, shown
from acd.db.errors import DatabaseUnavailable
from acd.db.schema import check, unavailable


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The database, whose tables fit this program, for work without a loop.

    Raises DatabaseUnavailable, also for what goes wrong while it is used; SchemaBehind,
    SchemaAhead, and ValueError for a URL that is not one.
    """
    if is_missing(url):
        raise DatabaseUnavailable(f"there is no database {shown(url)}: name one that is there")
    engine = open_writing_engine(url)
    try:
        with engine.connect() as connection:
            check(connection)
        yield engine
    except DBAPIError as error:
        raise unavailable(url, error) from error
    finally:
        engine.dispose()


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever is committed meanwhile. Nobody
    waits for it."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def brief(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; on SQLite the writer of the journal waits meanwhile."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection
