"""Offering: an entry is offered to an agent, and the agent's devices ring until one wins."""

from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Activity, Agent
from acd.agents.assignment import Assignment
from acd.agents.attempt import (
    ACCEPT,
    ACCEPT_KEY,
    BUSY_STATUSES,
    NO_RINGING,
    WEIGHT,
    Attempt,
    AttemptOutcome,
    out_for,
    outcome_of_deadline,
    outcome_of_end,
    trouble_of,
)
from acd.agents.device import REST, DeviceKind
from acd.calls.leg import Leg, LegMove, Role
from acd.distributor.closing import end_attempt, end_offer
from acd.distributor.connecting import win
from acd.distributor.outgoing import way_out
from acd.distributor.state import State
from acd.distributor.turn import Turn, hang_up, make, make_bridge, ring
from acd.distributor.waiting import AFTER_REJECTION_S, exclude, let_others_try
from acd.effects import Alarm, Play, Reason, StopPlay
from acd.facts import DigitPressed, LegRinging
from acd.ids import AgentId, Channel, OfferId, PlaybackId, lane_of
from acd.ivr import speaking
from acd.queues.entry import Entry
from acd.queues.offer import Explanation, Offer, OfferOutcome
from acd.routing.outbound import trunk_of
from acd.settings import (
    NOT_RESPONDING,
    AgentSettings,
    MobileCallerId,
    QueueSettings,
    RingMode,
)


def offer(turn: Turn, entry: Entry, agent_id: AgentId, explanation: Explanation) -> None:
    """Offer the entry to the agent, who is reserved from here on, and ring the first devices."""
    agent = turn.state.agents[agent_id]
    made = Offer(
        id=OfferId(make(turn, entry.interaction)),
        interaction=entry.interaction,
        entry=entry.id,
        agent=agent_id,
        offered_at=turn.now,
        explanation=explanation,
        stages=agent.stages,
    )
    entry = replace(entry, offers=(*entry.offers, made.id))
    turn.state.put(entry)
    _ring_next_stage(turn, made, agent.assign(_reserved(turn, entry, made)))
    if entry.bridge is None:
        turn.state.put(replace(entry, bridge=make_bridge(turn, entry.interaction)))


def _reserved(turn: Turn, entry: Entry, offer: Offer) -> Assignment:
    return Assignment(
        interaction=entry.interaction,
        offer=offer.id,
        acw_s=turn.state.queue(entry.queue).acw_s,
        queue=entry.queue,
    )


def answered_unasked(turn: Turn, leg: Leg, entry: Entry, explanation: Explanation) -> Attempt:
    """The agent whose leg that is has the entry, as if offered and answered at once; what
    is made of the win is for the caller of this."""
    assert leg.agent
    made = Offer(
        id=OfferId(make(turn, entry.interaction)),
        interaction=entry.interaction,
        entry=entry.id,
        agent=leg.agent,
        offered_at=turn.now,
        explanation=explanation,
        attempts=(leg.channel,),
    )
    turn.state.put(made)
    bridge = entry.bridge or make_bridge(turn, entry.interaction)
    turn.state.put(replace(entry, bridge=bridge, offers=(*entry.offers, made.id)))
    agent = turn.state.agents[leg.agent]
    turn.state.put(agent.assign(_reserved(turn, entry, made)))
    attempt = Attempt(
        channel=leg.channel,
        interaction=entry.interaction,
        offer=made.id,
        agent=agent.id,
        device=DeviceKind.EXTENSION,
        ring_for=timedelta(),
        asked_at=turn.now,
        due=None,
    )
    turn.state.put(attempt)
    return attempt


def _ring_next_stage(turn: Turn, offer: Offer, agent: Agent) -> bool:
    """Ring the devices of the next stage that has any on hook; False if there is none."""
    for n, stage in enumerate(offer.stages, start=1):
        kinds = [kind for kind in map(DeviceKind, stage) if agent.device(kind).usable]
        if kinds:
            calls = [(kind, to) for kind in kinds for to in agent.device(kind).endpoints]
            _ring_devices(turn, replace(offer, stages=offer.stages[n:]), agent, calls)
            return True
    return False


def _ring_devices(
    turn: Turn,
    offer: Offer,
    agent: Agent,
    calls: list[tuple[DeviceKind, str]],
    *,
    again: bool = False,
) -> None:
    """Ring these contacts of the devices together, each with its own leg."""
    interaction = turn.state.interactions[offer.interaction]
    queue = turn.state.queue(turn.state.entries[offer.entry].queue)
    settings = turn.state.settings.agents[agent.id]
    channels = list(offer.attempts)
    for kind, endpoint in calls:
        itself = _answers_itself(settings, kind, queue)
        leg = ring(
            turn,
            interaction,
            endpoint,
            Role.AGENT,
            agent.id,
            shows=_shown_on(turn, settings, kind),
            name=queue.queue,
            auto_answer=itself,
        )
        attempt = Attempt(
            channel=leg.channel,
            interaction=interaction.id,
            offer=offer.id,
            agent=agent.id,
            device=kind,
            endpoint=endpoint,
            again=again,
            auto_answer=itself,
            ring_for=_ring_for(settings, kind, queue),
            asked_at=turn.now,
            due=turn.now + NO_RINGING[kind],
        )
        turn.state.put(attempt)
        channels.append(leg.channel)
        agent = agent.with_leg(kind, leg.channel.id)
    turn.state.put(agent)
    turn.state.put(replace(offer, attempts=tuple(channels)))


def _ring_for(settings: AgentSettings, kind: DeviceKind, queue: QueueSettings) -> timedelta:
    """One after the other each device has its own time, else all have the queue's."""
    if settings.ring is not RingMode.EXTENSION_THEN_MOBILE:
        return timedelta(seconds=queue.agent_timeout_s)
    first = kind is DeviceKind.EXTENSION
    return timedelta(seconds=settings.extension_ring_s if first else settings.mobile_ring_s)


def _shown_on(turn: Turn, settings: AgentSettings, kind: DeviceKind) -> str | None:
    """The number that a mobile shows is ours, if the agent has not asked for the caller's."""
    if kind is DeviceKind.EXTENSION or settings.mobile_caller_id is MobileCallerId.CALLER:
        return None
    way = way_out(turn.state, settings.mobile) if settings.mobile else None
    return way.caller_id if way else None


def _answers_itself(settings: AgentSettings, kind: DeviceKind, queue: QueueSettings) -> bool:
    """A mobile never does: who answers there is asked to press a key."""
    return kind is DeviceKind.EXTENSION and queue.auto_answer and settings.auto_answer


# What comes of an attempt.


def ringing(turn: Turn, fact: LegRinging) -> None:
    leg = turn.state.legs.get(fact.channel)
    rings = leg and leg.move(LegMove.RING)
    if rings is None:
        return
    turn.state.put(rings)
    attempt = turn.state.attempts.get(fact.channel)
    if attempt:
        due = turn.now + attempt.ring_for
        turn.state.put(replace(attempt, rang_at=turn.now, due=due))


def attempt_answered(turn: Turn, leg: Leg) -> None:
    """A device is off hook: an extension has won, a mobile must press the key first."""
    attempt = turn.state.attempts[leg.channel]
    settings = turn.state.settings.agents[attempt.agent]
    if attempt.device is DeviceKind.MOBILE and settings.mobile_accept:
        _ask_to_accept(turn, attempt)
    else:
        win(turn, attempt)


def _ask_to_accept(turn: Turn, attempt: Attempt) -> None:
    entry = turn.state.entries[turn.state.offers[attempt.offer].entry]
    name = turn.state.queue(entry.queue).name_sound
    spoken = speaking.accept(turn.state.settings.language, ACCEPT_KEY, name)
    prompt = PlaybackId(make(turn, attempt.interaction))
    due = turn.now + timedelta(milliseconds=spoken.duration_ms) + ACCEPT
    turn.state.put(replace(attempt, up_at=turn.now, prompt=prompt, due=due))
    turn.do(
        Play(
            lane=lane_of(attempt.interaction),
            channel=attempt.channel,
            playback=prompt,
            media=spoken.media,
            language=spoken.language,
        )
    )


def awaits_key(state: State, channel: Channel) -> bool:
    """Whether that is a device which has been asked to press the key that accepts."""
    attempt = state.attempts.get(channel)
    return attempt is not None and attempt.prompt is not None


def digit(turn: Turn, fact: DigitPressed) -> None:
    attempt = turn.state.attempts.get(fact.channel)
    if attempt is None or attempt.prompt is None or fact.digit != ACCEPT_KEY:
        return
    lane, node = lane_of(attempt.interaction), attempt.channel.node
    turn.do(StopPlay(lane=lane, node=node, playback=attempt.prompt))
    win(turn, attempt)


def attempt_due(turn: Turn, attempt: Attempt) -> None:
    """It has rung for as long as it may, or never rang at all."""
    outcome = outcome_of_deadline(attempt)
    _attempt_over(turn, attempt, outcome, None)
    hang_up(turn, turn.state.legs[attempt.channel], Reason.NO_ANSWER)


def attempt_gone(turn: Turn, attempt: Attempt, sip_status: int | None) -> None:
    """The device has ended the ringing, or the network did."""
    rang_for = turn.now - attempt.rang_at if attempt.rang_at else None
    answered = attempt.up_at is not None
    outcome = outcome_of_end(attempt.device, sip_status, rang_for, answered=answered)
    if outcome is AttemptOutcome.BUSY and _hangs_up_yet(turn, attempt, sip_status):
        _ring_later(turn, attempt)
        return
    if sip_status == 488:
        lane = lane_of(attempt.interaction)
        turn.do(Alarm(lane=lane, text="no codec in common with a phone", about=attempt.agent))
    _attempt_over(turn, attempt, outcome, sip_status)


def _hangs_up_yet(turn: Turn, attempt: Attempt, sip_status: int | None) -> bool:
    """A phone may say for a moment that it is busy with what we have just ended: that counts
    nothing, the first time."""
    device = turn.state.agents[attempt.agent].device(attempt.device)
    return (
        sip_status in BUSY_STATUSES
        and not attempt.again
        and not attempt.rang_at
        and device.still_hangs_up(attempt.asked_at)
    )


def _ring_later(turn: Turn, attempt: Attempt) -> None:
    end_attempt(turn, attempt.channel, AttemptOutcome.BUSY)
    offer = turn.state.offers[attempt.offer]
    due = turn.now + REST
    turn.state.put(replace(offer, again=(*offer.again, attempt.endpoint), due=due))


def ring_again(turn: Turn, offer: Offer) -> None:
    """The phones that were busy with what we had ended should be on hook by now."""
    if not turn.state.node_up(turn.state.interactions[offer.interaction].node):
        end_offer(turn, offer, OfferOutcome.WITHDRAWN)
        return
    calls = [(_kind_of(endpoint), endpoint) for endpoint in offer.again]
    offer = replace(offer, again=(), due=None)
    _ring_devices(turn, offer, turn.state.agents[offer.agent], calls, again=True)


def _kind_of(endpoint: str) -> DeviceKind:
    return DeviceKind.MOBILE if trunk_of(endpoint) else DeviceKind.EXTENSION


def _attempt_over(
    turn: Turn, attempt: Attempt, outcome: AttemptOutcome, sip_status: int | None
) -> None:
    end_attempt(turn, attempt.channel, outcome)
    out = out_for(outcome, sip_status)
    if out:
        agent = turn.state.agents[attempt.agent]
        trouble = trouble_of(outcome, sip_status)
        device = agent.device(attempt.device).left_alone(turn.now + out, trouble)
        turn.state.put(agent.with_device(device))
    offer = turn.state.offers[attempt.offer]
    offer = replace(offer, seen=(*offer.seen, outcome))
    turn.state.put(offer)
    if outcome is not AttemptOutcome.REJECTED and (offer.attempts or offer.again):
        return
    agent = turn.state.agents[attempt.agent]
    if outcome is AttemptOutcome.REJECTED or not _ring_next_stage(turn, offer, agent):
        _fail(turn, offer)


def _fail(turn: Turn, offer: Offer) -> None:
    """Nobody has won: the entry keeps its place, the agent has had this chance."""
    seen = next(outcome for outcome in WEIGHT if outcome in offer.seen)
    entry = turn.state.entries[offer.entry]
    if seen is AttemptOutcome.MISSED:
        let_others_try(turn, entry, offer.agent)
        _count_miss(turn, offer.agent)
    elif seen is AttemptOutcome.REJECTED:
        exclude(turn, entry, offer.agent, AFTER_REJECTION_S)
    end_offer(turn, offer, OfferOutcome(seen))


def _count_miss(turn: Turn, agent_id: AgentId) -> None:
    """Who has missed an offer goes to the back, and after so many is not asked any more."""
    agent = turn.state.agents[agent_id]
    agent = replace(agent, misses=agent.misses + 1, idle_since=turn.now)
    agent = agent.did(Activity.MISSED, turn.now)
    limit = turn.state.settings.misses_before_pause
    if limit and agent.misses >= limit and agent.pending is None:
        agent = replace(agent, pending=NOT_RESPONDING)
    turn.state.put(agent)
