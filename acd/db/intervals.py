"""What each agent was doing, and how long: one stream of intervals per agent.

An agent's intervals touch each other: where one ends the next begins. A logged-out agent has
them too, without a project and a status.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.ids import AgentId, InteractionId, ProjectName, StatusName
from acd.settings import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    agent: AgentId
    started_at: datetime
    ended_at: datetime | None = None
    project: ProjectName | None
    status: StatusName | None
    category: Category
    phase: Phase | None
    interaction: InteractionId | None

    @property
    def key(self) -> tuple[AgentId, datetime]:
        return (self.agent, self.started_at)

    def at(self, started_at: datetime, ended_at: datetime | None = None) -> "Interval":
        return replace(self, started_at=started_at, ended_at=ended_at)


class Intervals:
    """The open interval of every agent."""

    def __init__(self, unfinished: Iterable[Interval] = ()) -> None:
        self._open = {interval.agent: interval for interval in unfinished}

    def resume(self, agents: Iterable[Agent], last_seen: datetime) -> Iterator[Interval]:
        """Begin after a gap in which nobody wrote; gives the intervals that change.

        Where the live state still says what the open interval says, it has gone on. Where it
        does not, the interval ended when the last run was last seen.
        """
        left = dict(self._open)
        for agent in agents:
            left.pop(agent.id, None)
            yield from self.follow(agent, last_seen)
        for name in left:
            yield from self.leave(name, last_seen)

    def follow(self, agent: Agent, now: datetime) -> Iterator[Interval]:
        """Take in the agent as it is now; gives the intervals that change."""
        last = self._open.get(agent.id)
        # The wall clock of another run may have been ahead of ours.
        now = max(now, last.started_at) if last else now
        new = _interval(agent, now)
        if last is not None:
            if new.at(last.started_at) == last:
                return
            if last.started_at < now:
                yield last.at(last.started_at, now)
        self._open[agent.id] = new
        yield new

    def leave(self, agent: AgentId, now: datetime) -> Iterator[Interval]:
        """The agent is no more; gives the interval that ends."""
        last = self._open.pop(agent, None)
        if last is not None:
            yield last.at(last.started_at, max(now, last.started_at))


def _interval(agent: Agent, now: datetime) -> Interval:
    assignment = agent.assignments[0] if agent.assignments else None
    return Interval(
        agent=agent.id,
        started_at=now,
        project=agent.project,
        status=agent.status,
        category=agent.category,
        phase=assignment.phase if assignment else None,
        interaction=assignment.interaction if assignment else None,
    )
