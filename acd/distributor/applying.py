"""Applying: a new version of the configuration is taken over without touching calls."""

from dataclasses import replace

from acd.agents.agent import Agent
from acd.distributor.staffing import let_go, new_agent, reach_devices
from acd.distributor.turn import Turn
from acd.ids import QueueName
from acd.requests import Apply
from acd.settings import AVAILABLE, QueueSettings, Settings


def apply(turn: Turn, request: Apply) -> None:
    """Take over the settings. A removed queue drains, a removed agent leaves after the call; what
    is left of either then is gone with the next version."""
    turn.state.put(replace(request.settings, queues=_with_draining(turn, request.settings)))
    for settings in request.settings.agents.values():
        if settings.agent not in turn.state.agents:
            turn.state.put(new_agent(turn, settings))
    for agent in list(turn.state.agents.values()):
        if agent.id in request.settings.agents:
            _apply_to(turn, agent)
            reach_devices(turn, turn.state.agents[agent.id])
        else:
            _remove(turn, agent)


def _with_draining(turn: Turn, settings: Settings) -> dict[QueueName, QueueSettings]:
    """The queues, with those that are no longer configured but still hold an entry."""
    queues = dict(settings.queues)
    for entry in turn.state.entries.values():
        if entry.queue not in queues:
            removed = turn.state.settings.queues[entry.queue]
            queues[entry.queue] = replace(removed, draining=True)
    return queues


def _remove(turn: Turn, agent: Agent) -> None:
    if agent.assignments or any(device.legs for device in agent.devices):
        let_go(turn, agent)
        reach_devices(turn, turn.state.agents[agent.id])
    else:
        turn.state.end(agent)


def _apply_to(turn: Turn, agent: Agent) -> None:
    settings = turn.state.settings.agents[agent.id]
    if agent.project is not None and agent.project not in settings.projects:
        let_go(turn, agent)
        agent = turn.state.agents[agent.id]
    agent = replace(agent, ring=settings.ring)
    statuses = turn.state.settings.statuses
    if agent.pending not in statuses:
        agent = replace(agent, pending=None)
    if agent.status is not None:
        status = agent.status if agent.status in statuses else AVAILABLE
        agent = replace(agent, status=status, category=statuses[status].category)
    turn.state.put(agent)
