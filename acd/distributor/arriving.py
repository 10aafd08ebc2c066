"""Arriving: a call comes in and is given its first place."""

from dataclasses import replace

from acd.agents.agent import Agent
from acd.agents.device import DeviceKind
from acd.calls.interaction import Interaction, InteractionOutcome
from acd.calls.leg import Leg, LegState, Role
from acd.distributor.dialling import call_colleague
from acd.distributor.sending import send
from acd.distributor.turn import Turn, hang_up
from acd.distributor.waiting import answer
from acd.effects import Reason, Watch
from acd.facts import CallArrived
from acd.ids import (
    CallGroupName,
    ExtensionNumber,
    InteractionId,
    ProjectName,
    QueueName,
    interaction_id,
    lane_of,
)
from acd.routing.number import normalised
from acd.settings import Route
from acd.targets import TargetKind


def call_arrived(turn: Turn, fact: CallArrived) -> None:
    if fact.channel in turn.state.legs:
        return
    full = turn.state.is_full(fact.trunk)
    interaction, leg = begin(turn, fact)
    route = route_of(turn, fact)
    if colleague_called(turn, fact):
        call_colleague(turn, leg, ExtensionNumber(fact.number))
    elif route is None or full:
        turn.state.put(replace(interaction, reached=InteractionOutcome.FAILED))
        hang_up(turn, leg, Reason.BUSY if full else Reason.UNALLOCATED)
    else:
        send(turn, leg, route.to)


def begin(turn: Turn, fact: CallArrived) -> tuple[Interaction, Leg]:
    """The interaction, and the leg of its caller, who has no place yet."""
    interaction = _interaction(turn, fact)
    leg = arrived_leg(turn, fact, interaction.id, Role.CALLER)
    return interaction, leg


def route_of(turn: Turn, fact: CallArrived) -> Route | None:
    """Where the number leads."""
    return turn.state.settings.route(normalised(fact.number, _country(turn, fact)))


def _project(turn: Turn, route: Route | None) -> ProjectName | None:
    """That of the queue that the number leads to."""
    about_queue = route and route.to.kind in (TargetKind.QUEUE, TargetKind.CALLBACK)
    queue = QueueName(route.to.name) if route and about_queue else None
    settings = turn.state.settings.queues.get(queue) if queue else None
    return settings.project if settings else None


def _country(turn: Turn, fact: CallArrived) -> str | None:
    settings = turn.state.settings
    trunk = settings.trunks.get(fact.trunk) if fact.trunk else None
    return (trunk.country if trunk else None) or settings.country


def _interaction(turn: Turn, fact: CallArrived) -> Interaction:
    country = _country(turn, fact)
    number = normalised(fact.number, country)
    route = route_of(turn, fact)
    interaction = Interaction(
        id=interaction_id(turn.state.run, turn.state.next_number()),
        node=fact.channel.node,
        # A phone of ours is called by what it has dialled, and is known by its own number.
        caller=normalised(fact.caller, country) if fact.trunk else fact.caller,
        number=number if fact.trunk else fact.number,
        started_at=turn.now,
        project=_project(turn, route),
        music=route.music if route else None,
        language=route.language if route else None,
        caller_channel=fact.channel,
    )
    turn.state.put(interaction)
    return interaction


def arrived_leg(turn: Turn, fact: CallArrived, interaction: InteractionId, role: Role) -> Leg:
    """The leg that has come to us; an agent's own phone is in use while it calls."""
    agent = _agent_on(turn, fact)
    leg = Leg(
        channel=fact.channel,
        interaction=interaction,
        role=role,
        agent=agent.id if agent else None,
        trunk=fact.trunk,
        extension=fact.extension,
        state=LegState.RINGING,
        made=False,
        asked_at=turn.now,
    )
    turn.state.put(leg)
    if agent:
        turn.state.put(agent.with_leg(DeviceKind.EXTENSION, leg.channel.id))
    turn.do(Watch(lane=lane_of(interaction), channel=fact.channel))
    return leg


def picked_leg(turn: Turn, fact: CallArrived, interaction: InteractionId, role: Role) -> Leg:
    """The leg of a phone that has called to take that call: it is off hook."""
    leg = answer(turn, arrived_leg(turn, fact, interaction, role))
    turn.state.put(leg)
    return leg


def phones_called(turn: Turn, fact: CallArrived) -> tuple[ExtensionNumber, ...]:
    """The extensions that ring for the call without a queue in between."""
    route = route_of(turn, fact)
    if route is None:
        return (ExtensionNumber(fact.number),) if fact.extension else ()
    if route.to.kind is TargetKind.EXTENSION:
        return (ExtensionNumber(route.to.name),)
    groups = turn.state.settings.call_groups
    group = groups.get(CallGroupName(route.to.name)) if route.to.kind is TargetKind.GROUP else None
    return group.extensions if group else ()


def colleague_called(turn: Turn, fact: CallArrived) -> Agent | None:
    """Who is called, if one of our phones calls another and no queue."""
    if fact.extension is None or route_of(turn, fact):
        return None
    return turn.state.agent_on(fact.channel.node, ExtensionNumber(fact.number))


def _agent_on(turn: Turn, fact: CallArrived) -> Agent | None:
    if fact.extension is None:
        return None
    return turn.state.agent_on(fact.channel.node, fact.extension)
