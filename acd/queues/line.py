"""The order of a queue: who waits, who could take one, and who of them comes first."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from acd.ids import AgentId, EntryId
from acd.queues.entry import Entry

EntryOrder = tuple[int, datetime, EntryId]
AgentOrder = tuple[datetime, AgentId]


def entry_order(entry: Entry) -> EntryOrder:
    """Higher priority first, then who is waiting longest, then the id: a total order."""
    return (-entry.priority, entry.order_since, entry.id)


class Line:
    """The entries of one queue that want an agent, in order."""

    def __init__(self) -> None:
        self._order: list[EntryOrder] = []

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[EntryOrder]:
        return iter(self._order)

    def add(self, entry: Entry) -> None:
        insort(self._order, entry_order(entry))

    def remove(self, entry: Entry) -> None:
        del self._order[bisect_left(self._order, entry_order(entry))]


class Pool:
    """The members of one queue: the idle ones in order, and what keeps the others out."""

    def __init__(self) -> None:
        self._order: list[AgentOrder] = []
        self.kept_out: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[AgentOrder]:
        return iter(self._order)

    def __contains__(self, order: AgentOrder) -> bool:
        place = bisect_left(self._order, order)
        return self._order[place : place + 1] == [order]

    def add(self, order: AgentOrder) -> None:
        insort(self._order, order)

    def remove(self, order: AgentOrder) -> None:
        del self._order[bisect_left(self._order, order)]

    def first(self, unwanted: frozenset[AgentId]) -> AgentOrder | None:
        """The idle agent whose turn it is, of those the entry may be offered to."""
        return next((order for order in self._order if order[-1] not in unwanted), None)

    def next_after(self, agent: AgentId, unwanted: frozenset[AgentId], n: int) -> list[AgentId]:
        others = (a for _, a in self._order if a != agent and a not in unwanted)
        return [a for a, _ in zip(others, range(n), strict=False)]
