"""What is to be shown of a state, found out anew and by other means than the live view's."""

from typing import Any

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.distributor import State
from acd.http import live
from acd.http.frames import Audience
from acd.http.view import Kind
from acd.ids import QueueGroupName
from acd.settings import QueueSettings

Picture = dict[str, dict[str, Any]]


def shown(state: State, audience: Audience) -> Picture:
    """The pictures by list and name."""
    queues = [queue(state, settings) for settings in state.settings.queues.values()]
    agents = [live.agent(state, name) for name in state.agents]
    entries = [live.entry(state, row) for row in state.entries.values() if row.outcome is None]
    nodes = [live.node(state, row, calls(state, row.id)) for row in state.nodes.values()]
    found: dict[str, dict[str, Any]] = {
        "nodes": {one["node"]: one for one in nodes},
        "queues": {one["queue"]: one for one in queues if sees(audience, one, one["queue"])},
        "groups": {name: group(state, name) for name in groups_for(state, audience)},
        "agents": {one["agent"]: one for one in agents if sees_agent(audience, one)},
        "extensions": {} if audience.queues or audience.projects else extensions(state),
        "entries": {one["entry"]: one for one in entries if sees(audience, one, one["queue"])},
    }
    return {kind: table if kind in audience.kinds else {} for kind, table in found.items()}


def extensions(state: State) -> dict[str, Any]:
    """Each with the legs that say they are on it, and whose it is by the settings of the agents."""
    found: dict[str, Any] = {}
    for number in state.settings.extensions:
        picture = found[number] = live.extension(state, number)
        legs = [leg for leg in state.legs.values() if leg.extension == number]
        assert sorted(str(leg.interaction) for leg in legs) == sorted(
            call["interaction"] for call in picture["calls"]
        )
        owners = [a.agent for a in state.settings.agents.values() if a.extension == number]
        assert [picture["agent"]] == (owners or [None])
    return found


def sees(audience: Audience, picture: Any, queue: str) -> bool:
    projects, queues = audience.projects, audience.queues
    return (not projects or picture["project"] in projects) and (queues is None or queue in queues)


def sees_agent(audience: Audience, picture: Any) -> bool:
    projects, agents = audience.projects, audience.agents
    return (not projects or picture["project"] in projects) and (
        not agents or picture["agent"] in agents
    )


def calls(state: State, node: str) -> int:
    return sum(interaction.node == node for interaction in state.interactions.values())


def queue(state: State, settings: QueueSettings) -> dict[str, Any]:
    people = state.agents.values()
    members = [a for a in people if is_member(a, settings)]
    staff = [member for member in members if member.project == settings.project]
    rows = state.entries.values()
    since = [e.entered_at for e in rows if e.queue == settings.queue and e.outcome is None]
    return {
        "queue": settings.queue,
        "project": settings.project,
        "number": settings.number,
        "strategy": settings.strategy,
        "type": "voice",
        "call_mode": settings.call_mode,
        "priority": settings.priority,
        "auto_answer": settings.auto_answer,
        "service_level_s": settings.service_level_s,
        "short_abandon_s": settings.short_abandon_s,
        "configuration": f"/api/v1/entities/queues/{settings.queue}",
        "draining": settings.draining,
        "members": len(members),
        "logged_in": len(staff),
        "ready": sum(member.not_ready is None for member in staff),
        "talking": sum(talks(state, member, settings) for member in staff),
        "waiting": len(since),
        "oldest_since": live.moment(min(since)) if since else None,
    }


def groups_for(state: State, audience: Audience) -> list[QueueGroupName]:
    if audience.groups is None and (audience.queues is not None or audience.projects):
        return []
    groups = state.settings.queue_groups
    return [name for name in groups if audience.groups is None or name in audience.groups]


def group(state: State, name: QueueGroupName) -> dict[str, Any]:
    named = state.settings.queue_groups[name]
    queues = [one for one in state.settings.queues.values() if one.queue in named]
    people = {a.id: a for q in queues for a in state.agents.values() if is_member(a, q)}
    staff = [a for a in people.values() if any(works(a, queue) for queue in queues)]
    since = [e.entered_at for e in state.entries.values() if e.queue in named and not e.outcome]
    return {
        "group": name,
        "queues": list(named),
        "members": len(people),
        "logged_in": len(staff),
        "ready": sum(member.not_ready is None for member in staff),
        "talking": sum(talks(state, a, q) for q in queues for a in staff if works(a, q)),
        "waiting": len(since),
        "oldest_since": live.moment(min(since)) if since else None,
    }


def is_member(agent: Agent, settings: QueueSettings) -> bool:
    return agent.id in settings.agents or settings.queue in agent.chosen


def works(agent: Agent, settings: QueueSettings) -> bool:
    return is_member(agent, settings) and agent.project == settings.project


def talks(state: State, member: Agent, settings: QueueSettings) -> bool:
    if member.phase not in (Phase.TALKING, Phase.HELD):
        return False
    interaction = state.interactions.get(member.assignments[0].interaction)
    return interaction is not None and interaction.queue == settings.queue


KINDS = frozenset(Kind)
