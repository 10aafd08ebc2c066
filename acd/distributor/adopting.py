"""Adopting: two who talk, and a crash took the record of it with it. They talk on."""

from acd.agents.agent import Agent
from acd.agents.device import DeviceKind
from acd.calls.leg import Leg, LegState, Role
from acd.distributor.arriving import begin, call_arrived, phones_called, picked_leg
from acd.distributor.connecting import connect, take_win
from acd.distributor.dialling import target_answered, target_found
from acd.distributor.offering import answered_unasked
from acd.distributor.taking import said
from acd.distributor.turn import Turn, join, make_bridge
from acd.effects import HangUp
from acd.facts import PairFound
from acd.ids import HOLDING, Channel, InteractionId, lane_of
from acd.queues.entry import Entry

FOUND = "found together"
"""In place of a strategy: why it was this agent is lost."""


def pair_found(turn: Turn, fact: PairFound) -> None:
    """Whose phone it is says who talks. Where that makes no sense the caller has just arrived,
    and the phone is nobody's."""
    if fact.other in turn.state.legs:
        return
    if fact.arrived.channel not in turn.state.legs and _is_called(turn, fact):
        interaction, _ = begin(turn, fact.arrived)
        target_answered(turn, _leg(turn, fact, interaction.id, Role.TARGET))
        return
    call_arrived(turn, fact.arrived)
    agent, entry = _free_agent(turn, fact), _waits(turn, fact.arrived.channel)
    caller = turn.state.legs.get(fact.arrived.channel)
    if agent and entry and agent.project == turn.state.queue(entry.queue).project:
        _have_won(turn, _leg(turn, fact, entry.interaction, Role.AGENT), entry)
    elif fact.picked and caller and caller.bridge != HOLDING and _rings(turn, caller):
        _has_picked_up(turn, fact, caller)
    else:
        turn.do(HangUp(lane=lane_of(fact.other.id), channel=fact.other))


def _is_called(turn: Turn, fact: PairFound) -> bool:
    """Whether the caller has dialled that phone, or others at which it could pick up."""
    numbers = phones_called(turn, fact.arrived)
    if fact.picked:
        return bool(numbers)
    return fact.extension in numbers and _is_free(turn, fact)


def _rings(turn: Turn, caller: Leg) -> bool:
    """Whether phones ring for the caller, of no queue."""
    legs = turn.state.legs_of(caller.interaction)
    return any(leg.role is Role.TARGET and not leg.up for leg in legs)


def _has_picked_up(turn: Turn, fact: PairFound, caller: Leg) -> None:
    """The caller was found in that bridge before."""
    leg = _leg(turn, fact, caller.interaction, Role.TARGET)
    join(turn, leg, caller.bridge or make_bridge(turn, caller.interaction))
    target_found(turn, turn.state.legs[leg.channel])


def _is_free(turn: Turn, fact: PairFound) -> bool:
    """Whether it can be the owner who talks there; a phone of nobody has to be on hook for us."""
    node, extension = fact.other.node, fact.extension
    if turn.state.agent_on(node, extension):
        return _free_agent(turn, fact) is not None
    return not turn.state.legs_on(node, extension)


def _free_agent(turn: Turn, fact: PairFound) -> Agent | None:
    agent = turn.state.agent_on(fact.other.node, fact.extension)
    busy = agent and (agent.assignments or agent.device(DeviceKind.EXTENSION).legs)
    return None if busy else agent


def _waits(turn: Turn, caller: Channel) -> Entry | None:
    """The entry with which the caller waits, if no agent has won it."""
    leg = turn.state.legs.get(caller)
    entries = turn.state.entries_of(leg.interaction) if leg else []
    return next((e for e in entries if e.channel == caller and e.winner is None), None)


def _leg(turn: Turn, fact: PairFound, interaction: InteractionId, role: Role) -> Leg:
    """The leg as it were had we seen the answer."""
    if fact.picked:
        return picked_leg(turn, fact.picked, interaction, role)
    agent = turn.state.agent_on(fact.other.node, fact.extension)
    leg = Leg(
        channel=fact.other,
        interaction=interaction,
        role=role,
        agent=agent.id if agent else None,
        extension=fact.extension,
        state=LegState.UP,
        asked_at=turn.now,
        up_at=turn.now,
    )
    turn.state.put(leg)
    if agent:
        turn.state.put(agent.with_leg(DeviceKind.EXTENSION, fact.other.id))
    return leg


def _have_won(turn: Turn, leg: Leg, entry: Entry) -> None:
    """Do as if the entry had been offered to this agent alone, who has just answered."""
    take_win(turn, answered_unasked(turn, leg, entry, said(turn, FOUND)))
    connect(turn, turn.state.entries[entry.id])
