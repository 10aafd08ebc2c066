"""Applying: a new version of the configuration is taken over without touching calls.

Only what is new, changed or gone is looked at: a version may differ from the one before in one
queue of hundreds, and calls must not wait meanwhile.
"""

from collections.abc import Container, Iterable
from dataclasses import replace

from acd.agents.agent import Agent
from acd.distributor import hours, membership
from acd.distributor.staffing import let_go, new_agent, reach_devices
from acd.distributor.turn import Turn
from acd.ids import AgentId, QueueName
from acd.requests import Apply
from acd.settings import AVAILABLE, AgentSettings, General, QueueSettings


def apply(turn: Turn, request: Apply) -> None:
    """Take over the revision. A removed queue drains, a removed agent leaves after the call; what
    is left of either then is gone with the next version."""
    revision, before = request.revision, turn.state.settings
    turn.state.put(revision.general)
    for queue in revision.queues:
        _apply_queue(turn, queue)
    _drain(turn, revision.gone_queues)
    for settings in revision.agents:
        turn.state.put(settings)
        if settings.agent not in turn.state.agents:
            turn.state.put(new_agent(turn, settings))
    for name in revision.gone_agents:
        turn.state.end(before.agents[name])
    told = dict.fromkeys(settings.agent for settings in revision.agents)
    for name in [*told, *_others(turn, before, told)]:
        _apply_to(turn, turn.state.agents[name])
    membership.review(turn, [queue.queue for queue in revision.queues], told)
    hours.review(turn, before, told)


def _apply_queue(turn: Turn, queue: QueueSettings) -> None:
    """Who waits already waits by the new rules; whose turn is next does not change."""
    before = turn.state.settings.queues.get(queue.queue)
    turn.state.put(queue)
    if before is None:
        return
    memory = turn.state.memory(queue.queue)
    if memory.last:
        turn.state.put(memory.without(before.agents, queue.agents))
    if (before.skills, before.starvation_s) != (queue.skills, queue.starvation_s):
        for entry in [e for e in turn.state.entries.values() if e.queue == queue.queue]:
            turn.state.put(entry.aged(queue, turn.now))


def _drain(turn: Turn, gone: Iterable[QueueName]) -> None:
    """End the queues that are gone; who is still in one is served there."""
    queues = turn.state.settings.queues
    used = {entry.queue for entry in turn.state.entries.values()}
    drained = [queue.queue for queue in queues.values() if queue.draining]
    for name in dict.fromkeys([*gone, *drained]):
        if name in used:
            turn.state.put(replace(queues[name], draining=True))
        else:
            membership.dissolve(turn, name)
            turn.state.end(queues[name])
            turn.state.forget(name)


def _others(turn: Turn, before: General, told: Container[AgentId]) -> list[AgentId]:
    """The agents of whom the revision says nothing and to whom it means something all the same."""
    now, agents = turn.state.settings, turn.state.agents
    left = [name for name in agents if name not in now.agents]
    if now.statuses == before.statuses and _ways_out(now) == _ways_out(before):
        return left
    hurt = (a for a in agents.values() if a.id in now.agents and a.id not in told)
    return left + [a.id for a in hurt if _matters(a, now.agents[a.id], before, now)]


def _matters(agent: Agent, settings: AgentSettings, before: General, now: General) -> bool:
    """Whether what has changed for all means something to this agent."""
    if now.statuses != before.statuses and agent.status is not None:
        return True
    return settings.mobile is not None and _ways_out(now) != _ways_out(before)


def _ways_out(settings: General) -> tuple[object, ...]:
    """All that says how a mobile is called."""
    return settings.outbound_routes, settings.trunks, settings.country


def _apply_to(turn: Turn, agent: Agent) -> None:
    settings = turn.state.settings.agents.get(agent.id)
    if settings is None:
        _remove(turn, agent)
        return
    if agent.project is not None and agent.project not in settings.projects:
        let_go(turn, agent)
        agent = turn.state.agents[agent.id]
    turn.state.put(_with_settings(turn, agent, settings))
    reach_devices(turn, turn.state.agents[agent.id])


def _remove(turn: Turn, agent: Agent) -> None:
    if agent.assignments or any(device.legs for device in agent.devices):
        let_go(turn, agent)
        reach_devices(turn, turn.state.agents[agent.id])
    else:
        turn.state.end(agent)


def _with_settings(turn: Turn, agent: Agent, settings: AgentSettings) -> Agent:
    agent = replace(agent, ring=settings.ring)
    statuses = turn.state.settings.statuses
    if agent.pending not in statuses:
        agent = replace(agent, pending=None)
    if agent.status is not None:
        status = agent.status if agent.status in statuses else AVAILABLE
        agent = replace(agent, status=status, category=statuses[status].category)
    return agent
