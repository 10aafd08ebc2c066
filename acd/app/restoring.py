"""Restoring a backup where nobody is at work."""

from pathlib import Path

from sqlalchemy import inspect

from acd.app import holder
from acd.db import DatabaseError, Store
from acd.db.connection import is_missing
from acd.db.copying import Copy, prepared
from acd.db.hold import Hold, deciding, open_hold
from acd.db.moving import move
from acd.distributor.state import KINDS

REMEDY = "Stop it, or name an empty database with --database"


async def restore_unused(backup: Path, url: str) -> Copy:
    """Make the backup the database at that URL, which must be empty. Nobody can begin to work
    there meanwhile.

    Raises HeldByAnother, DatabaseError.
    """
    # Looked at before anything is opened, so that a bad one leaves nothing beside the database.
    with prepared(backup) as (source, copy):
        try:
            hold = await open_hold(url)
        except ValueError as error:
            raise DatabaseError(f"{url!r} is no database's URL: {error}") from error
        try:
            async with deciding(hold):
                await _refuse_used(url, hold)
                await move(source, url)
        finally:
            await hold.close()
    return copy


async def _refuse_used(url: str, hold: Hold) -> None:
    if is_missing(url):
        return
    store = await Store.open(url, kinds=KINDS)
    try:
        async with store.reading() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if "runs" in tables:
            await holder.refuse_a_second(store, hold, REMEDY)
    finally:
        await store.close()
