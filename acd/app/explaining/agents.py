"""An agent at this moment: why the next call comes, or does not."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from acd.agents.agent import Agent
from acd.agents.device import Device, DeviceKind
from acd.agents.hindrances import Cause, Hindrance, hindrances
from acd.app.explaining.calls import why
from acd.db.history import Values
from acd.distributor import State
from acd.ids import AgentId, QueueName
from acd.queues.entry import Entry
from acd.settings import AgentSettings


def agent_lines(
    state: State,
    name: AgentId,
    offers: Iterable[Values],
    now: datetime,
    *,
    permitted: bool = True,
) -> list[str]:
    """What keeps calls from the agent, or lets them come. Raises KeyError: no such agent."""
    agent, settings = state.agents[name], state.settings.agents.get(name)
    queues = state.indexes.queues_of.get(name, {})
    lines = list(_standing(agent, _why_not(state, agent, permitted=permitted), now))
    lines += [f"device {device.kind}: {_device(device, settings, now)}" for device in agent.devices]
    for queue in state.settings.queues.values():
        if queue.queue in queues:
            lines += _queue(state, agent, queue.queue, now)
    lines += [
        f"{offer['offered_at']:%H:%M:%S} was offered {offer['interaction']} "
        f"({offer['outcome'] or 'open'}): {why(offer['explanation'])}"
        for offer in offers
    ]
    return lines


def _why_not(state: State, agent: Agent, *, permitted: bool) -> list[Hindrance]:
    settings, configured = state.settings.agents.get(agent.id), state.settings.queues
    queues = state.indexes.queues_of.get(agent.id, {})
    there = [queue for queue in queues if configured[queue].project == agent.project]
    return hindrances(agent, settings, there, permitted=permitted)


def _standing(agent: Agent, why_not: list[Hindrance], now: datetime) -> Iterator[str]:
    if not why_not:
        yield f"ready, and idle for {_seconds(agent.idle_since, now)}"
    for one in why_not:
        about = ""
        if one.cause is Cause.STATUS:
            about = f" (for {_seconds(agent.since, now)})"
        if one.cause is Cause.CAPACITY and agent.phase:
            about = f" ({agent.phase} with {agent.assignments[0].interaction})"
        yield f"is offered nothing: {one.says}{about}; {one.remedy}"


def _device(device: Device, settings: AgentSettings | None, now: datetime) -> str:
    if not device.endpoints:
        return _out_of_reach(device.kind, settings)
    if device.legs:
        return "in a call"
    if device.rest_until and device.rest_until > now:
        return "rests: its last call has just ended"
    if device.out_until and device.out_until > now:
        left = (device.out_until - now).total_seconds()
        return f"left alone for {left:.0f} s: it {device.trouble or 'failed or was busy'}"
    return "can be rung"


def _out_of_reach(kind: DeviceKind, settings: AgentSettings | None) -> str:
    match kind:
        case DeviceKind.EXTENSION if settings and settings.extension:
            return "not registered, or its node is away"
        case DeviceKind.MOBILE if settings and settings.mobile:
            return "no trunk leads to it, or its node is away"
        case _:
            return "none is configured"


def _queue(state: State, agent: Agent, queue: QueueName, now: datetime) -> Iterator[str]:
    settings = state.queue(queue)
    if agent.project not in (None, settings.project):
        yield f"queue {queue}: belongs to {settings.project}, the agent is in {agent.project}"
        return
    waiting = [entry for entry in state.entries.values() if entry.queue == queue]
    yield f"queue {queue} ({settings.strategy}, priority {settings.priority}): {len(waiting)} wait"
    for entry in sorted(waiting, key=lambda entry: (entry.order_since, entry.id))[:5]:
        yield f"  {entry.interaction}: {_entry(state, entry, agent.id, now)}"


def _entry(state: State, entry: Entry, agent: AgentId, now: datetime) -> str:
    for exclusion in entry.excluded:
        if exclusion.agent == agent and exclusion.until is None:
            return "not again to this agent, who missed it, before the others have been asked"
        if exclusion.agent == agent and exclusion.until and exclusion.until > now:
            left = (exclusion.until - now).total_seconds()
            return f"not again to this agent for {left:.0f} s, who missed or refused it"
    offered = [state.offers[offer].agent for offer in entry.offers if offer in state.offers]
    if offered:
        return f"being offered to {', '.join(offered)}"
    return "waits for anybody who is ready"


def _seconds(since: datetime, now: datetime) -> str:
    return f"{(now - since).total_seconds():.0f} s"
