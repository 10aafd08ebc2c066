"""Opening the database so that it fits this program."""

from sqlalchemy import inspect

from acd.db import SchemaBehind, Store, migrate
from acd.distributor.state import KINDS


async def open_store(url: str) -> Store:
    """The database, ready for use: an empty one gets its tables, older tables are refused, for
    changing them wants a backup first. Raises DatabaseError, ValueError."""
    store = await Store.open(url, kinds=KINDS)
    try:
        await _fit(store)
    except BaseException:
        await store.close()
        raise
    return store


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
