"""Sending: a caller goes to a target, as the configuration says.

A target that cannot be reached loses nobody: who has waited goes back to the old place, who has not
is given to the dialplan's fallback.
"""

from dataclasses import replace
from datetime import datetime

from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import Leg
from acd.distributor.admitting import refusal
from acd.distributor.closing import reach
from acd.distributor.dialling import call_extension, call_group, refuse
from acd.distributor.outgoing import way_out
from acd.distributor.turn import Turn, hang_up, make
from acd.distributor.waiting import come_back, enter
from acd.effects import Alarm, Reason
from acd.ids import (
    HOLDING,
    CallGroupName,
    EntryId,
    ExtensionNumber,
    InteractionId,
    QueueName,
    lane_of,
)
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.routing.number import is_number
from acd.targets import HangupHow, Target, TargetKind

REASONS = {
    HangupHow.NORMAL: Reason.NORMAL,
    HangupHow.BUSY: Reason.BUSY,
    HangupHow.CONGESTION: Reason.CONGESTION,
}
Seen = tuple[QueueName, ...]


def send(
    turn: Turn,
    leg: Leg,
    target: Target | None,
    ended: InteractionOutcome = InteractionOutcome.ENDED_IN_FLOW,
    seen: Seen = (),
) -> None:
    """Send the caller there. ended: the outcome of a call that is hung up on so; seen: the queues
    that have just sent the caller on."""
    if target is None or not _goes(turn, leg, target, ended, seen):
        text, about = "a target cannot be reached", str(target or "no target")
        turn.do(Alarm(lane=lane_of(leg.interaction), text=text, about=about))
        come_back(turn, leg)


def _goes(turn: Turn, leg: Leg, target: Target, ended: InteractionOutcome, seen: Seen) -> bool:
    if target.kind is TargetKind.QUEUE:
        return _to_queue(turn, leg, QueueName(target.name), ended, seen)
    if target.kind is TargetKind.CALLBACK:
        return call_back(turn, leg, QueueName(target.name))
    if target.kind is TargetKind.EXTENSION:
        return call_extension(turn, leg, ExtensionNumber(target.name))
    if target.kind is TargetKind.GROUP:
        return _to_group(turn, leg, CallGroupName(target.name))
    assert target.kind is TargetKind.HANGUP
    _hang_up(turn, leg, HangupHow(target.name), ended)
    return True


def _to_group(turn: Turn, leg: Leg, name: CallGroupName) -> bool:
    """A group whose phones are all in use, or away, is busy; who has waited keeps the place."""
    if call_group(turn, leg, name):
        return True
    if leg.bridge == HOLDING:
        return False
    refuse(turn, leg, Reason.BUSY)
    return True


def _hang_up(turn: Turn, leg: Leg, how: HangupHow, ended: InteractionOutcome) -> None:
    """Who has talked to an agent was answered, however it goes on."""
    if turn.state.interactions[leg.interaction].reached is InteractionOutcome.ABANDONED:
        reach(turn, leg.interaction, ended)
    hang_up(turn, leg, REASONS[how])


def is_open(turn: Turn, queue: QueueName) -> bool:
    """Whether there is such a queue, and it is not being removed."""
    settings = turn.state.settings.queues.get(queue)
    return settings is not None and not settings.draining


def _to_queue(
    turn: Turn, leg: Leg, queue: QueueName, ended: InteractionOutcome, seen: Seen
) -> bool:
    """Into the queue, with the place that the caller has by now; or where it sends who may not
    come in."""
    if queue in seen or not is_open(turn, queue):
        return False
    refused = refusal(turn, turn.state.queue(queue))
    if refused:
        _note(turn, leg, queue, refused.outcome)
        send(turn, leg, refused.to, ended, (*seen, queue))
        return True
    interaction = turn.state.interactions[leg.interaction]
    place = _kept_place(turn, queue, interaction.caller)
    enter(turn, interaction, queue, EntryKind.CALLER, leg, interaction.order_since or place)
    return True


def _kept_place(turn: Turn, queue: QueueName, caller: str) -> datetime | None:
    """The place that the caller has hung up in a moment ago; it is taken now."""
    kept = turn.state.kept_places.get((queue, caller))
    if kept is None:
        return None
    turn.state.end(kept)
    return kept.order_since


def _note(turn: Turn, leg: Leg, queue: QueueName, outcome: EntryOutcome) -> None:
    """A wait that has not begun, for those who count."""
    interaction = turn.state.interactions[leg.interaction]
    entry = Entry(
        id=EntryId(make(turn, leg.interaction)),
        interaction=leg.interaction,
        queue=queue,
        kind=EntryKind.CALLER,
        channel=leg.channel,
        order_since=interaction.order_since or turn.now,
        entered_at=turn.now,
        outcome=outcome,
        ended_at=turn.now,
    )
    turn.state.put(entry)
    turn.state.end(entry)
    interaction = turn.state.interactions[leg.interaction]
    if interaction.queue is None:
        turn.state.put(replace(interaction, queue=queue))


def can_call_back(turn: Turn, interaction: InteractionId, queue: QueueName) -> bool:
    """Whether the caller has a number that can be dialled, and may be in that queue: one that is
    being removed still serves who is there."""
    own = turn.state.interactions[interaction]
    there = own.queue == queue and queue in turn.state.settings.queues
    reachable = is_number(own.caller) and way_out(turn.state, own.caller) is not None
    return reachable and (there or is_open(turn, queue))


def call_back(turn: Turn, leg: Leg, queue: QueueName) -> bool:
    """The caller need not stay: the place does, in that queue. False where that cannot be."""
    if not can_call_back(turn, leg.interaction, queue):
        return False
    reach(turn, leg.interaction, InteractionOutcome.CALLBACK)
    interaction = replace(turn.state.interactions[leg.interaction], caller_channel=None)
    turn.state.put(interaction)
    enter(turn, interaction, queue, EntryKind.CALLBACK, None, interaction.order_since)
    hang_up(turn, leg)
    return True
