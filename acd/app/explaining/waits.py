"""One who waits, at this moment: why nobody is being rung, or who is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from acd.app.explaining.members import queues_before, seconds, why_not_asked
from acd.distributor import State
from acd.ids import AgentId, InteractionId, QueueName
from acd.queues.entry import Entry, EntryKind
from acd.queues.skills import asked
from acd.queues.vacancy import GRACE
from acd.settings import QueueSettings

NAMED = 5
"""So many of those for whom the same holds are named, and so many of those who wait."""


def wait_lines(state: State, interaction: InteractionId, now: datetime) -> list[str]:
    """For each of its waits that goes on: the place, who is rung, and else why nobody is."""
    lines: list[str] = []
    for entry in state.entries_of(interaction):
        settings = state.queue(entry.queue)
        lines += _place(state, entry, now)
        lines += [f"  {line}" for line in _asked(state, entry, settings, now)]
        lines += [f"  {line}" for line in _ahead(state, entry, settings, now)]
    return lines


def queue_lines(state: State, queue: QueueName, now: datetime) -> list[str]:
    """Who waits there and why, those who are served first."""
    waiting = [state.entries[entry] for entry in state.places[queue]]
    lines = [f"queue {queue}: {len(waiting)} wait"]
    for entry in waiting[:NAMED]:
        caller = state.interactions[entry.interaction].caller
        lines += ["", f"{entry.interaction}, {caller}", *wait_lines(state, entry.interaction, now)]
    return lines


def _place(state: State, entry: Entry, now: datetime) -> Iterator[str]:
    places = state.places[entry.queue]
    place = f", place {places.of(entry)} of {len(places)}" if entry.waits else ""
    kind = "" if entry.kind == "caller" else f" ({entry.kind})"
    yield f"now: waits in {entry.queue}{kind} for {seconds(now - entry.entered_at)}{place}"


def _asked(state: State, entry: Entry, queue: QueueSettings, now: datetime) -> Iterator[str]:
    if entry.winner:
        yield f"{state.offers[entry.winner].agent} has answered, and is being put through"
        return
    for offer in (state.offers[each] for each in entry.offers):
        rings = "rings" if offer.attempts else "is about to be rung again"
        yield f"{offer.agent} {rings}, for {seconds(now - offer.offered_at)}"
    if not entry.offers:
        yield from _nobody(state, entry, queue, now)


def _nobody(state: State, entry: Entry, queue: QueueSettings, now: datetime) -> Iterator[str]:
    node = state.interactions[entry.interaction].node
    if not state.node_up(node):
        yield f"nobody is rung: the node {node} is away; `acd doctor` looks at it"
    if entry.not_before and entry.not_before > now:
        yield f"nobody is rung: it is tried again in {seconds(entry.not_before - now)}"
        return
    members = state.indexes.members(queue)
    if not members:
        yield "nobody is rung: nobody is in the queue; assign agents, or let them choose it"
        return
    yield f"nobody is rung; the queue has {_members(len(members))}"
    if wanted := asked(queue, entry.stage):
        yield "asked for: " + ", ".join(f"{skill} {level}" for skill, level in wanted)
    yield from _reasons(state, entry, queue, members, now)


def _reasons(
    state: State, entry: Entry, queue: QueueSettings, members: list[AgentId], now: datetime
) -> Iterator[str]:
    """Who is kept out by what, the same reasons together; and who is free but for others."""
    reasons: dict[str, list[str]] = {}
    for name in members:
        why = why_not_asked(state, entry, name, now) if name in state.agents else "is unknown"
        reasons.setdefault(why or _turn(state, queue, name), []).append(name)
    for why, names in sorted(reasons.items(), key=lambda one: -len(one[1])):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{', '.join(names[:NAMED])}{more}: {why}"


def _turn(state: State, queue: QueueSettings, name: AgentId) -> str:
    """Of one whom nothing keeps from it: whoever goes before."""
    before = [other for other in queues_before(state, queue, name) if len(state.places[other])]
    if before:
        return f"is ready; first come those of {', '.join(before)}, of a higher priority"
    return "is ready; first come those who are before this one"


def _ahead(state: State, entry: Entry, queue: QueueSettings, now: datetime) -> Iterator[str]:
    """What time will bring."""
    if entry.lifted:
        yield "it has waited for too long and goes before all others"
    elif queue.starvation_s is not None and entry.waits:
        at = entry.order_since + timedelta(seconds=queue.starvation_s)
        yield f"goes before all others in {seconds(at - now)}"
    if entry.timeout_at and entry.waits:
        left = seconds(entry.timeout_at - now)
        yield f"goes to {queue.leaving.timeout_to} in {left}, at the queue's time-out"
    vacancy = state.vacancies.get(entry.queue)
    if vacancy and vacancy.due and entry.kind is EntryKind.CALLER:
        left = seconds(max(vacancy.due, entry.entered_at + GRACE) - now)
        yield f"goes to {queue.leaving.no_agents_to} in {left}, as nobody is there"
    if entry.expires_at:
        yield f"is given up in {seconds(entry.expires_at - now)}"


def _members(count: int) -> str:
    return "1 member" if count == 1 else f"{count} members"
