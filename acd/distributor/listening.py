"""Listening: a supervisor hears an agent's call through a snoop, as long as both live."""

from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Move, Phase
from acd.agents.device import DeviceKind
from acd.calls.leg import Leg, Role
from acd.distributor.staffing import logged_in
from acd.distributor.turn import Turn, join, lane, make, make_bridge, move_agent, parties, ring
from acd.effects import Snoop
from acd.ids import Channel, ChannelId
from acd.requests import Listen, Refused

RING = timedelta(seconds=25)
SNOOP = timedelta(seconds=5)
"""A snoop that is not there by then never will be."""


def listen(turn: Turn, request: Listen) -> None:
    """Ring the supervisor's extension; when it answers, the listening begins."""
    supervisor = logged_in(turn, request.supervisor)
    target = _talking_leg(turn, logged_in(turn, request.agent))
    device = supervisor.device(DeviceKind.EXTENSION)
    if supervisor.assignments or not device.usable:
        raise Refused(f"{request.supervisor} has no free phone")
    interaction = turn.state.interactions[target.interaction]
    supervisor = supervisor.assign(Assignment(interaction=interaction.id))
    due = turn.now + RING
    leg = ring(turn, interaction, device.endpoints[0], Role.SUPERVISOR, supervisor.id, due)
    turn.state.put(replace(leg, listens_to=target.channel))
    turn.state.put(supervisor.with_leg(DeviceKind.EXTENSION, leg.channel.id))


def _talking_leg(turn: Turn, agent: Agent) -> Leg:
    for assignment in agent.assignments:
        if assignment.phase is Phase.TALKING:
            for leg in parties(turn, assignment.interaction):
                if leg.agent == agent.id:
                    return leg
    raise Refused(f"{agent.id} is not talking to anyone")


def supervisor_answered(turn: Turn, leg: Leg) -> None:
    """Make a bridge for the two, put the supervisor in and ask for the snoop."""
    assert leg.listens_to
    assert leg.agent
    join(turn, leg, make_bridge(turn, leg.interaction))
    move_agent(turn, leg.agent, leg.interaction, Move.CONNECT)
    channel = Channel(leg.channel.node, ChannelId(make(turn, leg.interaction)))
    snoop = Leg(
        channel=channel,
        interaction=leg.interaction,
        role=Role.SNOOP,
        agent=leg.agent,
        listens_to=leg.listens_to,
        asked_at=turn.now,
        due=turn.now + SNOOP,
    )
    turn.state.put(snoop)
    turn.do(Snoop(lane=lane(snoop), channel=channel, of=leg.listens_to))


def snoop_answered(turn: Turn, leg: Leg) -> None:
    for other in turn.state.legs_of(leg.interaction):
        if other.role is Role.SUPERVISOR and other.agent == leg.agent and other.bridge:
            join(turn, leg, other.bridge)
