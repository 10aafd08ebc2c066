"""What is to be shown of a state, found out anew and by other means than the live view's."""

from typing import Any

from acd.agents.agent import Agent
from acd.agents.assignment import Phase
from acd.distributor import State
from acd.http import live
from acd.http.frames import Audience
from acd.http.view import Kind
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
        "agents": {one["agent"]: one for one in agents if sees_agent(audience, one)},
        "entries": {one["entry"]: one for one in entries if sees(audience, one, one["queue"])},
    }
    return {kind: table if kind in audience.kinds else {} for kind, table in found.items()}


def sees(audience: Audience, picture: Any, queue: str) -> bool:
    projects, queues = audience.projects, audience.queues
    return (not projects or picture["project"] in projects) and (not queues or queue in queues)


def sees_agent(audience: Audience, picture: Any) -> bool:
    projects, agents = audience.projects, audience.agents
    return (not projects or picture["project"] in projects) and (
        not agents or picture["agent"] in agents
    )


def calls(state: State, node: str) -> int:
    return sum(interaction.node == node for interaction in state.interactions.values())


def queue(state: State, settings: QueueSettings) -> dict[str, Any]:
    people = state.agents.values()
    members = [a for a in people if a.id in settings.agents or settings.queue in a.chosen]
    staff = [member for member in members if member.project == settings.project]
    rows = state.entries.values()
    since = [e.entered_at for e in rows if e.queue == settings.queue and e.outcome is None]
    return {
        "queue": settings.queue,
        "project": settings.project,
        "number": settings.number,
        "strategy": settings.strategy,
        "draining": settings.draining,
        "members": len(members),
        "logged_in": len(staff),
        "ready": sum(member.not_ready is None for member in staff),
        "talking": sum(talks(state, member, settings) for member in staff),
        "waiting": len(since),
        "oldest_since": live.moment(min(since)) if since else None,
    }


def talks(state: State, member: Agent, settings: QueueSettings) -> bool:
    if member.phase not in (Phase.TALKING, Phase.HELD):
        return False
    interaction = state.interactions.get(member.assignments[0].interaction)
    return interaction is not None and interaction.queue == settings.queue


KINDS = frozenset(Kind)
