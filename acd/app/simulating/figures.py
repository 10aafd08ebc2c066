"""What is compared: how the waits ended in each queue, and how busy the agents were."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.distributor import Change
from acd.ids import AgentId, QueueName
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.settings import Category

TENTH = timedelta(milliseconds=100)
AT_WORK = frozenset({Phase.TALKING, Phase.HELD, Phase.ACW})
OUT = (EntryOutcome.ABANDONED, EntryOutcome.QUEUE_EXIT)
"""The ends of a wait that count against the service level, beside the answer."""


@dataclass(slots=True)
class Waits:
    """The ended waits of callers in one queue, or in several."""

    outcomes: Counter[EntryOutcome] = field(default_factory=Counter)
    answered_after: Counter[timedelta] = field(default_factory=Counter)
    """How long those who were answered had waited, rounded up to the tenth of a second."""
    speed: timedelta = timedelta()
    """The sum of that, exactly."""

    def take(self, entry: Entry) -> None:
        if entry.outcome is None or entry.ended_at is None:
            return
        self.outcomes[entry.outcome] += 1
        if entry.outcome is EntryOutcome.ANSWERED:
            waited = entry.ended_at - entry.entered_at
            self.speed += waited
            self.answered_after[-(-waited // TENTH) * TENTH] += 1

    def add(self, other: "Waits") -> None:
        self.outcomes += other.outcomes
        self.answered_after += other.answered_after
        self.speed += other.speed

    @property
    def count(self) -> int:
        return self.outcomes.total()

    @property
    def answered(self) -> int:
        return self.outcomes[EntryOutcome.ANSWERED]

    @property
    def abandon_rate(self) -> float | None:
        """Hung up or left by the key, of all."""
        return sum(self.outcomes[each] for each in OUT) / self.count if self.count else None

    @property
    def asa_s(self) -> float | None:
        """ASA: the mean wait of those who were answered."""
        return self.speed.total_seconds() / self.answered if self.answered else None

    def in_time(self, target_s: int) -> int:
        """How many were answered within so many seconds."""
        target = timedelta(seconds=target_s)
        return sum(count for waited, count in self.answered_after.items() if waited <= target)

    @property
    def counted(self) -> int:
        """Answered, hung up, or left by the key: of these SL-3X is told."""
        return self.answered + sum(self.outcomes[each] for each in OUT)


@dataclass(slots=True)
class Figures:
    """Of a time; take() in every change, in order, then end()."""

    queues: defaultdict[QueueName, Waits] = field(default_factory=lambda: defaultdict(Waits))
    busy: timedelta = timedelta()
    """Talk, hold and after-call work of all agents."""
    idle: timedelta = timedelta()
    """Available without: also while the phone rings."""
    _doing: dict[AgentId, tuple[bool, datetime]] = field(default_factory=dict)

    def take(self, changes: Iterable[Change], at: datetime) -> None:
        for change in changes:
            match change.row:
                case Entry(kind=EntryKind.CALLER) as entry if not change.live:
                    self.queues[entry.queue].take(entry)
                case Agent() as agent:
                    self._follow(agent, at, live=change.live)

    def end(self, at: datetime) -> None:
        """Nothing comes after that moment."""
        for agent in list(self._doing):
            self._stop(agent, at)

    def _follow(self, agent: Agent, at: datetime, *, live: bool) -> None:
        self._stop(agent.id, at)
        busy = agent.phase in AT_WORK
        available = agent.category is Category.AVAILABLE and not agent.off_hours
        if live and agent.project and (busy or available):
            self._doing[agent.id] = (busy, at)

    def _stop(self, agent: AgentId, at: datetime) -> None:
        busy, since = self._doing.pop(agent, (False, at))
        if busy:
            self.busy += at - since
        else:
            self.idle += at - since

    @property
    def occupancy(self) -> float | None:
        """(talk + hold + after-call work) / (that + available without)."""
        there = self.busy + self.idle
        return self.busy / there if there else None

    def of(self, queues: Iterable[QueueName]) -> Waits:
        """Those of the queues together."""
        total = Waits()
        for queue in queues:
            total.add(self.queues[queue])
        return total
