"""Exiting: a caller leaves a queue without an agent, by a key, by the clock, or because nobody is
there. Who is won by an agent talks."""

from dataclasses import replace
from datetime import timedelta

from acd.calls.interaction import InteractionOutcome
from acd.distributor import offering, waiting
from acd.distributor.closing import end_entry
from acd.distributor.sending import send
from acd.distributor.state import State
from acd.distributor.turn import Turn, caller_leg
from acd.facts import DigitPressed
from acd.ids import Channel
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.queues.vacancy import GRACE, Vacancy
from acd.targets import Target

LATER = timedelta(seconds=1)
"""While the node is away nobody can be sent anywhere."""


def leave(turn: Turn, entry: Entry, outcome: EntryOutcome, target: Target | None) -> None:
    """The wait ends so, and the caller goes there; what is being offered is taken back."""
    leg = caller_leg(turn, turn.state.interactions[entry.interaction])
    if leg is None:
        # Who hangs up leaves by that. What else is due at this very moment is due all the same.
        waiting.entry_due(turn, replace(entry, timeout_at=None))
        return
    end_entry(turn, entry, outcome)
    exit_ = outcome is EntryOutcome.QUEUE_EXIT
    ended = InteractionOutcome.ABANDONED if exit_ else InteractionOutcome.ENDED_IN_FLOW
    send(turn, leg, target, ended, (entry.queue,))


# The exit key.


def digit_pressed(turn: Turn, fact: DigitPressed) -> None:
    """Of an agent it accepts, of a caller it leaves the queue; any other means nothing."""
    entry = _exits(turn.state, fact)
    if entry is None:
        offering.digit(turn, fact)
    else:
        target = turn.state.queue(entry.queue).leaving.exit_to
        leave(turn, entry, EntryOutcome.QUEUE_EXIT, target)


def awaits_key(state: State, fact: DigitPressed) -> bool:
    """Whether we have asked for that key: then it is no secret."""
    return offering.awaits_key(state, fact.channel) or _exits(state, fact) is not None


def _exits(state: State, fact: DigitPressed) -> Entry | None:
    """The wait that this key ends."""
    entry = _waits(state, fact.channel)
    if entry is None or state.queue(entry.queue).leaving.exit_to is None:
        return None
    announcer = state.announcers.get(entry.id)
    plan = announcer.plan if announcer else None
    exits = plan and plan.announce.exit and plan.exit_digit == fact.digit
    return entry if exits else None


def _waits(state: State, channel: Channel) -> Entry | None:
    leg = state.legs.get(channel)
    entries = state.entries_of(leg.interaction) if leg else []
    return next((e for e in entries if e.channel == channel and e.winner is None), None)


# The clock.


def entry_due(turn: Turn, entry: Entry) -> None:
    if entry.timeout_at is None or entry.timeout_at > turn.now or entry.winner:
        waiting.entry_due(turn, entry)
    elif turn.state.node_up(turn.state.interactions[entry.interaction].node):
        target = turn.state.queue(entry.queue).leaving.timeout_to
        leave(turn, entry, EntryOutcome.QUEUE_TIMEOUT, target)
    else:
        waiting.entry_due(turn, replace(entry, timeout_at=turn.now + LATER))


# Nobody is there.


def vacancy_due(turn: Turn, vacancy: Vacancy) -> None:
    """Those who have waited in vain for long enough leave, in their order."""
    target = turn.state.queue(vacancy.queue).leaving.no_agents_to
    for entry in _callers(turn, vacancy):
        node = turn.state.interactions[entry.interaction].node
        if entry.entered_at + GRACE <= turn.now and turn.state.node_up(node):
            leave(turn, entry, EntryOutcome.NO_AGENTS, target)
    # Whose target cannot be reached is back by now.
    left = [entry.entered_at + GRACE for entry in _callers(turn, vacancy)]
    due = max(min(left), turn.now + LATER) if left else None
    turn.state.put(replace(vacancy, due=due))


def _callers(turn: Turn, vacancy: Vacancy) -> list[Entry]:
    """Those who wait in the queue, in their order."""
    entries = [turn.state.entries[entry] for entry in turn.state.places[vacancy.queue]]
    return [entry for entry in entries if entry.kind is EntryKind.CALLER]
