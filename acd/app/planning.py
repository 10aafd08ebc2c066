"""Looking at and making versions from outside the process that serves: `acd plan`, `acd apply`."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from acd.app import holder
from acd.app.database import open_store
from acd.app.proposing import Proposal, of_files, of_version
from acd.app.starting import database_of
from acd.db import Store
from acd.db.hold import deciding, open_hold
from acd.db.versions import Version, Versions


async def plan(path: Path, environment: Mapping[str, str] = os.environ) -> Proposal:
    """What applying the files would change. Raises BadConfiguration, DatabaseError."""
    async with _database(path, environment) as store:
        proposal, _ = await of_files(Versions(store), path, environment)
        return proposal


async def plan_back(
    path: Path, version: int, environment: Mapping[str, str] = os.environ
) -> Proposal:
    """What going back would change. Raises BadConfiguration, DatabaseError."""
    async with _database(path, environment) as store:
        return await of_version(Versions(store), version)


async def listing(
    path: Path, most: int, environment: Mapping[str, str] = os.environ
) -> list[Version]:
    """The versions, the newest first. Raises BadConfiguration, DatabaseError."""
    async with _database(path, environment) as store:
        return await Versions(store).listing(most)


async def store_for_next_start(
    path: Path,
    proposal: Proposal,
    *,
    author: str,
    note: str,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Make it the version in force where no process runs. Raises HeldByAnother if one does,
    VersionTaken if another version was quicker, DatabaseError."""
    async with _database(path, environment) as store:
        hold = await open_hold(store.url)
        try:
            # Nobody begins meanwhile with the version before.
            async with deciding(hold):
                await holder.refuse_a_second(store, hold)
                addition = proposal.addition(at=datetime.now(UTC), author=author, note=note)
                await Versions(store).add(addition, run=None)
        finally:
            await hold.close()


@asynccontextmanager
async def _database(path: Path, environment: Mapping[str, str]) -> AsyncIterator[Store]:
    store = await open_store(database_of(path, environment))
    try:
        yield store
    finally:
        await store.close()
