"""Ending: offers, entries and interactions end here, each once, with one outcome."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Agent
from acd.agents.assignment import Move
from acd.agents.attempt import AttemptOutcome
from acd.calls.interaction import Interaction, InteractionOutcome
from acd.calls.leg import Leg, LegMove, Role
from acd.distributor.announcing import end_announcing, go_on_announcing
from acd.distributor.turn import Turn, caller_leg, hang_up, lane, move_agent, parties
from acd.effects import DestroyBridge, GiveBack, HangUp, Reason, StopPlay
from acd.ids import Channel, InteractionId, QueueName, lane_of
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.kept_place import KeptPlace
from acd.queues.offer import Offer, OfferOutcome
from acd.routing.number import is_number


def end_attempt(turn: Turn, channel: Channel, outcome: AttemptOutcome) -> None:
    """The attempt is over; its leg, if it lives, is for the caller of this to end."""
    attempt = turn.state.attempts[channel]
    turn.state.end(replace(attempt, outcome=outcome, ended_at=turn.now, due=None))
    offer = turn.state.offers[attempt.offer]
    rest = tuple(other for other in offer.attempts if other != channel)
    turn.state.put(replace(offer, attempts=rest))


def cancel_attempts(turn: Turn, offer: Offer, reason: Reason) -> None:
    """Stop everything of the offer that still rings."""
    for channel in offer.attempts:
        end_attempt(turn, channel, AttemptOutcome.CANCELLED)
        if channel in turn.state.legs:
            hang_up(turn, turn.state.legs[channel], reason)


def end_offer(turn: Turn, offer: Offer, outcome: OfferOutcome) -> None:
    """The offer is over: nothing of it rings, and unless it was answered the agent is free."""
    lost_race = outcome is OfferOutcome.LOST_RACE
    cancel_attempts(turn, offer, Reason.ANSWERED_ELSEWHERE if lost_race else Reason.NORMAL)
    offer = turn.state.offers[offer.id]
    if outcome is not OfferOutcome.ANSWERED:
        if offer.won_by in turn.state.legs:
            hang_up(turn, turn.state.legs[offer.won_by])
        move_agent(turn, offer.agent, offer.interaction, Move.RELEASE)
    turn.state.end(replace(offer, outcome=outcome, ended_at=turn.now, due=None))
    before = turn.state.entries[offer.entry]
    entry = before.without(offer.id, turn.now)
    turn.state.put(entry)
    if entry.winner != before.winner:
        go_on_announcing(turn, before)


def end_offers(turn: Turn, entry: Entry, outcome: OfferOutcome) -> None:
    """End every open offer of the entry, also the one that is being connected."""
    for offer in entry.offers:
        end_offer(turn, turn.state.offers[offer], outcome)


def end_entry(turn: Turn, entry: Entry, outcome: EntryOutcome) -> None:
    """The wait is over."""
    gone = outcome is EntryOutcome.ABANDONED
    end_offers(turn, entry, OfferOutcome.CALLER_LEFT if gone else OfferOutcome.WITHDRAWN)
    entry = turn.state.entries[entry.id]
    end_announcing(turn, entry)
    if gone and entry.kind is EntryKind.CALLER:
        _keep_place(turn, entry)
    turn.state.end(
        replace(
            entry,
            outcome=outcome,
            ended_at=turn.now,
            excluded=(),
            not_before=None,
            expires_at=None,
            timeout_at=None,
        )
    )


def _keep_place(turn: Turn, entry: Entry) -> None:
    """Who has hung up and rings again soon has the place again, where the queue says so."""
    settings = turn.state.settings.queues.get(entry.queue)
    caller = turn.state.interactions[entry.interaction].caller
    if settings and settings.leaving.resume_s and is_number(caller):
        due = turn.now + timedelta(seconds=settings.leaving.resume_s)
        kept = KeptPlace(queue=entry.queue, caller=caller, order_since=entry.order_since, due=due)
        turn.state.put(kept)


def settle(turn: Turn, interaction_id: InteractionId) -> None:
    """Look at who is left, and end what makes no sense any more. Every end of a leg or an entry
    comes through here, so this is the only place that ends an interaction."""
    interaction = turn.state.interactions.get(interaction_id)
    if interaction is None:
        # The end of one leg may have been the end of all: a caller given to the fallback.
        return
    if not _has_reason_to_live(turn, interaction):
        _end_all(turn, interaction)
    _end_lonely_listeners(turn, interaction)
    _destroy_empty_bridges(turn, interaction)
    if turn.state.legs_of(interaction_id) or turn.state.entries_of(interaction_id):
        return
    interaction = turn.state.interactions[interaction_id]
    turn.state.end(replace(interaction, outcome=interaction.reached, ended_at=turn.now))


def _has_reason_to_live(turn: Turn, interaction: Interaction) -> bool:
    """A callback is owed, or there is a caller who waits, has somebody or rings somebody."""
    kinds = {entry.kind for entry in turn.state.entries_of(interaction.id)}
    if EntryKind.CALLBACK in kinds:
        return True
    if caller_leg(turn, interaction) is None:
        return False
    if EntryKind.CALLER in kinds or parties(turn, interaction.id):
        return True
    return has_target(turn, interaction.id)


def has_target(turn: Turn, interaction: InteractionId) -> bool:
    """Whether there is a phone to which the caller was sent."""
    legs = turn.state.legs_of(interaction)
    return any(leg.role is Role.TARGET and leg.move(LegMove.HANG_UP) for leg in legs)


def _end_all(turn: Turn, interaction: Interaction) -> None:
    for entry in turn.state.entries_of(interaction.id):
        end_entry(turn, entry, EntryOutcome.ABANDONED)
    for leg in turn.state.legs_of(interaction.id):
        hang_up(turn, leg)


def _end_lonely_listeners(turn: Turn, interaction: Interaction) -> None:
    """A supervisor hears through a snoop: neither is of use without the other."""
    legs = turn.state.legs_of(interaction.id)
    snoops = [leg for leg in legs if leg.role is Role.SNOOP]
    listeners = [leg for leg in legs if leg.role is Role.SUPERVISOR and leg.bridge]
    for leg in (*snoops, *listeners):
        pair = [other for other in (*snoops, *listeners) if other.agent == leg.agent]
        if len(pair) < 2:
            hang_up(turn, leg)


def _destroy_empty_bridges(turn: Turn, interaction: Interaction) -> None:
    """Legs first, the bridge last: the other way round their causes are lost."""
    used = {leg.bridge for leg in turn.state.legs_of(interaction.id)}
    used |= {entry.bridge for entry in turn.state.entries_of(interaction.id)}
    kept = tuple(bridge for bridge in interaction.bridges if bridge in used)
    if kept == interaction.bridges:
        return
    for bridge in interaction.bridges:
        if bridge not in used:
            turn.do(
                DestroyBridge(lane=lane_of(interaction.id), node=interaction.node, bridge=bridge)
            )
    turn.state.put(replace(turn.state.interactions[interaction.id], bridges=kept))


def withdraw(turn: Turn, agent: Agent, of: Collection[QueueName] | None = None) -> None:
    """Take back what is being offered to the agent, of these queues if some are named; what is
    won already goes on."""
    for assignment in agent.assignments:
        offer = turn.state.offers.get(assignment.offer) if assignment.offer else None
        if offer and offer.won_by is None and (of is None or assignment.queue in of):
            end_offer(turn, offer, OfferOutcome.WITHDRAWN)


def let_go(turn: Turn, leg: Leg) -> None:
    """The leg is ours no more, at once. Who has called us goes on to the dialplan's fallback."""
    kind = GiveBack if leg.role is Role.CALLER and not leg.made else HangUp
    turn.do(kind(lane=lane(leg), channel=leg.channel))
    turn.state.end(replace(leg, ended_at=turn.now, due=None))
    agent = turn.state.agents.get(leg.agent) if leg.agent else None
    if agent:
        turn.state.put(agent.without_leg(leg.channel.id, None))


def stop_whisper(turn: Turn, offer: Offer) -> Offer:
    """The agent hears no more of what comes before the caller."""
    if offer.whisper is None:
        return offer
    interaction = turn.state.interactions[offer.interaction]
    turn.do(StopPlay(lane=lane_of(interaction.id), node=interaction.node, playback=offer.whisper))
    offer = replace(offer, whisper=None)
    turn.state.put(offer)
    return offer


def reach(turn: Turn, interaction_id: InteractionId, outcome: InteractionOutcome) -> None:
    """Note how the interaction would end now."""
    interaction = turn.state.interactions[interaction_id]
    turn.state.put(replace(interaction, reached=outcome))
