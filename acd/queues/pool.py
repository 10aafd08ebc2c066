"""The members of one queue: the idle ones in the order of its strategy, and what keeps the others
out. An order is walked only as far as somebody wants to know it."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import chain
from typing import NamedTuple

from acd.ids import AgentId
from acd.queues import dice, skills
from acd.queues.line import Group
from acd.queues.memory import Memory
from acd.queues.ranking import Order, Rank, Standing
from acd.settings import QueueSettings, Strategy


class _Place(NamedTuple):
    """Where an idle member stands: from which stage on he or she may be asked, and the rank."""

    stage: int
    rank: Rank
    activity: str


class _Part(NamedTuple):
    """A part of a sorted list; it is not copied."""

    ranks: list[Rank]
    first: int
    end: int

    def walk(self) -> Iterator[Rank]:
        return (self.ranks[n] for n in range(self.first, self.end))


class Pool:
    def __init__(self, queue: QueueSettings) -> None:
        places = {agent: place for place, agent in enumerate(queue.agents)}
        self._order = Order(strategy=queue.strategy, places=places)
        self._asked = skills.stages(queue)
        self._idle: list[list[Rank]] = [[] for _ in range(len(self._asked) + 1)]
        """By the stage from which on they may be asked; behind the last one, never."""
        self._members: dict[AgentId, str | _Place] = {}
        self._size = 0
        self.kept_out: Counter[str] = Counter()
        self.unused = Memory.of(queue.queue)
        """What the strategy remembers before the first offer."""

    def __len__(self) -> int:
        """How many are idle."""
        return self._size

    def __iter__(self) -> Iterator[Rank]:
        """The idle ones, by rank."""
        return merge(*self._idle)

    def has_idle(self, stage: int) -> bool:
        """Whether somebody is idle who may be asked at that stage."""
        return any(self._idle[: stage + 1])

    def put(self, agent: AgentId, standing: Standing | str | None) -> None:
        """A member is idle, or kept out for that reason, or a member no more."""
        before = self._members.pop(agent, None)
        if isinstance(before, _Place):
            ranks = self._idle[before.stage]
            del ranks[bisect_left(ranks, before.rank)]
            self._size -= 1
        elif before is not None:
            self.kept_out[before] -= 1
        if isinstance(standing, Standing):
            stage = skills.first_stage(self._asked, standing.skills)
            place = _Place(stage, self._order.rank(standing), standing.activity)
            self._members[agent] = place
            insort(self._idle[stage], place.rank)
            self._size += 1
        elif standing is not None:
            self._members[agent] = standing
            self.kept_out[standing] += 1

    # Whose turn it is.

    def first(self, group: Group, memory: Memory) -> Rank | None:
        """The idle member whose turn it is; mostly there is nobody, and that is known at once."""
        if not any(self._idle[: group[0] + 1]):
            return None
        return next(self.candidates(group, memory), None)

    def candidates(self, group: Group, memory: Memory) -> Iterator[Rank]:
        """The idle members who may be offered an entry of the group, in their turn."""
        stage, unwanted = group
        idle = [ranks for ranks in self._idle[: stage + 1] if ranks]
        return (rank for rank in self._turns(idle, memory) if rank[-1] not in unwanted)

    def _turns(self, idle: list[list[Rank]], memory: Memory) -> Iterator[Rank]:
        match self._order.strategy:
            case Strategy.ROUND_ROBIN:
                return chain.from_iterable(self._round(p, memory) for p in _priorities(idle))
            case Strategy.RANDOM:
                return chain.from_iterable(_drawn(p, memory) for p in _priorities(idle))
            case _:
                return iter(idle[0]) if len(idle) == 1 else merge(*idle)

    def _round(self, parts: list[_Part], memory: Memory) -> Iterator[Rank]:
        """Those of one priority: first who come after the one who was asked last."""
        priority = -parts[0].ranks[parts[0].first][0]
        last = self._order.turn_after(memory, priority)
        if last is None:
            return merge(*(part.walk() for part in parts))
        after, before = [], []
        for ranks, first, end in parts:
            place = bisect_right(ranks, last, first, end)
            after.append(_Part(ranks, place, end))
            before.append(_Part(ranks, first, place))
        return chain(
            merge(*(part.walk() for part in after)), merge(*(part.walk() for part in before))
        )

    # What is told.

    def words(self, rank: Rank, memory: Memory) -> tuple[str, ...]:
        """What an idle member is ranked by."""
        place = self._members[rank[-1]]
        assert isinstance(place, _Place)
        return self._order.words(rank, place.activity, memory)

    def asked(self, stage: int) -> skills.Asked:
        return self._asked[stage]

    def passed_over(self, group: Group) -> Counter[str]:
        """Why the members who may not be offered an entry of the group may not."""
        stage, unwanted = group
        reasons = +self.kept_out
        reasons[TOO_LOW] = sum(map(len, self._idle[stage + 1 :]))
        reasons[EXCLUDED] = sum(self._may_at(stage, agent) for agent in unwanted)
        return +reasons

    def _may_at(self, stage: int, agent: AgentId) -> bool:
        place = self._members.get(agent)
        return isinstance(place, _Place) and place.stage <= stage


TOO_LOW = "skill too low"
EXCLUDED = "excluded from this entry"


def _priorities(idle: list[list[Rank]]) -> Iterator[list[_Part]]:
    """The parts of the lists with the highest priority, then those with the next, and so on."""
    firsts = [0] * len(idle)
    while left := [ranks[at][0] for ranks, at in zip(idle, firsts, strict=True) if at < len(ranks)]:
        behind = (min(left) + 1,)
        ends = [bisect_left(ranks, behind, at) for ranks, at in zip(idle, firsts, strict=True)]
        parts = map(_Part, idle, firsts, ends)
        yield [part for part in parts if part.first < part.end]
        firsts = ends


def _drawn(parts: list[_Part], memory: Memory) -> Iterator[Rank]:
    """One after the other by lot: what a shuffle would give, done no further than is asked for."""
    size = sum(part.end - part.first for part in parts)
    moved: dict[int, int] = {}
    for place in range(size):
        drawn = place + dice.draw(memory.dice, place, size - place)
        at = moved.get(drawn, drawn)
        moved[drawn] = moved.get(place, place)
        yield _nth(parts, at)


def _nth(parts: list[_Part], n: int) -> Rank:
    """As if they were one list."""
    *others, last = parts
    for ranks, first, end in others:
        if n < end - first:
            return ranks[first + n]
        n -= end - first
    return last.ranks[last.first + n]
