"""Adopting: two who talk, and a crash took the record of it with it. They talk on."""

from acd.agents.agent import Agent
from acd.agents.device import DeviceKind
from acd.calls.leg import Leg, LegState, Role
from acd.distributor.arriving import begin, call_arrived, phones_called
from acd.distributor.connecting import connect, take_win
from acd.distributor.dialling import target_answered
from acd.distributor.offering import answered_unasked
from acd.distributor.taking import said
from acd.distributor.turn import Turn
from acd.effects import HangUp
from acd.facts import PairFound
from acd.ids import Channel, InteractionId, lane_of
from acd.queues.entry import Entry

FOUND = "found together"
"""In place of a strategy: why it was this agent is lost."""


def pair_found(turn: Turn, fact: PairFound) -> None:
    """Whose phone it is says who talks. Where that makes no sense the caller has just arrived,
    and the phone is nobody's."""
    if fact.other in turn.state.legs:
        return
    agent = _free_agent(turn, fact)
    known = fact.arrived.channel in turn.state.legs
    if not known and fact.extension in phones_called(turn, fact.arrived) and _is_free(turn, fact):
        interaction, _ = begin(turn, fact.arrived)
        target_answered(turn, _leg(turn, fact, interaction.id, Role.TARGET, agent))
        return
    call_arrived(turn, fact.arrived)
    entry = _waits(turn, fact.arrived.channel)
    if agent and entry and agent.project == turn.state.queue(entry.queue).project:
        _have_won(turn, _leg(turn, fact, entry.interaction, Role.AGENT, agent), entry)
    else:
        turn.do(HangUp(lane=lane_of(fact.other.id), channel=fact.other))


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


def _leg(
    turn: Turn, fact: PairFound, interaction: InteractionId, role: Role, agent: Agent | None
) -> Leg:
    """The leg as it were had we seen the answer."""
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
