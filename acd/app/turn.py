"""When a process may begin: at once, instead of another one, or when the other one is gone."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from enum import Enum

from acd.app import holder
from acd.app.database import open_store
from acd.app.systemd import Systemd
from acd.db.hold import open_hold

logger = logging.getLogger(__name__)


class Start(Enum):
    """How a process begins where another one may be at work."""

    ALONE = "alone"
    """Not while another one is alive."""
    TAKE_OVER = "take over"
    """Now; the other one ends."""
    STANDBY = "standby"
    """When the other one has ended, died or frozen."""


async def turn(url: str, start: Start, stop: asyncio.Event) -> int | None:
    """Wait until we may begin, or until stop is set; gives the run that is to be replaced.

    Raises HeldByAnother, DatabaseError.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(url)
        stack.push_async_callback(store.close)
        hold = await open_hold(url)
        stack.push_async_callback(hold.close)
        match start:
            case Start.STANDBY:
                return await _wait(holder.wait_for_turn(store, hold, stop))
            case Start.TAKE_OVER:
                run = await holder.latest(store)
                return run.number if run else None
            case Start.ALONE:
                await holder.refuse_a_second(store, hold, holder.TO_START)
                return None


async def _wait(its_turn: Awaitable[int | None]) -> int | None:
    """Wait for our turn; systemd knows that we do."""
    logger.info("standing by for the process that works here")
    telling = asyncio.create_task(Systemd().run(lambda: "stands by for another process"))
    try:
        return await its_turn
    finally:
        telling.cancel()
