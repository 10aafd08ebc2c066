"""What a queue's strategy remembers from one offer to the next."""

from dataclasses import dataclass, replace
from typing import Self

from acd.ids import AgentId, QueueName
from acd.queues import dice


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    queue: QueueName
    last: tuple[tuple[int, AgentId], ...] = ()
    """Who was offered an entry last, of the agents of each priority."""
    dice: int
    """The state of the queue's chance."""

    @property
    def key(self) -> QueueName:
        return self.queue

    @property
    def due(self) -> None:
        return None

    @classmethod
    def of(cls, queue: QueueName) -> Self:
        """That of a queue in which nothing has been offered yet."""
        return cls(queue=queue, dice=dice.seed(queue))

    def last_of(self, priority: int) -> AgentId | None:
        return next((agent for each, agent in self.last if each == priority), None)

    def offered(self, priority: int, agent: AgentId) -> Self:
        """What is remembered when this agent has been offered an entry."""
        others = tuple(one for one in self.last if one[0] != priority)
        last = tuple(sorted((*others, (priority, agent))))
        return replace(self, last=last, dice=dice.after(self.dice))

    def without(self, before: tuple[AgentId, ...], now: tuple[AgentId, ...]) -> Self:
        """What is remembered when the queue's agents have changed: whose turn is next stays so,
        also where the one who was asked last is in the queue no more."""
        left = frozenset(now)
        last = ((each, _at_or_before(agent, before, left)) for each, agent in self.last)
        return replace(self, last=tuple((each, agent) for each, agent in last if agent))


def _at_or_before(
    agent: AgentId, round_: tuple[AgentId, ...], left: frozenset[AgentId]
) -> AgentId | None:
    """The agent, or else the nearest before in the round who is left."""
    if agent in left or agent not in round_:
        return agent
    place = round_.index(agent)
    backwards = (*reversed(round_[:place]), *reversed(round_[place:]))
    return next((other for other in backwards if other in left), None)
