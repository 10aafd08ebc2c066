"""What is looked up in the rows, kept true with each change of a row.

Nothing here is known twice: all of it could be computed anew from the rows, only slower.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
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
    QueueName,
    TrunkName,
)
from acd.queues.entry import Entry
from acd.queues.line import Line, entry_order
from acd.queues.places import Places
from acd.queues.pool import Pool
from acd.queues.ranking import Standing
from acd.settings import AgentSettings, QueueSettings, Strategy

NOBODY = AgentSettings(agent=AgentId(""), name="", node=NodeId(""))
"""In place of the settings of an agent who is removed and finishes a call."""


def _matters(agent: Agent | None) -> tuple[object, ...] | None:
    """All of an agent that decides on the place in a pool."""
    if agent is None:
        return None
    times = (agent.idle_since, agent.active_at, agent.activity)
    return (agent.not_ready, agent.project, *times, agent.calls)


def _skilled(settings: AgentSettings | None) -> tuple[object, ...]:
    """All of an agent's settings that decides on the place in a pool."""
    settings = settings or NOBODY
    return (settings.priority, settings.skills)


class Indexes:
    def __init__(self, tables: Mapping[type, dict[Any, Any]]) -> None:
        self.lines: dict[QueueName, Line] = {}
        self.pools: dict[QueueName, Pool] = {}
        self.dirty: dict[QueueName, None] = {}
        """The queues in which something may have become possible."""
        self.places: defaultdict[QueueName, Places] = defaultdict(Places)
        self.restaffed: dict[QueueName, None] = {}
        """The queues of which an agent has come, gone or changed."""
        self.legs_of: dict[InteractionId, dict[Channel, None]] = {}
        self.entries_of: dict[InteractionId, dict[EntryId, None]] = {}
        self.queues_of: dict[AgentId, dict[QueueName, int]] = {}
        """In which queues an agent is, and in how many ways: assigned, and chosen at log-in."""
        self.choosers: dict[QueueName, dict[AgentId, None]] = {}
        """Who has chosen the queue."""
        self.calls_on: Counter[TrunkName] = Counter()
        self.legs_on: dict[tuple[NodeId, ExtensionNumber], dict[Channel, None]] = {}
        self.agent_on: dict[tuple[NodeId, ExtensionNumber], AgentId] = {}
        self.follow: dict[type, Callable[[Any, Any], None]] = {
            Agent: self._agent,
            Entry: self._entry,
            Leg: self._leg,
            QueueSettings: self._queue,
            AgentSettings: self._agent_settings,
        }
        """What follows when a row takes the place of another; None for a row that is not there."""
        self._agents: dict[AgentId, Agent] = tables[Agent]
        self._entries: dict[EntryId, Entry] = tables[Entry]
        self._queues: dict[QueueName, QueueSettings] = tables[QueueSettings]
        self._settings: dict[AgentId, AgentSettings] = tables[AgentSettings]

    # What an interaction is made of, and where.

    def _leg(self, old: Leg | None, row: Leg | None) -> None:
        _follow(self.legs_of, old, row)
        if old is None and row is not None and row.trunk:
            self.calls_on[row.trunk] += 1
        if row is None and old is not None and old.trunk:
            self.calls_on[old.trunk] -= 1
        self._leg_on_phone(old, row)

    def _leg_on_phone(self, old: Leg | None, row: Leg | None) -> None:
        """A leg stays on the phone that it began on."""
        leg = cast(Leg, row or old)
        if leg.extension is None:
            return
        phone = (leg.channel.node, leg.extension)
        if old is None:
            self.legs_on.setdefault(phone, {})[leg.channel] = None
        elif row is None:
            del self.legs_on[phone][leg.channel]

    def _agent_settings(self, old: AgentSettings | None, row: AgentSettings | None) -> None:
        # Two agents may change phones in one version: whose it is by now is left alone.
        if old and old.extension and self.agent_on.get((old.node, old.extension)) == old.agent:
            del self.agent_on[old.node, old.extension]
        if row and row.extension:
            self.agent_on[row.node, row.extension] = row.agent
        if _skilled(old) != _skilled(row):
            self._place_in_pools((row or cast(AgentSettings, old)).agent)

    # Lines.

    def _entry(self, old: Entry | None, row: Entry | None) -> None:
        _follow(self.entries_of, old, row)
        self._place(old, row)
        if old is not None and self._wants(old):
            self.lines[old.queue].remove(old)
        if row is not None and self._wants(row):
            self.lines[row.queue].add(row)
            self.dirty[row.queue] = None

    def _place(self, old: Entry | None, row: Entry | None) -> None:
        """Everybody has a place who has not been won; most changes leave it as it is."""
        before = (old.queue, entry_order(old)) if old and old.waits else None
        after = (row.queue, entry_order(row)) if row and row.waits else None
        if before == after:
            return
        if before:
            self.places[before[0]].remove(before[1])
        if after:
            self.places[after[0]].add(after[1])

    def _wants(self, entry: Entry) -> bool:
        return entry.wants(many=self._queues[entry.queue].strategy is Strategy.RING_ALL)

    # Pools.

    def members(self, queue: QueueSettings) -> list[AgentId]:
        """Who is in the queue: those assigned as configured, then those who have chosen it."""
        choosers = sorted(self.choosers.get(queue.queue, ()))
        return list(dict.fromkeys((*queue.agents, *choosers)))

    def _agent(self, old: Agent | None, row: Agent | None) -> None:
        chose, chooses = old.chosen if old else (), row.chosen if row else ()
        if _matters(old) == _matters(row) and chose == chooses:
            return
        agent = (row or cast(Agent, old)).id
        if chose != chooses:
            self._choose(agent, chose, chooses)
        self._place_in_pools(agent)

    def _choose(
        self, agent: AgentId, before: tuple[QueueName, ...], after: tuple[QueueName, ...]
    ) -> None:
        for queue in before:
            del self.choosers[queue][agent]
            self._part(agent, queue)
            self.pools[queue].put(agent, None)
            self.restaffed[queue] = None
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

    def _place_in_pools(self, agent: AgentId) -> None:
        for queue in self.queues_of.get(agent, ()):
            self._stand(queue, agent)

    def _stand(self, queue: QueueName, agent: AgentId) -> None:
        standing = self._standing(queue, agent)
        self.restaffed[queue] = None
        self.pools[queue].put(agent, standing)
        if isinstance(standing, Standing):
            self.dirty[queue] = None

    def _standing(self, queue: QueueName, name: AgentId) -> Standing | str | None:
        """What the queue goes by, or why it may not offer anything to this member."""
        agent = self._agents.get(name)
        if agent is None:
            return None
        reason = agent.not_ready
        if reason:
            return reason
        if agent.project != self._queues[queue].project:
            return "in another project"
        settings = self._settings.get(name, NOBODY)
        return Standing(
            agent=name,
            idle_since=agent.idle_since,
            active_at=agent.active_at or agent.idle_since,
            activity=agent.activity,
            calls=agent.calls_of(queue),
            priority=settings.priority,
            skills=settings.skills,
        )

    def _queue(self, old: QueueSettings | None, row: QueueSettings | None) -> None:
        """Members and order may have changed: the queue's line and pool are built anew."""
        queue = (row or cast(QueueSettings, old)).queue
        for agent in old.agents if old else ():
            self._part(agent, queue)
        if row is None:
            del self.lines[queue], self.pools[queue]
            self.dirty.pop(queue, None)
            self.restaffed[queue] = None
            return
        self.lines[queue], self.pools[queue] = Line(), Pool(row)
        self.restaffed[queue] = None
        for agent in row.agents:
            self._join(agent, queue)
        for agent in self.members(row):
            self._stand(queue, agent)
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
