"""Waiting: an entry begins, keeps its place while it is being offered, and may come back."""

from dataclasses import replace
from datetime import datetime, timedelta

from acd.calls.interaction import Interaction, InteractionOutcome
from acd.calls.leg import Leg
from acd.distributor.closing import end_entry, reach, settle
from acd.distributor.turn import Turn, make, park
from acd.ids import AgentId, EntryId, QueueName
from acd.queues.entry import Entry, EntryKind, EntryOutcome

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
    turn.state.put(entry.aged(turn.state.queue(queue), turn.now))
    if kind is not EntryKind.CONSULT:
        interaction = turn.state.interactions[interaction.id]
        turn.state.put(replace(interaction, queue=queue, order_since=entry.order_since))
    if leg:
        park(turn, leg, turn.state.queue(queue).music)


def exclude(turn: Turn, entry: Entry, agent: AgentId, seconds: int) -> None:
    """Do not offer the entry to this agent for so long."""
    until = turn.now + timedelta(seconds=seconds)
    turn.state.put(turn.state.entries[entry.id].exclude(agent, until))


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
