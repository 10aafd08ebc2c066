"""Why a member of a queue is not asked for one who waits there."""

from datetime import datetime, timedelta

from acd.agents.assignment import Phase
from acd.agents.hindrances import Cause, Hindrance, hindrances
from acd.distributor import State
from acd.ids import AgentId, QueueName
from acd.queues.entry import Entry
from acd.queues.skills import asked, first_stage, moments, stages
from acd.settings import QueueSettings

IN_WORDS = {
    Phase.RESERVED: "is being offered",
    Phase.DIALLING: "waits for the customer of",
    Phase.TALKING: "talks in",
    Phase.HELD: "has on hold",
    Phase.ACW: "has after-call work of",
}


def hindrances_of(state: State, name: AgentId, *, permitted: bool = True) -> list[Hindrance]:
    """All that keeps the agent from calls of any queue."""
    agent, queues = state.agents[name], state.settings.queues
    there = [q for q in state.queues_of(name) if queues[q].project == agent.project]
    return hindrances(agent, state.settings.agents.get(name), there, permitted=permitted)


def why_not_asked(state: State, entry: Entry, name: AgentId, now: datetime) -> str | None:
    """In words; None: the member could be asked now."""
    agent, queue = state.agents[name], state.queue(entry.queue)
    if agent.project not in (None, queue.project):
        return f"is logged in to {agent.project}"
    for one in hindrances_of(state, name):
        if one.cause is Cause.CAPACITY and agent.phase:
            return f"{IN_WORDS[agent.phase]} {agent.assignments[0].interaction}"
        return one.says
    return kept_from(state, entry, name, now)


def kept_from(state: State, entry: Entry, name: AgentId, now: datetime) -> str | None:
    """What keeps the agent from this one, though not from others."""
    queue = state.queue(entry.queue)
    return _had_a_chance(entry, name, now) or lacks(state, queue, name, entry, now)


def _had_a_chance(entry: Entry, name: AgentId, now: datetime) -> str | None:
    for exclusion in entry.excluded:
        if exclusion.agent != name:
            continue
        if exclusion.until is None:
            return "not asked again, having missed it, before the others have been asked"
        if exclusion.until > now:
            left = seconds(exclusion.until - now)
            return f"not asked again for {left}, having missed or refused it"
    return None


def lacks(
    state: State, queue: QueueSettings, name: AgentId, entry: Entry | None, now: datetime
) -> str | None:
    """Which skills the member lacks for the entry, and when they will not be asked any more; of no
    entry in particular for one who has just come."""
    settings = state.settings.agents.get(name)
    has = settings.skills if settings else {}
    wanted = asked(queue, entry.stage if entry else 0)
    missing = [(skill, level) for skill, level in wanted if has.get(skill, 0) < level]
    if not missing:
        return None
    words = ", ".join(f"{skill} {level} (has {has.get(skill, 0)})" for skill, level in missing)
    stage = first_stage(stages(queue), has)
    if stage > len(moments(queue)):
        return f"lacks {words}, however long somebody waits"
    after = timedelta(seconds=moments(queue)[stage - 1])
    if entry is None:
        return f"lacks {words}; does after a wait of {seconds(after)}"
    return f"lacks {words}; does in {seconds(entry.order_since + after - now)}"


def queues_before(state: State, queue: QueueSettings, name: AgentId) -> list[QueueName]:
    """The member's other queues whose callers go first, by the queues' priorities."""
    others = (state.queue(other) for other in state.queues_of(name))
    return [
        other.queue
        for other in others
        if other.priority > queue.priority and other.project == queue.project
    ]


def seconds(span: timedelta) -> str:
    return f"{max(span.total_seconds(), 0):.0f} s"
