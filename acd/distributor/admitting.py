"""Admitting: whether somebody may come into a queue, by how many wait and who is there."""

from typing import NamedTuple

from acd.agents.agent import NotReady
from acd.distributor.state import State
from acd.distributor.turn import Turn
from acd.ids import QueueName
from acd.queues.entry import EntryOutcome
from acd.queues.vacancy import GRACE, Vacancy
from acd.settings import QueueSettings
from acd.targets import Target
from acd.waits import Empty

NOT_LOGGED_IN = ("logged out", "in another project")
"""Why somebody is kept out who is not there at all."""


class Refusal(NamedTuple):
    """How the wait has ended that did not begin, and where the caller goes."""

    outcome: EntryOutcome
    to: Target | None


def refusal(turn: Turn, settings: QueueSettings) -> Refusal | None:
    """Why nobody comes in now; None if one may."""
    empty, leaving = emptiness(turn.state, settings), settings.leaving
    if empty is Empty.NONE_AVAILABLE and _is_resting(turn.state, settings):
        empty = None
    if empty and empty not in leaving.join_when_empty:
        return Refusal(EntryOutcome.NO_AGENTS, leaving.no_agents_to)
    if _is_full(turn, settings):
        return Refusal(EntryOutcome.FULL, leaving.full_to)
    return None


def _is_full(turn: Turn, settings: QueueSettings) -> bool:
    """Who can be put through at once does not wait."""
    if turn.state.pools[settings.queue].has_idle(stage=0):
        return False
    place, leaving = 1 + len(turn.state.places[settings.queue]), settings.leaving
    if leaving.max_waiting is not None and place > leaving.max_waiting:
        return True
    pace = turn.state.paces.get(settings.queue)
    wait = pace.estimate(place, turn.now) if pace and leaving.max_wait_s else None
    return wait is not None and wait.total_seconds() > (leaving.max_wait_s or 0)


def emptiness(state: State, settings: QueueSettings) -> Empty | None:
    """Why nobody could take a call, even if nobody had one; None if somebody could."""
    pool = state.pools[settings.queue]
    kept_out = {reason: count for reason, count in pool.kept_out.items() if count}
    if len(pool) or NotReady.BUSY in kept_out:
        return None
    there = [reason for reason in kept_out if reason not in NOT_LOGGED_IN]
    if not there:
        return Empty.NONE_LOGGED_IN
    return Empty.ALL_PAUSED if there == [NotReady.STATUS] else Empty.NONE_AVAILABLE


def _is_resting(state: State, settings: QueueSettings) -> bool:
    """Whether of somebody who is available only the phone is not on hook yet."""
    members = (state.agents.get(name) for name in state.indexes.members(settings))
    return any(
        agent.not_ready is NotReady.DEVICE
        and agent.project == settings.project
        and any(device.endpoints and device.out_until is None for device in agent.devices)
        for agent in members
        if agent
    )


# Queues for which nobody is there any more.


def look_for_vacancies(turn: Turn) -> None:
    """Of the queues whose agents have come, gone or changed: note since when nobody is there."""
    for queue in list(turn.state.restaffed):
        settings = turn.state.settings.queues.get(queue)
        vacancy = turn.state.vacancies.get(queue)
        empty = settings and emptiness(turn.state, settings)
        if settings is None or empty not in settings.leaving.leave_when_empty:
            if vacancy:
                turn.state.end(vacancy)
        elif vacancy is None:
            since, due = turn.now, turn.now + GRACE
            turn.state.put(Vacancy(queue=queue, since=since, due=due))


def wait_in_vain(turn: Turn, queue: QueueName) -> None:
    """Somebody has come in: if nobody is there, for no longer than the others."""
    vacancy = turn.state.vacancies.get(queue)
    if vacancy and vacancy.due is None:
        since, due = vacancy.since, turn.now + GRACE
        turn.state.put(Vacancy(queue=queue, since=since, due=due))
