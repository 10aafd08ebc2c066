"""Moving the database: nobody may work on either place meanwhile."""

from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import make_url

from acd.app.holder import refuse_a_second
from acd.db import Store
from acd.db.hold import Hold, deciding, open_hold
from acd.db.moving import CannotMove, Told, move
from acd.distributor.state import KINDS


async def move_database(source: str, target: str, told: Told) -> None:
    """Copy all that is in the source into the target, which must be empty.

    told: hears of each table and its rows. Raises HeldByAnother, DatabaseError.
    """
    try:
        _check(source, target)
        async with AsyncExitStack() as stack:
            hold = await _hold(source, stack)
            store = await Store.open(source, kinds=KINDS)
            stack.push_async_callback(store.close)
            await store.check_schema()
            await refuse_a_second(store, hold)
            await _hold(target, stack)
            await move(source, target, told)
    except ValueError as error:
        raise CannotMove(f"that is no URL of a database: {error}") from error


def _check(source: str, target: str) -> None:
    """Raises CannotMove, and ValueError for a bad URL."""
    old, new = make_url(source), make_url(target)
    if old == new:
        raise CannotMove("both databases are the same one: name two")
    # To open it would make it.
    if old.get_backend_name() == "sqlite" and not Path(old.database or "").is_file():
        raise CannotMove(f"there is no database {old.database}: nothing can be moved from there")


async def _hold(url: str, stack: AsyncExitStack) -> Hold:
    """Keep others from beginning to work there."""
    hold = await open_hold(url)
    stack.push_async_callback(hold.close)
    await stack.enter_async_context(deciding(hold))
    return hold
