"""Virtual time: what is to happen, in the order of its moments."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush

Deed = Callable[[], None]


class Agenda:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._count = 0

    def at(self, moment: datetime, deed: Deed) -> None:
        """Do it then; of one moment what was noted first comes first."""
        self._count += 1
        heappush(self._deeds, (max(moment, self.now), self._count, deed))

    def next(self) -> datetime | None:
        return self._deeds[0][0] if self._deeds else None

    def do_next(self) -> None:
        self.now, _, deed = heappop(self._deeds)
        deed()
