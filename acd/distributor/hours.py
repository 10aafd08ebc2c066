"""Working hours: outside of them an agent is offered nothing, unless that is overridden.

The calendar goes by the clock on the wall. When it says something else next is a deadline, and
goes by ours; when the wall's is set, every calendar is looked at again.
"""

from collections.abc import Collection
from dataclasses import replace

from acd.agents import hours
from acd.agents.agent import Agent
from acd.distributor.closing import withdraw
from acd.distributor.state import State, WallClock
from acd.distributor.turn import Turn
from acd.facts import ClockStepped
from acd.ids import AgentId
from acd.requests import Refused
from acd.settings import General, Zone


def look(turn: Turn, agent: Agent) -> None:
    """See whether the agent is at work now; in off hours what is being offered is taken back, and
    a call goes on."""
    agent = looked(turn, agent)
    turn.state.put(agent)
    if agent.off_hours:
        withdraw(turn, agent)


def looked(turn: Turn, agent: Agent) -> Agent:
    """The agent as the calendar says now."""
    settings = turn.state.settings.agents.get(agent.id)
    if agent.project is None or settings is None or not settings.working_hours:
        return replace(agent, off_hours=False, override=None, look_at=None)
    zone, wall = _zone(turn.state, agent), turn.now + turn.state.ahead
    standing = hours.standing(settings.working_hours, zone, wall)
    until, off_hours, kept = standing.until, not standing.at_work, None
    if agent.override and wall < (midnight := hours.midnight(agent.override, zone)):
        until, off_hours, kept = midnight, False, agent.override
    look_at = until - turn.state.ahead
    return replace(agent, off_hours=off_hours, override=kept, look_at=look_at)


def override(turn: Turn, agent: Agent, *, on: bool) -> None:
    """Until the end of this day the working hours do not count; or they do again. Raises Refused
    where there are none."""
    if agent.look_at is None:
        raise Refused(f"{agent.id} has no working hours to override: calls come at all times")
    wall = turn.now + turn.state.ahead
    today = hours.shown(wall, _zone(turn.state, agent)).date()
    look(turn, replace(agent, override=today if on else None))


def clock_stepped(turn: Turn, fact: ClockStepped) -> None:
    turn.state.put(WallClock(ahead=fact.ahead))
    _look_soon(turn, ())


def review(turn: Turn, before: General, told: Collection[AgentId]) -> None:
    """Look at the calendars after a new version: of the agents of whom it says something, and of
    all if it says something of time zones."""
    for name in told:
        look(turn, turn.state.agents[name])
    now = turn.state.settings
    if (now.projects, now.zones) != (before.projects, before.zones):
        _look_soon(turn, told)


def _look_soon(turn: Turn, but: Collection[AgentId]) -> None:
    """Of thousands of agents each is an input of its own: nothing else waits for all of them."""
    for name, agent in sorted(turn.state.agents.items()):
        if agent.look_at and name not in but:
            turn.state.put(replace(agent, look_at=turn.now))


def _zone(state: State, agent: Agent) -> Zone:
    settings = state.settings
    project = settings.projects.get(agent.project) if agent.project else None
    return settings.zones.get(project.time_zone, Zone()) if project else Zone()
