"""Loop lag: how late the event loop comes to what is due. All that is served waits so long."""

import asyncio
import math
from collections.abc import Mapping

EVERY_S = 0.02
BOUNDS_MS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 5000)


class LoopLag:
    """Looks every 20 ms, and counts. Have one task run run().

    The loop rounds its waits up to a millisecond: what is at most 1 ms late is on time.
    """

    def __init__(self) -> None:
        self.total_s = 0.0
        """By how much all looks together were late."""
        self._counts = dict.fromkeys([*map(float, BOUNDS_MS), math.inf], 0)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(loop.time() - due)

    def note(self, late_s: float) -> None:
        """Count one look that was so many seconds late."""
        self.total_s += max(0.0, late_s)
        self._counts[next(bound for bound in self._counts if 1000 * late_s <= bound)] += 1

    def counts(self) -> Mapping[str, int]:
        """How many looks were at most so many ms late, and more than the bound before, since the
        process began."""
        return {f"{bound:g}": count for bound, count in self._counts.items()}
