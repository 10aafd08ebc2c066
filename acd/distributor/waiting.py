"""Waiting: an entry begins, keeps its place while it is being offered, and may come back."""

from dataclasses import replace
from datetime import datetime, timedelta

from acd.calls.interaction import Interaction, InteractionOutcome
from acd.calls.leg import Leg, LegMove
from acd.distributor.admitting import wait_in_vain
from acd.distributor.announcing import begin_announcing
from acd.distributor.closing import end_entry, let_go, reach, settle
from acd.distributor.turn import Turn, make, park
from acd.effects import Answer
from acd.ids import AgentId, EntryId, QueueName, lane_of
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.kept_place import KeptPlace
from acd.queues.pace import Pace
from acd.settings import Strategy

AFTER_MISS_S = 5
AFTER_REJECTION_S = 30
"""How long an entry is not offered again to an agent who missed or refused it."""
CALLBACK_PAUSE = timedelta(minutes=5)
CALLBACK_TRIES = 3
CALLBACK_LIFE = timedelta(hours=12)


def enter(
    turn: Turn,
    interaction: Interaction,
    queue: QueueName,
    kind: EntryKind,
    leg: Leg | None,
    order_since: datetime | None = None,
) -> None:
    """Begin a wait in the queue; with order_since it has an earlier place."""
    entry = Entry(
        id=EntryId(make(turn, interaction.id)),
        interaction=interaction.id,
        queue=queue,
        kind=kind,
        channel=leg.channel if leg else None,
        order_since=order_since or turn.now,
        entered_at=turn.now,
        expires_at=turn.now + CALLBACK_LIFE if kind is EntryKind.CALLBACK else None,
    )
    _reckon(turn, queue)
    turn.state.put(entry.aged(turn.state.queue(queue), turn.now))
    if kind is not EntryKind.CONSULT:
        interaction = turn.state.interactions[interaction.id]
        turn.state.put(replace(interaction, queue=queue, order_since=entry.order_since))
    if leg:
        park(turn, answer(turn, leg), queue)
    begin_waiting(turn, turn.state.entries[entry.id])


def begin_waiting(turn: Turn, entry: Entry) -> None:
    """Of a caller's wait, be it new or taken over from an agent: what is told, and how long."""
    if entry.kind is not EntryKind.CALLER:
        return
    timeout_s = turn.state.queue(entry.queue).leaving.timeout_s
    if timeout_s:
        turn.state.put(replace(entry, timeout_at=turn.now + timedelta(seconds=timeout_s)))
    begin_announcing(turn, entry)
    wait_in_vain(turn, entry.queue)


def answer(turn: Turn, leg: Leg) -> Leg:
    """Who has called and not been answered yet is."""
    answered = None if leg.made else leg.move(LegMove.ANSWER)
    if answered is None:
        return leg
    turn.do(Answer(lane=lane_of(leg.interaction), channel=leg.channel))
    return replace(answered, up_at=turn.now)


def come_back(turn: Turn, leg: Leg) -> None:
    """The target of this caller cannot be reached: back to the old place, without being asked
    whether there is room. Who has none is given to the fallback."""
    interaction = turn.state.interactions[leg.interaction]
    queue, place = interaction.queue, interaction.order_since
    if leg.up and place and queue and queue in turn.state.settings.queues:
        enter(turn, interaction, queue, EntryKind.CALLER, leg, place)
        return
    reach(turn, leg.interaction, InteractionOutcome.FAILED)
    let_go(turn, leg)
    settle(turn, leg.interaction)


def forget_place(turn: Turn, kept: KeptPlace) -> None:
    """The caller has not rung again in time."""
    turn.state.end(kept)


def _reckon(turn: Turn, queue: QueueName) -> None:
    """The first to come after a time without anybody: it says nothing of how fast we are."""
    pace = turn.state.paces.get(queue)
    if pace and pace.since and not len(turn.state.places[queue]):
        turn.state.put(replace(pace, since=None))


def note_answer(turn: Turn, entry: Entry) -> None:
    """Somebody of the queue has been put through: what the next one's wait is reckoned from."""
    settings = turn.state.settings.queues.get(entry.queue)
    if settings and (settings.announcing.wait or settings.leaving.max_wait_s):
        pace = turn.state.paces.get(entry.queue) or Pace(queue=entry.queue)
        others_wait = len(turn.state.places[entry.queue]) > 0
        turn.state.put(pace.answered(turn.now, others_wait=others_wait))


def exclude(turn: Turn, entry: Entry, agent: AgentId, seconds: int) -> None:
    """Do not offer the entry to this agent for so long."""
    until = turn.now + timedelta(seconds=seconds)
    turn.state.put(turn.state.entries[entry.id].exclude(agent, until))


def let_others_try(turn: Turn, entry: Entry, agent: AgentId) -> None:
    """Who has missed the call is not asked again for a moment, nor before the others have been:
    else of three agents two might be asked by turns, and the third one never."""
    until = turn.now + timedelta(seconds=AFTER_MISS_S)
    one_by_one = turn.state.queue(entry.queue).strategy is not Strategy.RING_ALL
    entry = turn.state.entries[entry.id]
    turn.state.put(entry.exclude(agent, until, others_first=one_by_one))


def entry_due(turn: Turn, entry: Entry) -> None:
    """An exclusion is over, or a callback's pause; the wait has its effect, or was too long."""
    entry = entry.aged(turn.state.queue(entry.queue), turn.now)
    if entry.expires_at is None or entry.expires_at > turn.now:
        turn.state.put(entry.at(turn.now))
    elif entry.winner:
        turn.state.put(replace(entry, expires_at=turn.now + CALLBACK_PAUSE))
    else:
        give_up_callback(turn, entry)


def give_up_callback(turn: Turn, entry: Entry) -> None:
    reach(turn, entry.interaction, InteractionOutcome.FAILED)
    end_entry(turn, entry, EntryOutcome.ABANDONED)
    settle(turn, entry.interaction)


def postpone_callback(turn: Turn, entry: Entry) -> bool:
    """The customer did not answer: try again later; False when it was the last try."""
    if entry.tries >= CALLBACK_TRIES:
        return False
    turn.state.put(replace(entry, not_before=turn.now + CALLBACK_PAUSE))
    return True
