"""All live state, in tables of frozen rows.

Rows change only through put and end. So one place keeps the indexes true (indexes.py, and the
deadlines), knows what one input has changed, and can take it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Any, cast

from acd.agents.agent import Agent
from acd.agents.attempt import Attempt
from acd.agents.device import Phone
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.dispositions.disposition import Disposition
from acd.distributor.indexes import Indexes
from acd.ids import (
    HOLDING,
    AgentId,
    BridgeId,
    Channel,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    OfferId,
    QueueName,
    TrunkName,
    maker_of,
)
from acd.queues.announcer import Announcer
from acd.queues.entry import Entry
from acd.queues.kept_place import KeptPlace
from acd.queues.memory import Memory
from acd.queues.offer import Offer
from acd.queues.pace import Pace
from acd.queues.vacancy import Vacancy
from acd.settings import AgentSettings, General, QueueSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One Asterisk; up: its events reach us."""

    id: NodeId
    up: bool
    started: str = ""
    """When it was started, as it says itself."""
    trunks_down: tuple[TrunkName, ...] = ()
    """Its carriers that do not answer."""

    @property
    def key(self) -> NodeId:
        return self.id

    @property
    def due(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many interactions that run has begun: the next one has the number after it."""

    run: int
    interactions: int

    @property
    def key(self) -> str:
        return "count"

    @property
    def due(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClock:
    """How much the clock on the wall is ahead of ours: calendars go by it, deadlines never."""

    ahead: timedelta = timedelta()

    @property
    def key(self) -> str:
        return "wall"

    @property
    def due(self) -> None:
        return None


Row = (
    General
    | QueueSettings
    | AgentSettings
    | Memory
    | Count
    | WallClock
    | Node
    | Phone
    | Agent
    | Interaction
    | Leg
    | Entry
    | Offer
    | Attempt
    | Announcer
    | Pace
    | Vacancy
    | KeptPlace
    | Disposition
)
KINDS: tuple[type, ...] = (
    General,
    QueueSettings,
    AgentSettings,
    Memory,
    Count,
    WallClock,
    Node,
    Phone,
    Agent,
    Interaction,
    Leg,
    Entry,
    Offer,
    Attempt,
    Announcer,
    Pace,
    Vacancy,
    KeptPlace,
    Disposition,
)
"""In the order in which rows are loaded: what others are indexed by comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row as it is after an input; live: it is still part of the state."""

    row: Row
    live: bool


class State:
    settings: Settings
    """As a whole; its queues and agents are seen as they are at any time."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.interactions: dict[InteractionId, Interaction] = {}
        self.legs: dict[Channel, Leg] = {}
        self.entries: dict[EntryId, Entry] = {}
        self.offers: dict[OfferId, Offer] = {}
        self.attempts: dict[Channel, Attempt] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.nodes: dict[NodeId, Node] = {}
        self.phones: dict[tuple[NodeId, ExtensionNumber], Phone] = {}
        self.announcers: dict[EntryId, Announcer] = {}
        self.paces: dict[QueueName, Pace] = {}
        self.vacancies: dict[QueueName, Vacancy] = {}
        self.kept_places: dict[tuple[QueueName, str], KeptPlace] = {}
        self._tables: dict[type, dict[Any, Any]] = {
            Interaction: self.interactions,
            Leg: self.legs,
            Entry: self.entries,
            Offer: self.offers,
            Attempt: self.attempts,
            Announcer: self.announcers,
            Pace: self.paces,
            Vacancy: self.vacancies,
            KeptPlace: self.kept_places,
            Agent: self.agents,
            Count: {},
            WallClock: {},
            Node: self.nodes,
            Phone: self.phones,
            QueueSettings: {},
            AgentSettings: {},
            Memory: {},
            General: {},
            Disposition: {},
        }
        self.indexes = Indexes(self._tables)
        self.lines, self.pools = self.indexes.lines, self.indexes.pools
        self.dirty, self.restaffed = self.indexes.dirty, self.indexes.restaffed
        self.places = self.indexes.places
        self._follow = {General: self._settle_general, **self.indexes.follow}
        self._deadlines: list[tuple[datetime, int, Any]] = []
        self._before: dict[tuple[type, Any], Row | None] = {}
        self._ended: dict[tuple[type, Any], Row] = {}
        self._popped: tuple[datetime, int, Any] | None = None
        """The deadline that this input is: it comes again if the input is taken back."""
        self.put(General())
        self.commit()

    # Rows.

    def put(self, row: Row) -> None:
        """Add the row, or put it in place of the one with its key."""
        self._set(type(row), row.key, row)

    def end(self, row: Row) -> None:
        """Take the row out of the live state; this is how it is kept for reports."""
        self._set(type(row), row.key, None)
        self._ended[type(row), row.key] = row

    def rows(self) -> Iterator[Row]:
        """All of the state: whoever begins with these rows decides the same."""
        for table in self._tables.values():
            yield from table.values()

    def next_number(self) -> int:
        """The number of this run's next interaction."""
        count = self._tables[Count].get("count")
        number = 1 + (count.interactions if count and count.run == self.run else 0)
        self.put(Count(run=self.run, interactions=number))
        return number

    @property
    def ahead(self) -> timedelta:
        """How much the clock on the wall is ahead of ours."""
        clock = self._tables[WallClock].get("wall")
        return clock.ahead if clock else timedelta()

    def _set(self, kind: type, key: Any, row: Row | None) -> None:
        table = self._tables[kind]
        old = table.get(key)
        if row == old:
            return
        self._before.setdefault((kind, key), old)
        self._replace(table, key, old, row)

    def _replace(self, table: dict[Any, Any], key: Any, old: Any, row: Any) -> None:
        if row is None:
            del table[key]
        else:
            table[key] = row
        follow = self._follow.get(type(old or row))
        if follow:
            follow(old, row)
        if row is not None and row.due is not None and (old is None or old.due != row.due):
            heappush(self._deadlines, (row.due, KINDS.index(type(row)), key))

    # What one input has changed.

    def commit(self) -> tuple[Change, ...]:
        """Keep what has changed since the last commit, and say what it was."""
        changes = tuple(self._changes())
        self._forget()
        return changes

    def roll_back(self) -> None:
        """Undo all that has changed since the last commit."""
        # Backwards: a new queue goes after the entries in it, an old one comes before them.
        for (kind, key), old in reversed(self._before.items()):
            table = self._tables[kind]
            if table.get(key) != old:
                self._replace(table, key, table.get(key), old)
        self.dirty.clear()
        if self._popped:
            heappush(self._deadlines, self._popped)
        self._forget()

    def _changes(self) -> Iterator[Change]:
        for kind, key in self._before:
            row = self._tables[kind].get(key)
            if row is not None:
                yield Change(row=row, live=True)
            else:
                yield Change(row=self._ended[kind, key], live=False)

    def _forget(self) -> None:
        self._before.clear()
        self._ended.clear()
        self._popped = None

    # Deadlines.

    def next_deadline(self) -> datetime | None:
        """The earliest deadline of any row; those that rows no longer have are dropped."""
        while self._deadlines:
            due, kind, key = self._deadlines[0]
            row = self._tables[KINDS[kind]].get(key)
            if row is not None and row.due == due:
                return due
            heappop(self._deadlines)
        return None

    def pop_due(self, now: datetime) -> Row | None:
        """A row whose deadline has passed, the earliest first; None if there is none."""
        due = self.next_deadline()
        if due is None or due > now:
            return None
        self._popped = heappop(self._deadlines)
        _, kind, key = self._popped
        return cast(Row, self._tables[KINDS[kind]][key])

    # Look-ups.

    def legs_of(self, interaction: InteractionId) -> list[Leg]:
        """In the order of their ids, about which they were made in; so after a start as before."""
        channels = sorted(
            self.indexes.legs_of.get(interaction, ()), key=lambda c: (len(c.id), c.id)
        )
        return [self.legs[channel] for channel in channels]

    def entries_of(self, interaction: InteractionId) -> list[Entry]:
        ids = sorted(self.indexes.entries_of.get(interaction, ()), key=lambda e: (len(e), e))
        return [self.entries[entry] for entry in ids]

    def queues_of(self, agent: AgentId) -> tuple[QueueName, ...]:
        """In which the agent is, of all projects: assigned, or chosen."""
        return tuple(self.indexes.queues_of.get(agent, ()))

    def queue(self, queue: QueueName) -> QueueSettings:
        return self.settings.queues[queue]

    def memory(self, queue: QueueName) -> Memory:
        """What the queue's strategy remembers."""
        found: Memory | None = self._tables[Memory].get(queue)
        return found or self.pools[queue].unused

    def forget(self, queue: QueueName) -> None:
        """Remember nothing of the queue any more."""
        if found := self._tables[Memory].get(queue):
            self.end(found)

    def is_full(self, trunk: TrunkName | None) -> bool:
        """Whether the trunk has all the calls that it may have."""
        settings = self.settings.trunks.get(trunk) if trunk else None
        if settings is None or settings.max_calls is None:
            return False
        return self.calls_on(settings.trunk) >= settings.max_calls

    def calls_on(self, trunk: TrunkName) -> int:
        """How many calls the trunk has, in and out."""
        return self.indexes.calls_on[trunk]

    def node_up(self, node: NodeId) -> bool:
        return node in self.nodes and self.nodes[node].up

    def agent_on(self, node: NodeId, extension: ExtensionNumber) -> Agent | None:
        """Whose phone that is."""
        agent = self.owner_of(node, extension)
        return self.agents.get(agent) if agent else None

    def owner_of(self, node: NodeId, extension: ExtensionNumber) -> AgentId | None:
        """Whose phone that is by the configuration."""
        return self.indexes.agent_on.get((node, extension))

    def legs_on(self, node: NodeId, extension: ExtensionNumber) -> list[Leg]:
        """The legs on that phone, in the order in which they came."""
        legs = [self.legs[channel] for channel in self.indexes.legs_on.get((node, extension), ())]
        return sorted(legs, key=lambda leg: (leg.asked_at, leg.channel.id))

    def owns_bridge(self, node: NodeId, bridge: BridgeId | None) -> bool:
        interaction = self.interactions.get(maker_of(bridge or ""))
        return bridge == HOLDING or (
            interaction is not None and interaction.node == node and bridge in interaction.bridges
        )

    def _settle_general(self, old: General | None, row: General) -> None:
        self.settings = Settings(
            **{each.name: getattr(row, each.name) for each in fields(General)},
            queues=MappingProxyType(self._tables[QueueSettings]),
            agents=MappingProxyType(self._tables[AgentSettings]),
        )
