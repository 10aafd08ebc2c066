"""The pass: after every input, hand out everything that can be handed out.

It looks only at the queues in which something may have become possible: those with a new or
returned entry, and those of an agent who has become ready.
"""

from typing import NamedTuple

from acd.distributor.offering import offer
from acd.distributor.state import State
from acd.distributor.turn import Turn
from acd.ids import QueueName
from acd.queues.entry import Entry
from acd.queues.line import AgentOrder, EntryOrder
from acd.queues.offer import Explanation

RUNNERS_UP = 5


class Match(NamedTuple):
    """An entry and the agent for it; the first field orders the matches of several queues."""

    order: tuple[int, EntryOrder]
    entry: Entry
    agent: AgentOrder


def hand_out(turn: Turn) -> None:
    state = turn.state
    while True:
        matches = [match for queue in state.dirty if (match := _first(state, queue))]
        if not matches:
            break
        best = min(matches)
        offer(turn, best.entry, best.agent[-1], explain(state, best))
    state.dirty.clear()


def _first(state: State, queue: QueueName) -> Match | None:
    """The first entry of the queue for which there is an agent; None if there is none."""
    pool = state.pools[queue]
    if not len(pool):
        return None
    for order in state.lines[queue]:
        entry = state.entries[order[-1]]
        agent = pool.first(entry.excluded_agents)
        if agent:
            return Match((-state.queue(queue).priority, order), entry, agent)
    return None


def explain(state: State, match: Match) -> Explanation:
    queue = match.entry.queue
    pool, excluded = state.pools[queue], match.entry.excluded_agents
    kept_out = {reason: count for reason, count in pool.kept_out.items() if count}
    # Who is excluded may have been removed since.
    there = [state.agents[agent] for agent in excluded if agent in state.agents]
    if idle := sum((agent.idle_since, agent.id) in pool for agent in there):
        kept_out["excluded from this entry"] = idle
    return Explanation(
        strategy=state.queue(queue).strategy,
        key=tuple(map(str, match.agent)),
        runners_up=tuple(pool.next_after(match.agent[-1], excluded, RUNNERS_UP)),
        excluded=tuple(sorted(kept_out.items())),
        settings_version=state.settings.version,
    )
