"""An agent at this moment: why the next call comes, or does not."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from acd.agents.agent import Agent
from acd.agents.device import Device, DeviceKind
from acd.agents.hindrances import Cause, Hindrance
from acd.app.explaining.calls import why
from acd.app.explaining.members import (
    hindrances_of,
    kept_from,
    lacks,
    queues_before,
    seconds,
)
from acd.db.history import Values
from acd.distributor import State
from acd.ids import AgentId, QueueName
from acd.queues.entry import Entry
from acd.settings import AgentSettings, QueueSettings, Strategy

SHOWN = 5
"""So many callers of a queue are listed, and so many agents who come first."""


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
    why_not = hindrances_of(state, name, permitted=permitted)
    lines = list(_standing(agent, why_not, now))
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


def _standing(agent: Agent, why_not: list[Hindrance], now: datetime) -> Iterator[str]:
    if not why_not:
        yield f"ready, and idle for {seconds(now - agent.idle_since)}"
    for one in why_not:
        about = ""
        if one.cause is Cause.STATUS:
            about = f" (for {seconds(now - agent.since)})"
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
    waiting = [state.entries[entry] for entry in state.places[queue]]
    yield f"queue {queue} ({settings.strategy}, priority {settings.priority}): {len(waiting)} wait"
    yield from (f"  {line}" for line in _turn(state, settings, agent, now))
    for entry in waiting[:SHOWN]:
        yield f"  {entry.interaction}: {_entry(state, entry, agent, now)}"


def _turn(state: State, queue: QueueSettings, agent: Agent, now: datetime) -> Iterator[str]:
    """Whether the next caller would come to this agent, and else to whom."""
    if short := lacks(state, queue, agent.id, None, now):
        yield f"of a new caller: {short}"
    if waiting := [q for q in queues_before(state, queue, agent.id) if len(state.places[q])]:
        yield f"first come those of {', '.join(waiting)}, of a higher priority"
    pool, memory = state.pools[queue.queue], state.memory(queue.queue)
    turns = [rank[-1] for rank in pool.candidates((0, frozenset()), memory)]
    if queue.strategy is not Strategy.RING_ALL and agent.id in turns[1:]:
        before = turns[: turns.index(agent.id)]
        more = f" and {len(before) - SHOWN} more" if len(before) > SHOWN else ""
        yield f"a new caller would come first to {', '.join(before[:SHOWN])}{more}"


def _entry(state: State, entry: Entry, agent: Agent, now: datetime) -> str:
    if state.offers.keys() & entry.offers:
        return f"being offered to {', '.join(state.offers[each].agent for each in entry.offers)}"
    if entry.not_before and entry.not_before > now:
        return f"to be called back, which is tried again in {seconds(entry.not_before - now)}"
    return kept_from(state, entry, agent.id, now) or "waits for anybody who is ready"
