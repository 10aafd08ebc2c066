"""What the rows alone say: who may be offered what, and in which order. Slow, and written anew:
nothing here looks at a line, a pool or a counter of the core, so that it can judge them."""

from collections import Counter
from collections.abc import Iterator

from acd.agents.agent import Agent
from acd.agents.device import Device
from acd.calls.leg import Role
from acd.distributor import State
from acd.ids import AgentId, ChannelId, EntryId, QueueName
from acd.queues.entry import Entry
from acd.queues.line import AgentOrder, EntryOrder
from acd.queues.offer import Explanation
from acd.settings import Category, RingMode, Strategy

RINGS = {
    RingMode.EXTENSION: {"extension"},
    RingMode.MOBILE: {"mobile"},
    RingMode.SIMULTANEOUS: {"extension", "mobile"},
    RingMode.EXTENSION_THEN_MOBILE: {"extension", "mobile"},
}


def kept_out_of(state: State, agent: Agent, queue: QueueName) -> str | None:
    """Why the queue may not ring this member; None if it may."""
    if agent.project is None or agent.status is None:
        return "logged out"
    if state.settings.statuses[agent.status].category is not Category.AVAILABLE:
        return "not available"
    if agent.assignments or legs_on_devices(state, agent.id):
        return "busy"
    rings = RINGS[state.settings.agents[agent.id].ring]
    if not any(_can_ring(device) for device in agent.devices if device.kind in rings):
        return "no device"
    project = state.settings.queues[queue].project
    return None if agent.project == project else "in another project"


def _can_ring(device: Device) -> bool:
    return bool(device.endpoints) and device.rest_until is None and device.out_until is None


def legs_on_devices(state: State, agent: AgentId) -> set[ChannelId]:
    """The legs that occupy the agent's phones, by the legs themselves."""
    legs = state.legs.values()
    return {leg.channel.id for leg in legs if leg.agent == agent and leg.role is not Role.SNOOP}


def wants(state: State, entry: Entry) -> bool:
    """Whether somebody should be offered the entry now."""
    if entry.winner or entry.not_before:
        return False
    return not entry.offers or state.settings.queues[entry.queue].strategy is Strategy.RING_ALL


def could_take(state: State, entry: Entry) -> list[AgentOrder]:
    """The agents whom the entry may be offered now, the one whose turn it is first."""
    excluded = {exclusion.agent for exclusion in entry.excluded}
    return sorted(
        (agent.idle_since, agent.id)
        for agent in _members(state, entry.queue)
        if agent.id not in excluded and kept_out_of(state, agent, entry.queue) is None
    )


def _members(state: State, queue: QueueName) -> Iterator[Agent]:
    assigned = state.settings.queues[queue].agents
    for agent in state.agents.values():
        if agent.id in assigned or queue in agent.chosen:
            yield agent


def next_match(state: State) -> tuple[EntryId, AgentId] | None:
    """The offer that must be made now; None if none can be."""
    possible = [
        (-state.settings.queues[entry.queue].priority, _order(entry), agents[0])
        for entry in state.entries.values()
        if wants(state, entry) and (agents := could_take(state, entry))
    ]
    if not possible:
        return None
    _, (_, _, entry_id), (_, agent_id) = min(possible)
    return entry_id, agent_id


def _order(entry: Entry) -> EntryOrder:
    return (-entry.priority, entry.order_since, entry.id)


def line(state: State, queue: QueueName) -> list[EntryOrder]:
    entries = state.entries.values()
    return sorted(_order(e) for e in entries if e.queue == queue and wants(state, e))


def pool(state: State, queue: QueueName) -> list[AgentOrder]:
    return sorted(
        (agent.idle_since, agent.id)
        for agent in _members(state, queue)
        if kept_out_of(state, agent, queue) is None
    )


def kept_out(state: State, queue: QueueName) -> Counter[str]:
    reasons = (kept_out_of(state, agent, queue) for agent in _members(state, queue))
    return Counter(reason for reason in reasons if reason)


def explanation(state: State, entry: Entry) -> Explanation:
    """What is to be said of the offer of this entry that must be made now."""
    could = could_take(state, entry)
    excluded = kept_out(state, entry.queue)
    idle_but_excluded = len(pool(state, entry.queue)) - len(could)
    if idle_but_excluded:
        excluded["excluded from this entry"] = idle_but_excluded
    return Explanation(
        strategy=state.settings.queues[entry.queue].strategy,
        key=tuple(map(str, could[0])),
        runners_up=tuple(agent for _, agent in could[1:6]),
        excluded=tuple(sorted(excluded.items())),
        settings_version=state.settings.version,
    )
