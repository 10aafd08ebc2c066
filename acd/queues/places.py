"""Everybody who waits in one queue, also while being offered: who is before whom."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from acd.ids import EntryId
from acd.queues.entry import Entry
from acd.queues.line import EntryOrder, entry_order


class Places:
    def __init__(self) -> None:
        self._order: list[EntryOrder] = []

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[EntryId]:
        """In the order in which they are served."""
        return (order[-1] for order in self._order)

    def add(self, order: EntryOrder) -> None:
        insort(self._order, order)

    def remove(self, order: EntryOrder) -> None:
        del self._order[bisect_left(self._order, order)]

    def of(self, entry: Entry) -> int:
        """The place of one who waits here; the first is 1."""
        return 1 + bisect_left(self._order, entry_order(entry))
