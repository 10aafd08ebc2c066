"""What the rows alone say: who may be offered what, and in which order. Slow, and written anew:
nothing here looks at a line, a pool or a counter of the core, so that it can judge them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from acd.agents.agent import Agent
from acd.agents.device import Device
from acd.calls.leg import Leg, LegState, Role
from acd.distributor import State
from acd.ids import (
    AgentId,
    ChannelId,
    EntryId,
    ExtensionNumber,
    InteractionId,
    NodeId,
    ProjectName,
    QueueName,
    SkillName,
)
from acd.queues import dice
from acd.queues.entry import Entry
from acd.queues.offer import Explanation, Offer
from acd.settings import Category, QueueSkill, RingMode, Strategy

PICKS_UP = {None, "no device"}
"""What may be said of who picks up a call of a queue."""
BY_PEOPLE = {"taken", "assigned", "picked up"}
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
    if agent.off_hours:
        return "off hours"
    if agent.assignments or legs_on_devices(state, agent.id):
        return "busy"
    rings = RINGS[state.settings.agents[agent.id].ring]
    if not any(_can_ring(device) for device in agent.devices if device.kind in rings):
        return "no device"
    project = state.settings.queues[queue].project
    return None if agent.project == project else "in another project"


def off_hours(state: State, agent: Agent, now: datetime) -> bool:
    """By the clock on the wall alone, which in the worlds of the tests is never set back by its
    zone."""
    settings = state.settings.agents.get(agent.id)
    if agent.project is None or settings is None or not settings.working_hours:
        return False
    shown = wall(state, agent.project, now)
    if agent.override and shown.date() <= agent.override:
        # Until the end of that day, be it that the clock has been set back to the one before.
        return False
    minute = shown.hour * 60 + shown.minute
    return not any(
        shown.weekday() in shift.days and shift.begins <= minute < shift.ends
        for shift in settings.working_hours
    )


def wall(state: State, project: ProjectName, now: datetime) -> datetime:
    """What the clocks of the project show."""
    utc, settings = now + state.ahead, state.settings
    if project not in settings.projects:
        return utc
    zone = settings.zones[settings.projects[project].time_zone]
    offsets = [zone.offset_s, *(offset for since, offset in zone.changes if since <= utc)]
    return utc + timedelta(seconds=offsets[-1])


def _can_ring(device: Device) -> bool:
    return bool(device.endpoints) and device.rest_until is None and device.out_until is None


def legs_on_devices(state: State, agent: AgentId) -> set[ChannelId]:
    """The legs that occupy the agent's phones, by the legs themselves."""
    legs = state.legs.values()
    return {leg.channel.id for leg in legs if leg.agent == agent and leg.role is not Role.SNOOP}


def wants(state: State, entry: Entry) -> bool:
    """Whether somebody should be offered the entry now."""
    if entry.winner or entry.not_before or asked_for(state, entry):
        return False
    return not entry.offers or state.settings.queues[entry.queue].strategy is Strategy.RING_ALL


def asked_for(state: State, entry: Entry) -> list[Offer]:
    """The open offers that a person has made."""
    offers = [state.offers[offer] for offer in entry.offers]
    return [offer for offer in offers if offer.explanation.strategy in BY_PEOPLE]


def to_pick_up(state: State, node: NodeId, extension: ExtensionNumber) -> InteractionId | None:
    """Whose call is taken by who dials the code there; None if nobody's."""
    groups = [group for group in state.settings.pickup_groups.values() if extension in group]
    near = {number for group in groups for number in group} - {extension}
    rings = [
        leg
        for leg in state.legs.values()
        if leg.extension in near and leg.channel.node == node and leg.up_at is None
        if leg.role in (Role.AGENT, Role.TARGET) and leg.state is not LegState.ENDING
        if may_pick_up(state, leg, extension)
    ]
    first = min(rings, key=lambda leg: (leg.asked_at, leg.channel.id), default=None)
    return first.interaction if first else None


def may_pick_up(state: State, leg: Leg, extension: ExtensionNumber) -> bool:
    """A call of a queue is for agents who could be offered it if they were members."""
    if leg.role is Role.TARGET:
        return True
    queue = state.entries[state.offers[state.attempts[leg.channel].offer].entry].queue
    who = [a.agent for a in state.settings.agents.values() if a.extension == extension]
    agents = [state.agents[name] for name in who]
    return any(kept_out_of(state, agent, queue) in PICKS_UP for agent in agents)


def could_take(state: State, entry: Entry) -> list[AgentId]:
    """The agents whom the entry may be offered now, the one whose turn it is first."""
    excluded = {exclusion.agent for exclusion in entry.excluded}
    idle = [agent for agent in idlers(state, entry.queue) if skilled(state, entry, agent)]
    priorities = sorted({_priority(state, agent) for agent in idle}, reverse=True)
    turns = []
    for priority in priorities:
        equals = [agent for agent in idle if _priority(state, agent) == priority]
        turns += _in_turn(state, entry.queue, equals, priority)
    return [agent.id for agent in turns if agent.id not in excluded]


def idlers(state: State, queue: QueueName) -> list[Agent]:
    """The members to whom something may be offered, in no order that means anything."""
    return [agent for agent in members(state, queue) if kept_out_of(state, agent, queue) is None]


def _priority(state: State, agent: Agent) -> int:
    return state.settings.agents[agent.id].priority


# Skills.


def asked(state: State, entry: Entry) -> dict[str, int]:
    """What the queue still asks for, of who has waited until this stage."""
    skills = state.settings.queues[entry.queue].skills
    return {s.name: level for s in skills if (level := _level(s, _stage_s(skills, entry.stage)))}


def _stage_s(skills: tuple[QueueSkill, ...], stage: int) -> int:
    """After how many seconds of the wait the stage has begun."""
    times = {0} | {step.after_s for skill in skills for step in skill.relax}
    return sorted(times)[stage]


def _level(skill: QueueSkill, seconds: int) -> int:
    level = skill.level
    for step in skill.relax:
        level = step.level if step.after_s <= seconds else level
    return level


def skilled(state: State, entry: Entry, agent: Agent) -> bool:
    skills = state.settings.agents[agent.id].skills
    return all(skills.get(SkillName(s), 0) >= n for s, n in asked(state, entry).items())


def _from_stage(state: State, queue: QueueName, agent: Agent) -> int:
    """From which stage of a wait on the agent may be asked."""
    skills, stage = state.settings.queues[queue].skills, 0
    has = state.settings.agents[agent.id].skills
    while any(has.get(s.name, 0) < _level(s, _stage_s(skills, stage)) for s in skills):
        stage += 1
    return stage


def effect_of_wait(state: State, entry: Entry, now: datetime) -> tuple[int, bool]:
    """The stage that the wait has reached by now, and whether it was too long."""
    settings, waited = state.settings.queues[entry.queue], now - entry.order_since
    times = {step.after_s for skill in settings.skills for step in skill.relax}
    stage = len([after_s for after_s in times if waited >= timedelta(seconds=after_s)])
    bound = settings.starvation_s
    return stage, bound is not None and waited >= timedelta(seconds=bound)


# Strategies.


def _in_turn(state: State, queue: QueueName, agents: list[Agent], priority: int) -> list[Agent]:
    """The agents, who have all the same priority, in the order of the queue's strategy."""
    match state.settings.queues[queue].strategy:
        case Strategy.ROUND_ROBIN:
            return _after_last(state, queue, agents, priority)
        case Strategy.RANDOM:
            return _shuffled(state, queue, agents)
        case strategy:
            return sorted(agents, key=lambda agent: (_key(state, queue, agent, strategy), agent.id))


def _key(state: State, queue: QueueName, agent: Agent, strategy: Strategy) -> Any:
    match strategy:
        case Strategy.LEAST_RECENT_ACTIVITY:
            return agent.active_at
        case Strategy.FEWEST_CALLS:
            return (dict(agent.calls).get(queue, 0), agent.idle_since)
        case Strategy.LINEAR:
            return _place(state, queue, agent.id)
        case _:
            return agent.idle_since


def _place(state: State, queue: QueueName, agent: AgentId) -> int:
    assigned = state.settings.queues[queue].agents
    return assigned.index(agent) if agent in assigned else len(assigned)


def _after_last(state: State, queue: QueueName, agents: list[Agent], priority: int) -> list[Agent]:
    last = dict(state.memory(queue).last).get(priority)
    places = {agent.id: (_place(state, queue, agent.id), agent.id) for agent in agents}
    agents = sorted(agents, key=lambda agent: places[agent.id])
    if last is None:
        return agents
    place = (_place(state, queue, last), last)
    later = [agent for agent in agents if places[agent.id] > place]
    return later + [agent for agent in agents if places[agent.id] <= place]


def _shuffled(state: State, queue: QueueName, agents: list[Agent]) -> list[Agent]:
    """Each place in its turn is given to one of those who have none yet."""
    agents = sorted(agents, key=lambda agent: (_from_stage(state, queue, agent), agent.id))
    for n in range(len(agents)):
        drawn = n + dice.draw(state.memory(queue).dice, n, len(agents) - n)
        agents[n], agents[drawn] = agents[drawn], agents[n]
    return agents


def members(state: State, queue: QueueName) -> Iterator[Agent]:
    assigned = state.settings.queues[queue].agents
    for agent in state.agents.values():
        if agent.id in assigned or queue in agent.chosen:
            yield agent


def next_match(state: State) -> tuple[EntryId, AgentId] | None:
    """The offer that must be made now; None if none can be."""
    possible = [
        (_among_all(state, entry), agents[0])
        for entry in state.entries.values()
        if wants(state, entry) and (agents := could_take(state, entry))
    ]
    if not possible:
        return None
    order, agent_id = min(possible)
    return order[-1], agent_id


def _among_all(state: State, entry: Entry) -> tuple[Any, ...]:
    """Who has waited for too long before all others, then the queue's priority and the entry's."""
    if entry.lifted:
        return (0, 0, 0, entry.order_since, entry.id)
    priority = state.settings.queues[entry.queue].priority
    return (1, -priority, -entry.priority, entry.order_since, entry.id)


def line(state: State, queue: QueueName) -> list[EntryId]:
    entries = [e for e in state.entries.values() if e.queue == queue and wants(state, e)]
    return [entry.id for entry in sorted(entries, key=lambda entry: _among_all(state, entry))]


def pool(state: State, queue: QueueName) -> list[AgentId]:
    return sorted(agent.id for agent in idlers(state, queue))


def kept_out(state: State, queue: QueueName) -> Counter[str]:
    reasons = (kept_out_of(state, agent, queue) for agent in members(state, queue))
    return Counter(reason for reason in reasons if reason)


# What is told.


def explanation(state: State, entry: Entry) -> Explanation:
    """What is to be said of the offer of this entry that must be made now."""
    could = could_take(state, entry)
    idle = idlers(state, entry.queue)
    fit = [agent for agent in idle if skilled(state, entry, agent)]
    excluded = kept_out(state, entry.queue)
    excluded["skill too low"] = len(idle) - len(fit)
    excluded["excluded from this entry"] = len(fit) - len(could)
    return Explanation(
        strategy=state.settings.queues[entry.queue].strategy,
        key=words(state, entry.queue, could[0]),
        runners_up=tuple(could[1:6]),
        runners_up_keys=tuple(words(state, entry.queue, agent) for agent in could[1:6]),
        excluded=tuple(sorted((+excluded).items())),
        asked=tuple(asked(state, entry).items()),  # type: ignore[arg-type]
        lifted=entry.lifted,
        settings_version=state.settings.version,
    )


def words(state: State, queue: QueueName, name: AgentId) -> tuple[str, ...]:
    """What the agent is ranked by, as it stands in the rows."""
    agent, priority = state.agents[name], state.settings.agents[name].priority
    said = [f"priority {priority}"] if priority else []
    assigned = state.settings.queues[queue].agents
    idle = f"idle since {_moment(agent.idle_since)}"
    place = (
        f"place {assigned.index(name) + 1} of {len(assigned)}"
        if name in assigned
        else f"behind the {len(assigned)} assigned, by name"
    )
    match state.settings.queues[queue].strategy:
        case Strategy.ROUND_ROBIN:
            said.append(_said_of_turn(state, queue, name, place))
        case Strategy.LEAST_RECENT_ACTIVITY:
            assert agent.active_at
            said.append(f"no activity since {_moment(agent.active_at)} ({agent.activity})")
        case Strategy.FEWEST_CALLS:
            calls = dict(agent.calls).get(queue, 0)
            said += [f"{calls} calls of this queue since log-in", idle]
        case Strategy.LINEAR:
            said.append(place)
        case Strategy.RANDOM:
            said.append("drawn by lot")
        case Strategy.LONGEST_IDLE:
            said.append(idle)
        case Strategy.RING_ALL:
            said += ["all are asked", idle]
    return tuple(said)


def _said_of_turn(state: State, queue: QueueName, name: AgentId, place: str) -> str:
    last = dict(state.memory(queue).last).get(state.settings.agents[name].priority)
    assigned = list(state.settings.queues[queue].agents)
    if last is None:
        return f"{place}, and nobody was asked before"
    if name not in assigned or last not in assigned:
        return f"{place}, after {last}, who was asked last"
    behind = assigned.index(last) + 1
    ahead = (assigned[behind:] + assigned[:behind]).index(name) + 1
    return f"{ahead} {'places' if ahead > 1 else 'place'} after {last}, who was asked last"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
