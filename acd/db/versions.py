"""Versions of the configuration, and the pieces that are in force, as rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.db.configuration_tables import configuration_sources, configurations, entities
from acd.db.connection import insert_once
from acd.db.errors import Superseded
from acd.db.store import Store
from acd.db.transaction import STILL_OURS

BITE = 500
"""Rows that are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, as it is kept for good. changes: what has made it of the one before."""

    version: int
    at: datetime
    author: str
    note: str
    digest: str
    sources: str
    """The digest of the texts it was made from."""
    changes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that is in force; body: its JSON."""

    section: str
    name: str
    owner: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A new version and all that is written with it."""

    version: Version
    put: Sequence[Piece]
    drop: Sequence[tuple[str, str]]
    """Sections and names of what is gone."""
    sources: bytes | None = None
    """What the sources' digest stands for; None where the database has it."""


class VersionTaken(Exception):
    """There is a version of that number already: another was faster."""


class Versions:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def latest(self) -> Version | None:
        """What is in force; None in a database that has none yet."""
        newest = await self.listing(1)
        return newest[0] if newest else None

    async def listing(self, most: int) -> list[Version]:
        """The newest first, without their changes."""
        columns = [column for column in configurations.c if column.name != "changes"]
        query = select(*columns).order_by(configurations.c.version.desc()).limit(most)
        async with self._store.reading() as connection:
            return [Version(**row._mapping) for row in await connection.execute(query)]

    async def find(self, version: int) -> Version | None:
        query = select(configurations).where(configurations.c.version == version)
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Version(**row._mapping) if row else None

    async def changes_after(self, version: int) -> list[str]:
        """What has changed since that version, the newest first."""
        query = select(configurations.c.changes).where(configurations.c.version > version)
        async with self._store.reading() as connection:
            found = await connection.scalars(query.order_by(configurations.c.version.desc()))
            return list(found)

    async def pieces(
        self, section: str | None = None, after: str = "", most: int | None = None
    ) -> list[Piece]:
        """What is in force: all, or of a section, or that from a name on, by name."""
        query = select(entities).order_by(entities.c.section, entities.c.name).limit(most)
        if section is not None:
            query = query.where(entities.c.section == section, entities.c.name > after)
        async with self._store.reading() as connection:
            return [Piece(**row._mapping) for row in await connection.execute(query)]

    async def piece(self, section: str, name: str) -> Piece | None:
        query = select(entities).where(entities.c.section == section, entities.c.name == name)
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Piece(**row._mapping) if row else None

    async def sources(self, digest: str) -> bytes | None:
        query = select(configuration_sources.c.body)
        async with self._store.reading() as connection:
            body = await connection.scalar(query.where(configuration_sources.c.digest == digest))
        return None if body is None else bytes(body)

    async def add(self, addition: Addition, *, run: int | None) -> None:
        """Write a version, all of it or nothing; run: whose process writes it, None if no process
        runs. Raises VersionTaken, and Superseded if another run has taken over."""
        async with self._writing(run) as connection:
            await self._insert(connection, addition)

    async def take_back(self, addition: Addition, *, run: int) -> None:
        """Undo the newest version, of which the addition is the reverse."""
        number = addition.version.version
        gone = delete(configurations).where(configurations.c.version == number)
        async with self._writing(run) as connection:
            await connection.execute(gone)
            await _change(connection, addition)

    async def _insert(self, connection: AsyncConnection, addition: Addition) -> None:
        dialect = connection.dialect.name
        version = addition.version
        once = insert_once(configurations, dialect).returning(configurations.c.version)
        if (await connection.execute(once, asdict(version))).one_or_none() is None:
            raise VersionTaken(f"there is a version {version.version} already")
        if addition.sources is not None:
            values = {"digest": version.sources, "body": addition.sources}
            await connection.execute(insert_once(configuration_sources, dialect), values)
        await _change(connection, addition)

    @asynccontextmanager
    async def _writing(self, run: int | None) -> AsyncIterator[AsyncConnection]:
        async with self._store.reading() as connection:
            # An answer means that it is kept, even over a power cut.
            await connection.execution_options(writes=True, synced=True)
            async with connection.begin():
                if run is not None:
                    await _still_ours(connection, run)
                yield connection


_DROP = delete(entities).where(
    entities.c.section == bindparam("of"), entities.c.name == bindparam("its")
)


async def _still_ours(connection: AsyncConnection, run: int) -> None:
    # Without a time of its own: when a run was last seen is the writer's to say.
    ours = await connection.execute(STILL_OURS.values(run=run), {"ours": run})
    if ours.rowcount != 1:
        raise Superseded(f"run {run} has ended: another process uses this database now")


async def _change(connection: AsyncConnection, addition: Addition) -> None:
    keys = [*addition.drop, *((piece.section, piece.name) for piece in addition.put)]
    if keys:
        named = [{"of": section, "its": name} for section, name in keys]
        await connection.execute(_DROP, named)
    values: list[dict[str, Any]] = [asdict(piece) for piece in addition.put]
    for start in range(0, len(values), BITE):
        await connection.execute(insert(entities), values[start : start + BITE])
