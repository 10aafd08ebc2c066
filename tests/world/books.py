"""The books of each queue: whoever has entered has left in one way, or waits."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from acd.distributor import State
from acd.ids import EntryId, QueueName
from acd.queues.entry import Entry, EntryOutcome


@dataclass(kw_only=True)
class Books:
    entered: dict[EntryId, QueueName] = field(default_factory=dict)
    left: dict[EntryId, EntryOutcome] = field(default_factory=dict)

    def copy(self) -> Self:
        return type(self)(entered=dict(self.entered), left=dict(self.left))

    def write(self, entry: Entry, *, live: bool) -> None:
        assert self.entered.setdefault(entry.id, entry.queue) == entry.queue, "entered elsewhere"
        assert entry.id not in self.left, f"{entry.id} has left, and is there"
        if not live:
            assert entry.outcome, f"{entry.id} has left in no way"
            self.left[entry.id] = entry.outcome

    def balance(self, state: State) -> None:
        """Entered = answered + abandoned + ... + waiting, of each queue."""
        entered = Counter(self.entered.values())
        left = Counter((self.entered[entry], how) for entry, how in self.left.items())
        waiting = Counter(entry.queue for entry in state.entries.values())
        for queue in entered | waiting:
            ways = {how: left[queue, how] for how in EntryOutcome}
            sums = sum(ways.values()) + waiting[queue]
            assert entered[queue] == sums, f"{queue}: {entered[queue]} entered, {ways} left"
