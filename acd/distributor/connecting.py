"""Connecting: from the win until the two hear each other, or until it has come to nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from acd import settings
from acd.agents.assignment import Move
from acd.agents.attempt import OUT, Attempt, AttemptOutcome
from acd.agents.device import DeviceKind, Trouble
from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import Leg, Role
from acd.distributor.announcing import hush, playback_over
from acd.distributor.closing import (
    cancel_attempts,
    end_attempt,
    end_entry,
    end_offer,
    reach,
    stop_whisper,
)
from acd.distributor.outgoing import way_out
from acd.distributor.turn import Turn, hang_up, join, make, move_agent, park, ring
from acd.distributor.waiting import (
    AFTER_MISS_S,
    exclude,
    give_up_callback,
    note_answer,
    postpone_callback,
)
from acd.effects import CountPackets, Play, Reason
from acd.facts import LegJoined, PacketsCounted, PlaybackEnded
from acd.ids import Channel, PlaybackId, lane_of, maker_of
from acd.ivr import speaking
from acd.ivr.speaking import Spoken
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.offer import Offer, OfferOutcome

WHISPER = timedelta(seconds=10)
"""The longest whisper: a playback may end without Asterisk saying so."""
MORE = timedelta(seconds=5)
"""Than something should last, until we go on without having heard of its end."""
EMPTY_CHAIR = timedelta(seconds=5)
"""By then somebody must be heard by a phone that has answered by itself."""
LISTEN_AGAIN = timedelta(milliseconds=500)
CONNECT = timedelta(seconds=5)
"""Two legs that are not in one bridge by then never will be."""
CALLBACK_RING = timedelta(seconds=30)


def win(turn: Turn, attempt: Attempt) -> None:
    """The first device wins, and hears who is coming if the queue says so."""
    take_win(turn, attempt)
    offer = turn.state.offers[attempt.offer]
    if attempt.auto_answer:
        offer = replace(offer, silent_until=turn.now + EMPTY_CHAIR)
        turn.state.put(offer)
    _introduce(turn, offer)


def take_win(turn: Turn, attempt: Attempt) -> None:
    """All else that rings for this entry is answered elsewhere."""
    end_attempt(turn, attempt.channel, AttemptOutcome.ANSWERED)
    offer = turn.state.offers[attempt.offer]
    entry = turn.state.entries[offer.entry]
    turn.state.put(replace(offer, won_by=attempt.channel, stages=(), again=(), due=None))
    turn.state.put(replace(entry, winner=offer.id))
    turn.state.put(replace(turn.state.agents[offer.agent], misses=0))
    assert entry.bridge is not None
    join(turn, turn.state.legs[attempt.channel], entry.bridge)
    hush(turn, entry)
    _cancel_losers(turn, turn.state.entries[entry.id])


def _cancel_losers(turn: Turn, entry: Entry) -> None:
    for other in entry.offers:
        if other == entry.winner:
            cancel_attempts(turn, turn.state.offers[other], Reason.ANSWERED_ELSEWHERE)
        else:
            end_offer(turn, turn.state.offers[other], OfferOutcome.LOST_RACE)


def _introduce(turn: Turn, offer: Offer) -> None:
    """Tell the agent who is coming; the caller hears music meanwhile."""
    spoken = _introduction(turn, offer, turn.state.entries[offer.entry])
    if not spoken.media or offer.won_by is None:
        _introduced(turn, offer)
        return
    whisper = PlaybackId(make(turn, offer.interaction))
    longest = max(WHISPER, timedelta(milliseconds=spoken.duration_ms) + MORE)
    turn.state.put(replace(offer, whisper=whisper, due=turn.now + longest))
    turn.do(
        Play(
            lane=lane_of(offer.interaction),
            channel=offer.won_by,
            playback=whisper,
            media=spoken.media,
            language=spoken.language,
        )
    )


def _introduction(turn: Turn, offer: Offer, entry: Entry) -> Spoken:
    """A beep, if nobody has picked up; then what the queue says of itself."""
    language = turn.state.settings.language
    beep = speaking.beep(language) if offer.silent_until else Spoken(language=language)
    queue = turn.state.queue(entry.queue)
    match queue.whisper:
        case None:
            return beep
        case settings.NAME:
            return beep + speaking.whisper(language, queue.name_sound)
        case settings.NAME_AND_WAIT:
            waited = turn.now - entry.entered_at
            return beep + speaking.whisper(language, queue.name_sound, waited)
        case sound:
            return beep + speaking.own(language, sound)


def playback_ended(turn: Turn, fact: PlaybackEnded) -> None:
    """The agent knows who is coming: bring the caller. A caller has been told something."""
    playback_over(turn, fact.playback)
    for entry in turn.state.entries_of(maker_of(fact.playback)):
        offer = turn.state.offers.get(entry.winner) if entry.winner else None
        if offer and offer.whisper == fact.playback:
            turn.state.put(replace(offer, whisper=None))
            _introduced(turn, turn.state.offers[offer.id])


# A phone that has answered by itself: is anybody there?


def _introduced(turn: Turn, offer: Offer) -> None:
    """Bring the caller, unless it has to be heard first that somebody is there."""
    if offer.silent_until:
        _listen(turn, offer)
    else:
        connect(turn, turn.state.entries[offer.entry])


def _listen(turn: Turn, offer: Offer) -> None:
    assert offer.won_by
    turn.state.put(replace(offer, due=turn.now + LISTEN_AGAIN))
    turn.do(CountPackets(lane=lane_of(offer.won_by.id), channel=offer.won_by))


def _listen_on(turn: Turn, offer: Offer, silent_until: datetime) -> None:
    """Ask once more. Where no count comes at all nobody is held for absent."""
    if turn.now < silent_until + MORE:
        _listen(turn, offer)
        return
    turn.state.put(replace(offer, silent_until=None))
    connect(turn, turn.state.entries[offer.entry])


def packets_counted(turn: Turn, fact: PacketsCounted) -> None:
    offer = _listened_to(turn, fact.channel)
    if offer is None or offer.silent_until is None:
        return
    if fact.received:
        turn.state.put(replace(offer, silent_until=None))
        connect(turn, turn.state.entries[offer.entry])
    elif turn.now >= offer.silent_until:
        _nobody_there(turn, offer)


def _listened_to(turn: Turn, channel: Channel) -> Offer | None:
    """The offer that this phone has won, if its introduction is over."""
    leg = turn.state.legs.get(channel)
    for entry in turn.state.entries_of(leg.interaction) if leg else []:
        offer = turn.state.offers.get(entry.winner) if entry.winner else None
        if offer and offer.won_by == channel and offer.whisper is None:
            return offer
    return None


def _nobody_there(turn: Turn, offer: Offer) -> None:
    """An empty chair: the caller goes to somebody else, the phone is left alone."""
    agent = turn.state.agents[offer.agent]
    device = agent.device(DeviceKind.EXTENSION)
    turn.state.put(agent.with_device(device.left_alone(turn.now + OUT, Trouble.EMPTY_CHAIR)))
    take_back(turn, offer, OfferOutcome.UNREACHABLE, AFTER_MISS_S)


def offer_due(turn: Turn, offer: Offer) -> None:
    """The whisper is too long, or the two did not come together. While the node is lost nobody
    can tell whether they did."""
    if not turn.state.node_up(turn.state.interactions[offer.interaction].node):
        turn.state.put(replace(offer, due=turn.now + CONNECT))
        return
    if offer.whisper:
        _introduced(turn, stop_whisper(turn, offer))
        return
    if offer.silent_until:
        _listen_on(turn, offer, offer.silent_until)
        return
    take_back(turn, offer, OfferOutcome.WITHDRAWN, AFTER_MISS_S)


def connect(turn: Turn, entry: Entry) -> None:
    """Bring who waits to the winner. It is done when Asterisk says that both are in the bridge."""
    assert entry.winner
    assert entry.bridge
    offer = turn.state.offers[entry.winner]
    leg = turn.state.legs.get(entry.channel) if entry.channel else None
    if leg is None:
        turn.state.put(replace(offer, due=None))
        _dial_customer(turn, entry)
    elif leg.bridge == entry.bridge:
        # Recovery has found them together: the win is what was not recorded.
        _connected(turn, entry, offer)
    else:
        turn.state.put(replace(offer, due=turn.now + CONNECT))
        join(turn, leg, entry.bridge)


def joined(turn: Turn, fact: LegJoined) -> None:
    leg = turn.state.legs.get(fact.channel)
    if leg is None or leg.bridge != fact.bridge:
        return
    for entry in turn.state.entries_of(leg.interaction):
        if entry.channel == leg.channel and entry.bridge == fact.bridge and entry.winner:
            _connected(turn, entry, turn.state.offers[entry.winner])


def _connected(turn: Turn, entry: Entry, offer: Offer) -> None:
    end_offer(turn, stop_whisper(turn, offer), OfferOutcome.ANSWERED)
    end_entry(turn, turn.state.entries[entry.id], EntryOutcome.ANSWERED)
    note_answer(turn, entry)
    turn.state.put(turn.state.agents[offer.agent].with_call_of(entry.queue))
    move_agent(turn, offer.agent, offer.interaction, Move.CONNECT)
    if entry.kind is not EntryKind.CONSULT:
        reach(turn, entry.interaction, InteractionOutcome.ANSWERED)


def take_back(turn: Turn, offer: Offer, outcome: OfferOutcome, exclude_s: int) -> None:
    """The winner cannot be connected after all: the entry returns to its place."""
    entry = turn.state.entries[offer.entry]
    exclude(turn, entry, offer.agent, exclude_s)
    end_offer(turn, offer, outcome)
    leg = turn.state.legs.get(entry.channel) if entry.channel else None
    if leg is None:
        return
    if entry.kind is EntryKind.CALLBACK and not leg.up:
        # The customer's phone has to be still before it rings again; this was no try of theirs.
        hang_up(turn, leg)
        entry = turn.state.entries[entry.id]
        still = replace(entry, channel=None, tries=entry.tries - 1, not_before=turn.now + CONNECT)
        turn.state.put(still)
    elif leg.up and leg.bridge == entry.bridge:
        park(turn, leg, entry.queue)


# Callbacks: the agent first, then the customer.


def _dial_customer(turn: Turn, entry: Entry) -> None:
    interaction = turn.state.interactions[entry.interaction]
    way = way_out(turn.state, interaction.caller)
    if way is None:
        give_up_callback(turn, entry)
        return
    assert entry.winner
    agent = turn.state.offers[entry.winner].agent
    due = turn.now + CALLBACK_RING
    leg = ring(turn, interaction, way.endpoint, Role.CALLER, None, due, shows=way.caller_id)
    interaction = turn.state.interactions[entry.interaction]
    turn.state.put(replace(interaction, caller_channel=leg.channel))
    turn.state.put(replace(entry, channel=leg.channel, tries=entry.tries + 1))
    move_agent(turn, agent, entry.interaction, Move.DIAL)


def customer_answered(turn: Turn, leg: Leg) -> None:
    """An agent waits for the customer: who has none any more is being hung up."""
    [entry] = turn.state.entries_of(leg.interaction)
    connect(turn, entry)


def customer_gone(turn: Turn, entry: Entry) -> None:
    """The customer did not answer: the agent is free, and it is tried again later."""
    assert entry.winner
    turn.state.put(replace(entry, channel=None))
    end_offer(turn, turn.state.offers[entry.winner], OfferOutcome.WITHDRAWN)
    entry = turn.state.entries[entry.id]
    if not postpone_callback(turn, entry):
        give_up_callback(turn, entry)
