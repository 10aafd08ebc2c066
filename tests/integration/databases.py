"""An empty database of either kind for a test, and what another program may do to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from tests.integration.postgresql import Cluster, cluster

DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


class Place(Protocol):
    """A database, seen from outside."""

    kind: str
    away_reason: str

    @property
    def url(self) -> str: ...

    def execute(self, statement: str) -> list[Any]:
        """What it gives, as another program."""

    def away(self) -> AbstractContextManager[None]:
        """Nobody can use it meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlitePlace:
    path: Path
    kind: str = "sqlite"
    away_reason: str = "locked"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def execute(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Another program takes it for itself."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("begin exclusive")
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlPlace:
    cluster: Cluster
    name: str
    kind: str = "postgresql"
    away_reason: str = "not currently accepting connections"

    @property
    def url(self) -> str:
        return self.cluster.url(self.name)

    def execute(self, statement: str) -> list[Any]:
        return self.cluster.execute(statement, self.name)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Everybody is thrown out and nobody is let in."""
        self.cluster.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        self.throw_out()
        yield
        self.cluster.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')

    def throw_out(self) -> None:
        self.cluster.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """The one server of this run."""
    with cluster() as running:
        yield running


@pytest.fixture
def postgresql_place(postgresql_cluster: Cluster, tmp_path: Path) -> Iterator[PostgresqlPlace]:
    """An empty database on the server."""
    name = f"{tmp_path.name[:40]}_{os.urandom(3).hex()}"
    postgresql_cluster.create(name)
    yield PostgresqlPlace(cluster=postgresql_cluster, name=name)
    postgresql_cluster.drop(name)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> SqlitePlace:
    return SqlitePlace(path=tmp_path / "acd.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty database: the test runs on both kinds."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found
