"""Ranking: who of several idle agents is offered an entry first, and how that is said.

A rank is a tuple: the agent's priority turned round, then what the strategy goes by, then the id.
The smaller one comes first. Only round_robin and random begin elsewhere than at the smallest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from acd.ids import AgentId, SkillName
from acd.queues.memory import Memory
from acd.settings import Strategy

Rank = tuple[Any, ...]


class Standing(NamedTuple):
    """All of an agent that a queue goes by."""

    agent: AgentId
    idle_since: datetime
    active_at: datetime
    activity: str
    calls: int = 0
    """Of this queue, since log-in."""
    priority: int = 0
    skills: Mapping[SkillName, int] = {}


class Order(NamedTuple):
    """The order in which a queue is configured."""

    strategy: Strategy
    places: Mapping[AgentId, int]
    """The agents that are configured; all others come behind them."""

    def place(self, agent: AgentId) -> int:
        return self.places.get(agent, len(self.places))

    def rank(self, who: Standing) -> Rank:
        return (-who.priority, *self._key(who), who.agent)

    def _key(self, who: Standing) -> Rank:
        match self.strategy:
            case Strategy.ROUND_ROBIN | Strategy.LINEAR:
                return (self.place(who.agent),)
            case Strategy.LEAST_RECENT_ACTIVITY:
                return (who.active_at,)
            case Strategy.FEWEST_CALLS:
                return (who.calls, who.idle_since)
            case Strategy.RANDOM:
                return ()
            case _:
                return (who.idle_since,)

    def turn_after(self, memory: Memory, priority: int) -> Rank | None:
        """The rank behind which a round goes on; None where nobody has been asked yet."""
        last = memory.last_of(priority)
        return None if last is None else (-priority, self.place(last), last)

    # In words.

    def words(self, rank: Rank, activity: str, memory: Memory) -> tuple[str, ...]:
        """What an agent has been ranked by."""
        priority = (f"priority {-rank[0]}",) if rank[0] else ()
        return (*priority, *self._words(rank, activity, memory))

    def _words(self, rank: Rank, activity: str, memory: Memory) -> tuple[str, ...]:
        match self.strategy:
            case Strategy.ROUND_ROBIN:
                return (self._turn(rank, memory),)
            case Strategy.LEAST_RECENT_ACTIVITY:
                return (f"no activity since {_moment(rank[1])} ({activity})",)
            case Strategy.FEWEST_CALLS:
                return (f"{rank[1]} calls of this queue since log-in", _idle(rank[2]))
            case Strategy.LINEAR:
                return (self._place(rank[-1]),)
            case Strategy.RANDOM:
                return ("drawn by lot",)
            case Strategy.LONGEST_IDLE:
                return (_idle(rank[1]),)
            case _:
                return ("all are asked", _idle(rank[1]))

    def _turn(self, rank: Rank, memory: Memory) -> str:
        last = memory.last_of(-rank[0])
        if last is None:
            return f"{self._place(rank[-1])}, and nobody was asked before"
        if {last, rank[-1]} <= self.places.keys():
            ahead = (self.place(rank[-1]) - self.place(last) - 1) % len(self.places) + 1
            return f"{ahead} {'place' if ahead == 1 else 'places'} after {last}, who was asked last"
        return f"{self._place(rank[-1])}, after {last}, who was asked last"

    def _place(self, agent: AgentId) -> str:
        if agent in self.places:
            return f"place {1 + self.places[agent]} of {len(self.places)}"
        return f"behind the {len(self.places)} assigned, by name"


def _idle(since: datetime) -> str:
    return f"idle since {_moment(since)}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"
