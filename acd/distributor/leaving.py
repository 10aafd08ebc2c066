"""Leaving: a leg is gone, and what follows depends on whose it was."""

from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Activity
from acd.agents.assignment import Move, Phase
from acd.agents.device import REST
from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import Leg, LegState, Role
from acd.distributor.closing import end_entry, end_offer, has_target, reach, settle
from acd.distributor.concluding import close_by_default
from acd.distributor.connecting import connect, customer_gone, take_back
from acd.distributor.dialling import target_left
from acd.distributor.offering import attempt_gone
from acd.distributor.turn import Turn, caller_leg, join, move_agent, parties
from acd.distributor.waiting import AFTER_REJECTION_S, begin_waiting, enter
from acd.facts import LegGone, LegLeft, NodeRemoved
from acd.ids import HOLDING, AgentId, InteractionId, NodeId
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.offer import OfferOutcome

DEVICE_DIED = {None, 38, 44, 102}
"""Q.850 causes of a leg that nobody hung up: network out of order, the RTP or the session timer.
(A BYE is the agent.) Unknown is what a gap leaves: better to ask a caller who was done to wait
than to hang up on one who was not."""


def leg_left(turn: Turn, fact: LegLeft) -> None:
    """A caller who is no longer with us is gone for us, and a snoop reports no other end; all
    other legs do."""
    leg = turn.state.legs.get(fact.channel)
    if leg and (leg.role is Role.SNOOP or (leg.role is Role.CALLER and not leg.made)):
        leg_gone(turn, LegGone(channel=fact.channel))


def leg_gone(turn: Turn, fact: LegGone) -> None:
    leg = turn.state.legs.get(fact.channel)
    if leg is None:
        return
    ended = replace(leg, ended_at=turn.now, cause=fact.cause, sip_status=fact.sip_status, due=None)
    turn.state.end(ended)
    _put_on_hook(turn, leg)
    if fact.lost:
        reach(turn, leg.interaction, InteractionOutcome.LOST)
    attempt = turn.state.attempts.get(fact.channel)
    if attempt and not turn.state.node_up(fact.channel.node):
        end_offer(turn, turn.state.offers[attempt.offer], OfferOutcome.WITHDRAWN)
    elif attempt:
        attempt_gone(turn, attempt, fact.sip_status)
    else:
        _leave(turn, leg, fact)
    settle(turn, leg.interaction)


def node_removed(turn: Turn, fact: NodeRemoved) -> None:
    """Its calls are lost to us, wherever they are by now."""
    node = turn.state.nodes.get(fact.node)
    if node is None:
        return
    # What was being offered is withdrawn, not missed.
    turn.state.put(replace(node, up=False))
    _lose_legs(turn, fact.node)
    _lose_callbacks(turn, fact.node)
    for _, phone in sorted(turn.state.phones.items()):
        if phone.node == fact.node:
            turn.state.end(phone)
    turn.state.end(node)


def _lose_legs(turn: Turn, node: NodeId) -> None:
    """Callers last, as for a lost Asterisk: nobody of them has hung up."""
    legs = [leg for _, leg in sorted(turn.state.legs.items()) if leg.channel.node == node]
    for leg in sorted(legs, key=lambda leg: leg.role is Role.CALLER):
        leg_gone(turn, LegGone(channel=leg.channel, lost=True))


def _lose_callbacks(turn: Turn, node: NodeId) -> None:
    """Those that are owed: they have no leg."""
    for _, interaction in sorted(turn.state.interactions.items()):
        if interaction.node == node:
            for entry in turn.state.entries_of(interaction.id):
                end_entry(turn, entry, EntryOutcome.ABANDONED)
            settle(turn, interaction.id)


def _put_on_hook(turn: Turn, leg: Leg) -> None:
    """The device is free again; if we ended the leg, after a rest."""
    agent = turn.state.agents.get(leg.agent) if leg.agent else None
    if agent:
        rest_until = turn.now + REST if leg.state is LegState.ENDING else None
        agent = agent.without_leg(leg.channel.id, rest_until)
        turn.state.put(agent.did(Activity.CALL, turn.now) if leg.up_at else agent)


def _leave(turn: Turn, leg: Leg, fact: LegGone) -> None:
    match leg.role:
        case Role.CALLER:
            _caller_left(turn, leg)
        case Role.AGENT if leg.bridge:
            _agent_left(turn, leg, died=fact.cause in DEVICE_DIED and not fact.lost)
        case Role.TARGET:
            target_left(turn, leg, fact.sip_status)
        case Role.SUPERVISOR if leg.agent:
            move_agent(turn, leg.agent, leg.interaction, Move.RELEASE)
        case _:
            pass


def _caller_left(turn: Turn, leg: Leg) -> None:
    """Only a callback outlives its caller: a customer who did not answer is tried again."""
    for entry in turn.state.entries_of(leg.interaction):
        if entry.kind is EntryKind.CALLBACK and entry.channel == leg.channel:
            if leg.up_at:
                end_entry(turn, entry, EntryOutcome.ABANDONED)
            else:
                customer_gone(turn, entry)


def _agent_left(turn: Turn, leg: Leg, *, died: bool) -> None:
    _give_up_win(turn, leg)
    talked = leg.agent is not None and finish(turn, leg.agent, leg.interaction)
    interaction = turn.state.interactions[leg.interaction]
    caller = caller_leg(turn, interaction)
    if caller is None:
        return
    for entry in turn.state.entries_of(leg.interaction):
        if entry.channel == leg.channel:
            _hand_over(turn, entry)
            return
    if _waits(turn, caller) or has_target(turn, leg.interaction):
        return
    others = parties(turn, leg.interaction)
    if caller.bridge == HOLDING and others and others[0].bridge != HOLDING:
        _complete_transfer(turn, caller, others[0])
    elif others and caller.bridge == others[0].bridge != HOLDING:
        # Recovery has found them together: that the one had left is what was not recorded.
        _resume(turn, others[0])
    elif talked and died and not others:
        _return_to_queue(turn, leg.interaction, caller)


def _give_up_win(turn: Turn, leg: Leg) -> None:
    """The winner has gone before the two were together: a person has said no."""
    for entry in turn.state.entries_of(leg.interaction):
        offer = turn.state.offers.get(entry.winner) if entry.winner else None
        if offer and offer.won_by == leg.channel:
            take_back(turn, offer, OfferOutcome.REJECTED, AFTER_REJECTION_S)


def finish(turn: Turn, agent_id: AgentId, interaction: InteractionId) -> bool:
    """The agent's part is over and after-call work begins; whether there was any talk."""
    agent = turn.state.agents.get(agent_id)
    assignment = agent.assignment(interaction) if agent else None
    if agent is None or assignment is None:
        return False
    talked = assignment.phase in (Phase.TALKING, Phase.HELD)
    agent = replace(agent, idle_since=turn.now)
    if talked and assignment.acw_s:
        agent = replace(agent, acw_until=turn.now + timedelta(seconds=assignment.acw_s))
        turn.state.put(agent.move(interaction, Move.WRAP_UP))
    else:
        turn.state.put(agent)
        close_by_default(turn, agent_id, interaction)
        move_agent(turn, agent_id, interaction, Move.RELEASE)
    return talked


def _hand_over(turn: Turn, entry: Entry) -> None:
    """Who consulted a queue has left before the answer: now the caller waits there."""
    interaction = turn.state.interactions[entry.interaction]
    entry = replace(entry, kind=EntryKind.CALLER, channel=interaction.caller_channel)
    turn.state.put(entry)
    turn.state.put(replace(interaction, queue=entry.queue, order_since=entry.order_since))
    begin_waiting(turn, entry)
    entry = turn.state.entries[entry.id]
    offer = turn.state.offers[entry.winner] if entry.winner else None
    if offer and offer.whisper is None and offer.silent_until is None:
        connect(turn, entry)


def _waits(turn: Turn, caller: Leg) -> bool:
    entries = turn.state.entries_of(caller.interaction)
    return any(entry.channel == caller.channel for entry in entries)


def _complete_transfer(turn: Turn, caller: Leg, target: Leg) -> None:
    """Of the two who consulted one has left: the other one has the caller now."""
    assert target.bridge is not None
    join(turn, caller, target.bridge)
    _resume(turn, target)


def _resume(turn: Turn, target: Leg) -> None:
    """Whoever was on hold talks again."""
    assert target.agent
    assignment = turn.state.agents[target.agent].assignment(target.interaction)
    if assignment and assignment.phase is Phase.HELD:
        move_agent(turn, target.agent, target.interaction, Move.RESUME)


def _return_to_queue(turn: Turn, interaction_id: InteractionId, caller: Leg) -> None:
    """The agent's device died: the caller gets the old place, once."""
    interaction = turn.state.interactions[interaction_id]
    if interaction.returned:
        return
    interaction = replace(interaction, returned=True)
    turn.state.put(interaction)
    if interaction.queue and interaction.queue in turn.state.settings.queues:
        place = interaction.order_since
        enter(turn, interaction, interaction.queue, EntryKind.CALLER, caller, place)
