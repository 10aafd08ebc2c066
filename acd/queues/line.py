"""The order of a queue: who waits, in groups of equals."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from heapq import merge

from acd.ids import AgentId, EntryId
from acd.queues.entry import Entry

EntryOrder = tuple[bool, int, datetime, EntryId]
Group = tuple[int, frozenset[AgentId]]
"""Entries that the same agents may take: what is asked is at this stage, and these are excluded."""


def entry_order(entry: Entry) -> EntryOrder:
    """Who has waited for too long first, then higher priority, then who is waiting longest, then
    the id: a total order."""
    priority = 0 if entry.lifted else -entry.priority
    return (not entry.lifted, priority, entry.order_since, entry.id)


class Line:
    """The entries of one queue that want an agent, in order."""

    def __init__(self) -> None:
        self._groups: dict[Group, list[EntryOrder]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def __iter__(self) -> Iterator[EntryOrder]:
        return merge(*self._groups.values())

    def add(self, entry: Entry) -> None:
        insort(self._groups.setdefault(_group(entry), []), entry_order(entry))

    def remove(self, entry: Entry) -> None:
        orders = self._groups[_group(entry)]
        del orders[bisect_left(orders, entry_order(entry))]
        if not orders:
            del self._groups[_group(entry)]

    def firsts(self) -> list[tuple[EntryOrder, Group]]:
        """The first entry of each group, in order: where there is nobody for it there is nobody
        for the rest of its group."""
        if len(self._groups) == 1:
            [(group, orders)] = self._groups.items()
            return [(orders[0], group)]
        return sorted(((orders[0], group) for group, orders in self._groups.items()), key=_first)


def _first(of: tuple[EntryOrder, Group]) -> EntryOrder:
    return of[0]


def _group(entry: Entry) -> Group:
    return (entry.stage, entry.excluded_agents)
