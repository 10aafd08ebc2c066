"""Membership: which queues an agent is in, beside those to which he or she is assigned."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from acd.agents.agent import Agent
from acd.distributor.closing import withdraw
from acd.distributor.state import State
from acd.distributor.turn import Turn
from acd.ids import AgentId, NodeId, QueueName
from acd.requests import Refused
from acd.settings import QueueSettings


def choose(turn: Turn, agent: Agent, queues: Iterable[QueueName]) -> None:
    """Put the agent into these queues and out of others that were chosen; what is being offered
    of one that is left is taken back. Raises Refused."""
    wanted = dict.fromkeys(queues)
    possible = choosable(turn.state, agent)
    if wrong := [queue for queue in wanted if queue not in possible]:
        raise Refused(
            f"{agent.id} cannot choose {', '.join(wrong)}: in project {agent.project} "
            f"there {_are(possible)} to choose"
        )
    settings = turn.state.settings.queues
    chosen = tuple(queue for queue in wanted if agent.id not in settings[queue].agents)
    turn.state.put(replace(agent, chosen=chosen))
    # A call that was taken of a queue of others is of none that is left.
    left = [queue for queue in agent.chosen if queue not in chosen]
    withdraw(turn, turn.state.agents[agent.id], left)


def choosable(state: State, agent: Agent) -> list[QueueName]:
    """The queues of the agent's project, but those that drain and those whose other members are on
    another node: their callers could not be put through. By name, for the order in which they were
    configured is another after a start, and what is said is the same."""
    queues = state.settings.queues.values()
    return sorted(q.queue for q in queues if not q.draining and _may_choose(state, agent, q))


def dissolve(turn: Turn, queue: QueueName) -> None:
    """Nobody has chosen the queue any more: it ends."""
    for name in sorted(turn.state.indexes.choosers.get(queue, ())):
        _leave(turn, name, queue)


def review(turn: Turn, queues: Iterable[QueueName], agents: Iterable[AgentId]) -> None:
    """End the choices that could not be made any more, of these queues and by these agents. A queue
    that drains is kept: who is still in it must be served."""
    settings = turn.state.settings.queues
    of_queues = ((a, q) for q in queues for a in turn.state.indexes.choosers.get(q, ()))
    people = turn.state.agents
    of_agents = ((a, q) for a in agents for q in people[a].chosen)
    for name, queue in sorted({*of_queues, *of_agents}):
        agent = turn.state.agents[name]
        if not _may_choose(turn.state, agent, settings[queue]):
            _leave(turn, name, queue)


def _leave(turn: Turn, name: AgentId, queue: QueueName) -> None:
    agent = turn.state.agents[name]
    chosen = tuple(each for each in agent.chosen if each != queue)
    turn.state.put(replace(agent, chosen=chosen))


def _may_choose(state: State, agent: Agent, queue: QueueSettings) -> bool:
    """Whether it is of the agent's project, and its callers can be put through to the agent."""
    settings = state.settings.agents.get(agent.id)
    home = _home(state, queue, besides=agent.id)
    here = settings is None or home in (settings.node, None)
    return here and queue.project == agent.project


def _home(state: State, queue: QueueSettings, besides: AgentId) -> NodeId | None:
    """The node of the queue's members; None if nobody else is in it."""
    agents, choosers = state.settings.agents, state.indexes.choosers.get(queue.queue, ())
    others = (name for name in chain(queue.agents, sorted(choosers)) if name != besides)
    return next((agents[name].node for name in others if name in agents), None)


def _are(possible: list[QueueName]) -> str:
    if not possible:
        return "is no queue"
    return f"{'is' if len(possible) == 1 else 'are'} {', '.join(possible)}"
