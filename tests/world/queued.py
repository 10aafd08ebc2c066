"""What must be so of those who wait: what they are told, their places, and that nobody is lost."""

from datetime import timedelta

from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import LegState, Role
from acd.distributor import State
from acd.ids import HOLDING, Channel, EntryId, QueueName
from acd.queues.entry import Entry, EntryOutcome
from acd.waits import Empty
from tests.world import oracle
from tests.world.world import World

LEFT = {EntryOutcome.QUEUE_EXIT, EntryOutcome.QUEUE_TIMEOUT, EntryOutcome.NO_AGENTS}
"""How a wait ends that an agent has not won."""


def always(state: State) -> None:
    _announcers(state)
    _nobody_is_forgotten(state)
    for queue in state.settings.queues:
        assert list(state.places[queue]) == places(state, queue), f"the places in {queue}"
        wanted = emptiness(state, queue) in state.settings.queues[queue].leaving.leave_when_empty
        assert (queue in state.vacancies) == wanted, f"whether somebody is there for {queue}"


def at_rest(world: World) -> None:
    """What is told is what plays."""
    for announcer in world.core.state.announcers.values():
        on = world.asterisk.channels[announcer.channel]
        plays = on.playback == announcer.playback
        assert plays or on.playback is None or world.asterisk.crashed, "what nobody knows of plays"


def _announcers(state: State) -> None:
    for announcer in state.announcers.values():
        entry = state.entries.get(announcer.entry)
        assert entry, "somebody is told something who does not wait"
        assert entry.channel == announcer.channel
        assert announcer.silent == bool(entry.winner), "told something in spite of the win"
        assert not (announcer.silent and announcer.playback), "it is not cut at the win"
        assert bool(announcer.playback) == bool(announcer.over_by), "it plays for ever"


def _nobody_is_forgotten(state: State) -> None:
    """A caller on hold waits in a queue, is held by an agent, or rings somebody."""
    for leg in state.legs.values():
        if leg.role is not Role.CALLER or leg.bridge != HOLDING or leg.state is not LegState.UP:
            continue
        others = [other for other in state.legs_of(leg.interaction) if other != leg]
        assert others or state.entries_of(leg.interaction), "a caller waits for nothing"


def hung_up(state: State, channel: Channel) -> None:
    """We end a leg: of a caller who has been answered only if something came of the call."""
    leg = state.legs.get(channel)
    if leg and leg.role is Role.CALLER and not leg.made and leg.up_at:
        reached = state.interactions[leg.interaction].reached
        assert reached is not InteractionOutcome.ABANDONED, "we hang up on who waits"


def left(entry: Entry, before: Entry | None) -> None:
    """A wait has ended."""
    if entry.outcome in LEFT:
        assert before is None or before.winner is None, f"{entry.outcome} in spite of the win"
    if entry.outcome is EntryOutcome.QUEUE_TIMEOUT:
        assert entry.ended_at
        assert entry.ended_at >= entry.entered_at + timedelta(seconds=5)


def places(state: State, queue: QueueName) -> list[EntryId]:
    """Who waits there, in the order in which they are served."""
    mine = [e for e in state.entries.values() if e.queue == queue and e.winner is None]
    return [e.id for e in sorted(mine, key=lambda e: (not e.lifted, e.order_since, e.id))]


def emptiness(state: State, queue: QueueName) -> Empty | None:
    """Why nobody could ever take a call of the queue, as it is."""
    reasons = {oracle.kept_out_of(state, agent, queue) for agent in oracle.members(state, queue)}
    if reasons & {None, "busy"}:
        return None
    there = reasons - {"logged out", "in another project"}
    if not there:
        return Empty.NONE_LOGGED_IN
    return Empty.ALL_PAUSED if there == {"not available"} else Empty.NONE_AVAILABLE
