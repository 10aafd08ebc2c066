"""The pass: after every input, hand out everything that can be handed out.

It looks only at the queues in which something may have become possible: those with a new or
returned entry, and those of an agent who has become ready.
"""

from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from acd.distributor.offering import offer
from acd.distributor.state import State
from acd.distributor.turn import Turn
from acd.ids import QueueName
from acd.queues.line import EntryOrder, Group
from acd.queues.offer import Explanation
from acd.queues.ranking import Rank
from acd.settings import Strategy

RUNNERS_UP = 5
REMEMBERED = frozenset({Strategy.ROUND_ROBIN, Strategy.RANDOM})
"""The strategies that go by what was offered before."""


class Match(NamedTuple):
    """The first entry of a queue for which there is an agent; the order is among all queues."""

    order: tuple[bool, int, EntryOrder]
    queue: QueueName
    rank: Rank
    group: Group
    offers: int
    """How many offers this pass had made when it was found."""


def hand_out(turn: Turn) -> None:
    """Make the first offer of all that can be made, until none can."""
    state, matches, offers = turn.state, list[Match](), 0
    while state.dirty or matches:
        while state.dirty:
            queue, _ = state.dirty.popitem()
            if match := _first(state, queue, offers):
                heappush(matches, match)
        if not matches:
            return
        best = heappop(matches)
        if best.offers == offers:
            _offer(turn, best)
            offers += 1
        # Either another may follow, or the agent has been offered another queue's meanwhile.
        state.dirty[best.queue] = None


def _first(state: State, queue: QueueName, offers: int) -> Match | None:
    """The first entry of the queue for which there is an agent; None if there is none."""
    pool = state.pools[queue]
    if not len(pool):
        return None
    memory = state.memory(queue)
    for order, group in state.lines[queue].firsts():
        rank = pool.first(group, memory)
        if rank:
            return Match(_among_all(state, queue, order), queue, rank, group, offers)
    return None


def _among_all(state: State, queue: QueueName, order: EntryOrder) -> tuple[bool, int, EntryOrder]:
    """Who was lifted goes before all others; then the queue's priority counts."""
    lifted = not order[0]
    return (not lifted, 0 if lifted else -state.queue(queue).priority, order)


def _offer(turn: Turn, match: Match) -> None:
    state, queue = turn.state, match.queue
    entry = state.entries[match.order[-1][-1]]
    priority, agent = -match.rank[0], match.rank[-1]
    offer(turn, entry, agent, explain(state, match))
    if state.queue(queue).strategy in REMEMBERED:
        state.put(state.memory(queue).offered(priority, agent))


def explain(state: State, match: Match) -> Explanation:
    queue, group = match.queue, match.group
    pool, memory = state.pools[queue], state.memory(queue)
    first = islice(pool.candidates(group, memory), 1 + RUNNERS_UP)
    winner, *others = ((rank[-1], pool.words(rank, memory)) for rank in first)
    return Explanation(
        strategy=state.queue(queue).strategy,
        key=winner[1],
        runners_up=tuple(agent for agent, _ in others),
        runners_up_keys=tuple(words for _, words in others),
        excluded=tuple(sorted(pool.passed_over(group).items())),
        asked=pool.asked(group[0]),
        lifted=not match.order[0],
        settings_version=state.settings.version,
    )
