"""What is counted of queues and agents, kept true change by change: nothing is counted anew."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from acd.ids import AgentId, EntryId, InteractionId, NodeId, ProjectName, QueueName
from acd.settings import QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of an agent that counts. state: a phase, else what keeps the agent from being offered
    anything, else ready."""

    project: ProjectName | None
    ready: bool
    talks_for: QueueName | None
    state: str
    chosen: tuple[QueueName, ...] = ()


@dataclass(slots=True, kw_only=True)
class QueueCount:
    """One queue's people and entries, now."""

    project: ProjectName
    members: frozenset[AgentId] = frozenset()
    """As configured; present counts those whom the core knows."""
    present: int = 0
    logged_in: int = 0
    ready: int = 0
    talking: int = 0
    waiting: dict[EntryId, datetime] = field(default_factory=dict)
    """Since when each waits."""

    @property
    def oldest(self) -> datetime | None:
        return min(self.waiting.values(), default=None)


class Counts:
    def __init__(self) -> None:
        self.queues: dict[QueueName, QueueCount] = {}
        self.agents: Counter[str] = Counter()
        """How many agents are in each state."""
        self.calls: Counter[NodeId] = Counter()
        """How many interactions are on each node."""
        self._node_of: dict[InteractionId, NodeId] = {}
        self._standings: dict[AgentId, Standing] = {}
        self._assigned: dict[AgentId, dict[QueueName, None]] = {}
        self._choosers: dict[QueueName, dict[AgentId, None]] = {}

    def together(self, names: Iterable[QueueName]) -> QueueCount | None:
        """The queues counted as one: who is in several of them counts once. None without any."""
        found = {name: self.queues[name] for name in names if name in self.queues}
        if not found:
            return None
        people: dict[AgentId, Standing] = {}
        there: dict[AgentId, Standing] = {}
        for name, count in found.items():
            for agent in self._people(name):
                if standing := self._standings.get(agent):
                    people[agent] = standing
                    if standing.project == count.project:
                        there[agent] = standing
        return QueueCount(
            project=next(iter(found.values())).project,
            present=len(people),
            logged_in=len(there),
            ready=sum(standing.ready for standing in there.values()),
            talking=sum(count.talking for count in found.values()),
            waiting={entry: at for one in found.values() for entry, at in one.waiting.items()},
        )

    def _people(self, name: QueueName) -> Iterable[AgentId]:
        """Who is in the queue: assigned, in the order of names, then by choice."""
        return (*sorted(self.queues[name].members), *self._choosers.get(name, ()))

    def configure(self, name: QueueName, settings: QueueSettings | None) -> None:
        """The queue as it is configured now; None: it is not, any more. Who waits there must be
        told again."""
        old = self.queues.pop(name, None)
        for agent in old.members if old else ():
            del self._assigned[agent][name]
        if settings is None:
            return
        members = frozenset(settings.agents)
        count = QueueCount(project=settings.project, members=members)
        self.queues[name] = count
        for agent in members:
            self._assigned.setdefault(agent, {})[name] = None
        for agent in members.union(self._choosers.get(name, ())):
            self._add(name, count, self._standings.get(agent), 1)

    def stand(self, agent: AgentId, standing: Standing | None) -> Iterable[QueueName]:
        """The agent counts like this now; None: there is no such agent. Gives the queues that
        count otherwise since."""
        old = self._standings.get(agent)
        if old == standing:
            return ()
        before, after = self._queues_of(agent, old), self._queues_of(agent, standing)
        for name in before:
            self._add(name, self.queues[name], old, -1)
        for name in after:
            self._add(name, self.queues[name], standing, 1)
        self._choose(agent, old, standing)
        if old:
            self.agents[old.state] -= 1
        if standing:
            self.agents[standing.state] += 1
            self._standings[agent] = standing
        else:
            del self._standings[agent]
        return {**before, **after}

    def _queues_of(self, agent: AgentId, standing: Standing | None) -> dict[QueueName, None]:
        chosen = standing.chosen if standing else ()
        names = (*self._assigned.get(agent, ()), *chosen)
        return {name: None for name in names if name in self.queues}

    def _choose(self, agent: AgentId, old: Standing | None, new: Standing | None) -> None:
        for name in old.chosen if old else ():
            del self._choosers[name][agent]
        for name in new.chosen if new else ():
            self._choosers.setdefault(name, {})[agent] = None

    def call(self, interaction: InteractionId, node: NodeId | None) -> bool:
        """The interaction is on that node; None: it is over. Gives whether that is new."""
        old = self._node_of.get(interaction)
        if old == node:
            return False
        if old is not None:
            self.calls[old] -= 1
            del self._node_of[interaction]
        if node is not None:
            self.calls[node] += 1
            self._node_of[interaction] = node
        return True

    def wait(self, queue: QueueName, entry: EntryId, since: datetime | None) -> None:
        """The entry waits since then; None: it does not, any more."""
        count = self.queues.get(queue)
        if count is None:
            return
        if since is None:
            count.waiting.pop(entry, None)
        else:
            count.waiting[entry] = since

    def _add(self, name: QueueName, count: QueueCount, standing: Standing | None, by: int) -> None:
        if standing is None:
            return
        count.present += by
        if standing.project == count.project:
            count.logged_in += by
            count.ready += by * standing.ready
            count.talking += by * (standing.talks_for == name)
