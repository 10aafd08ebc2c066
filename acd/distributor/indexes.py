"""What is looked up in the rows, kept true with each change of a row.

Nothing here is known twice: all of it could be computed anew from the rows, only slower.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from acd.agents.agent import Agent
from acd.calls.leg import Leg
from acd.ids import (
    AgentId,
    Channel,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    ProjectName,
    QueueName,
    TrunkName,
)
from acd.queues.entry import Entry
from acd.queues.line import Line, Pool
from acd.settings import AgentSettings, QueueSettings, Strategy

Standing = tuple[str | None, ProjectName | None, datetime | None]


def _standing(agent: Agent | None) -> Standing:
    """All of an agent that decides on the place in a pool."""
    if agent is None:
        return (None, None, None)
    return (agent.not_ready, agent.project, agent.idle_since)


class Indexes:
    def __init__(self, tables: Mapping[type, dict[Any, Any]]) -> None:
        self.lines: dict[QueueName, Line] = {}
        self.pools: dict[QueueName, Pool] = {}
        self.dirty: dict[QueueName, None] = {}
        """The queues in which something may have become possible."""
        self.legs_of: dict[InteractionId, dict[Channel, None]] = {}
        self.entries_of: dict[InteractionId, dict[EntryId, None]] = {}
        self.queues_of: dict[AgentId, dict[QueueName, int]] = {}
        """In which queues an agent is, and in how many ways: assigned, and chosen at log-in."""
        self.choosers: dict[QueueName, dict[AgentId, None]] = {}
        """Who has chosen the queue."""
        self.calls_on: Counter[TrunkName] = Counter()
        self.agent_on: dict[tuple[NodeId, ExtensionNumber], AgentId] = {}
        self.follow: dict[type, Callable[[Any, Any], None]] = {
            Agent: self._agent,
            Entry: self._entry,
            Leg: self._leg,
            QueueSettings: self._queue,
            AgentSettings: self._extension,
        }
        """What follows when a row takes the place of another; None for a row that is not there."""
        self._agents: dict[AgentId, Agent] = tables[Agent]
        self._entries: dict[EntryId, Entry] = tables[Entry]
        self._queues: dict[QueueName, QueueSettings] = tables[QueueSettings]

    # What an interaction is made of, and where.

    def _leg(self, old: Leg | None, row: Leg | None) -> None:
        _follow(self.legs_of, old, row)
        if old is None and row is not None and row.trunk:
            self.calls_on[row.trunk] += 1
        if row is None and old is not None and old.trunk:
            self.calls_on[old.trunk] -= 1

    def _extension(self, old: AgentSettings | None, row: AgentSettings | None) -> None:
        # Two agents may change phones in one version: whose it is by now is left alone.
        if old and old.extension and self.agent_on.get((old.node, old.extension)) == old.agent:
            del self.agent_on[old.node, old.extension]
        if row and row.extension:
            self.agent_on[row.node, row.extension] = row.agent

    # Lines.

    def _entry(self, old: Entry | None, row: Entry | None) -> None:
        _follow(self.entries_of, old, row)
        if old is not None and self._wants(old):
            self.lines[old.queue].remove(old)
        if row is not None and self._wants(row):
            self.lines[row.queue].add(row)
            self.dirty[row.queue] = None

    def _wants(self, entry: Entry) -> bool:
        return entry.wants(many=self._queues[entry.queue].strategy is Strategy.RING_ALL)

    # Pools.

    def members(self, queue: QueueSettings) -> list[AgentId]:
        """Who is in the queue: those assigned as configured, then those who have chosen it."""
        choosers = sorted(self.choosers.get(queue.queue, ()))
        return list(dict.fromkeys((*queue.agents, *choosers)))

    def _agent(self, old: Agent | None, row: Agent | None) -> None:
        before, after = _standing(old), _standing(row)
        chose, chooses = old.chosen if old else (), row.chosen if row else ()
        if (before, chose) == (after, chooses):
            return
        agent = (row or cast(Agent, old)).id
        if old is not None:
            for queue in self.queues_of.get(agent, ()):
                self._leave_pool(queue, old, before)
        if chose != chooses:
            self._choose(agent, chose, chooses)
        if row is not None:
            for queue in self.queues_of.get(agent, ()):
                self._enter_pool(queue, row, after)

    def _choose(
        self, agent: AgentId, before: tuple[QueueName, ...], after: tuple[QueueName, ...]
    ) -> None:
        for queue in before:
            del self.choosers[queue][agent]
            self._part(agent, queue)
        for queue in after:
            self.choosers.setdefault(queue, {})[agent] = None
            self._join(agent, queue)

    def _join(self, agent: AgentId, queue: QueueName) -> None:
        ways = self.queues_of.setdefault(agent, {})
        ways[queue] = ways.get(queue, 0) + 1

    def _part(self, agent: AgentId, queue: QueueName) -> None:
        ways = self.queues_of[agent]
        ways[queue] -= 1
        if not ways[queue]:
            del ways[queue]

    def _enter_pool(self, queue: QueueName, agent: Agent, standing: Standing) -> None:
        reason = self._kept_out(queue, standing)
        if reason:
            self.pools[queue].kept_out[reason] += 1
            return
        self.pools[queue].add((agent.idle_since, agent.id))
        self.dirty[queue] = None

    def _leave_pool(self, queue: QueueName, agent: Agent, standing: Standing) -> None:
        reason = self._kept_out(queue, standing)
        if reason:
            self.pools[queue].kept_out[reason] -= 1
            return
        self.pools[queue].remove((agent.idle_since, agent.id))

    def _kept_out(self, queue: QueueName, standing: Standing) -> str | None:
        reason, project, _ = standing
        if reason:
            return reason
        return None if project == self._queues[queue].project else "in another project"

    def _queue(self, old: QueueSettings | None, row: QueueSettings | None) -> None:
        """Members and order may have changed: the queue's line and pool are built anew."""
        queue = (row or cast(QueueSettings, old)).queue
        for agent in old.agents if old else ():
            self._part(agent, queue)
        if row is None:
            del self.lines[queue], self.pools[queue]
            self.dirty.pop(queue, None)
            return
        self.lines[queue], self.pools[queue] = Line(), Pool()
        for agent in row.agents:
            self._join(agent, queue)
        for agent in self.members(row):
            if agent in self._agents:
                self._enter_pool(queue, self._agents[agent], _standing(self._agents[agent]))
        for entry in self._entries.values():
            if entry.queue == queue and self._wants(entry):
                self.lines[queue].add(entry)
        self.dirty[queue] = None


def _follow(index: dict[Any, dict[Any, None]], old: Any, row: Any) -> None:
    """Keep the keys of the rows of each interaction."""
    if old is None:
        index.setdefault(row.interaction, {})[row.key] = None
    elif row is None:
        keys = index[old.interaction]
        del keys[old.key]
        if not keys:
            del index[old.interaction]
