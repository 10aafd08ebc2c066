"""The clock on the wall: the core is told when it was set. Calendars go by it, deadlines do not."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from acd.facts import ClockStepped

EVERY_S = 1.0
STEP = timedelta(seconds=1)
"""Less is no step: clocks are always a little apart."""


class Clock(Protocol):
    def ahead(self) -> timedelta:
        """How much the wall's clock is ahead of ours, which never jumps."""


async def follow(
    clock: Clock,
    believed: Callable[[], timedelta],
    tell: Callable[[ClockStepped], None],
    every_s: float = EVERY_S,
) -> None:
    """Tell whenever the wall's clock is otherwise than is believed; runs until cancelled. What an
    earlier process believed is put right as well: ours begins at what the wall shows."""
    while True:
        ahead = clock.ahead()
        if abs(ahead - believed()) > STEP:
            tell(ClockStepped(ahead=ahead))
        await asyncio.sleep(every_s)
