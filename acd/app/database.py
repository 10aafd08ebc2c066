"""Opening the database so that it fits this program."""

import asyncio
import threading

from sqlalchemy import inspect

from acd.db import DatabaseError, DatabaseUnavailable, SchemaBehind, Store, migrate
from acd.distributor.state import KINDS


async def open_store(url: str) -> Store:
    """The database, ready for use: an empty one gets its tables, older tables are refused, for
    changing them wants a backup first. Raises DatabaseError."""
    store = await _open(url)
    try:
        await _fit(store)
    except BaseException:
        await store.close()
        raise
    return store


async def check_tables(url: str) -> None:
    """See whether the tables fit, and change nothing. Raises DatabaseError."""
    store = await _open(url)
    try:
        await store.check_schema()
    finally:
        await store.close()


async def bring_up_to_date(url: str) -> None:
    """Change older tables into ours. Raises DatabaseError."""
    store = await _open(url)
    await store.close()
    await migrate(url)


async def _open(url: str) -> Store:
    try:
        return await Store.open(url, kinds=KINDS)
    except DatabaseUnavailable:
        await _end_threads()
        raise
    except ValueError as error:
        raise DatabaseError(f"the configuration's database is no URL: {error}") from error
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"the configuration's database needs the Python package {error.name}, which is not "
            "installed here: install it, or use sqlite:///PATH"
        ) from error


async def _end_threads() -> None:
    """A connection that could not be opened leaves a thread that wants to tell the loop so; it
    must not find the loop gone."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 1.0)


async def _fit(store: Store) -> None:
    try:
        await store.check_schema()
    except SchemaBehind:
        if await _has_tables(store):
            raise
        await migrate(store.url)


async def _has_tables(store: Store) -> bool:
    async with store.reading() as connection:
        return bool(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
