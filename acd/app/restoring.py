"""Restoring a backup where nobody is at work."""

import asyncio
from pathlib import Path

from sqlalchemy import inspect

from acd.app import holder
from acd.db import DatabaseError, Store
from acd.db.copying import Copy, restore
from acd.db.hold import Hold, deciding, open_hold
from acd.distributor.state import KINDS

SQLITE = "sqlite:///"


async def restore_unused(backup: Path, url: str) -> Copy:
    """Make the backup the database at that URL. Nobody can begin to work there meanwhile.

    Raises HeldByAnother, DatabaseError.
    """
    try:
        hold = await open_hold(url)
    except ValueError as error:
        raise DatabaseError(f"{url!r} is no database's URL: {error}") from error
    try:
        async with deciding(hold):
            await _refuse_used(url, hold)
            return await asyncio.to_thread(restore, backup, url)
    finally:
        await hold.close()


async def _refuse_used(url: str, hold: Hold) -> None:
    if url.startswith(SQLITE) and not await asyncio.to_thread(
        Path(url.removeprefix(SQLITE)).exists
    ):
        return
    store = await Store.open(url, kinds=KINDS)
    try:
        async with store.reading() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if "runs" in tables:
            await holder.refuse_a_second(store, hold)
    finally:
        await store.close()
