"""Taking: a waiting call rings at one agent because a person says so, whosever turn it is."""

from dataclasses import replace

from acd.agents.agent import Agent, NotReady
from acd.distributor.closing import cancel_attempts, end_offer
from acd.distributor.offering import offer
from acd.distributor.staffing import logged_in
from acd.distributor.turn import Turn
from acd.effects import Reason
from acd.ids import InteractionId
from acd.queues.entry import Entry
from acd.queues.offer import Explanation, OfferOutcome
from acd.requests import AssignEntry, Refused, TakeEntry

TAKEN = "taken"
ASSIGNED = "assigned"
"""In place of a strategy: an agent or a supervisor has decided."""
IN_WORDS = {
    NotReady.LOGGED_OUT: "is not logged in",
    NotReady.STATUS: "is not available",
    NotReady.HOURS: "is in off hours, which can be overridden",
    NotReady.BUSY: "is busy",
    NotReady.DEVICE: "has no phone that can ring now",
}


def take(turn: Turn, request: TakeEntry) -> None:
    """The agent has chosen the call. What another one has taken rings there until it fails."""
    entry = _waiting(turn, request.interaction)
    if entry.only:
        raise Refused(f"it rings at {turn.state.offers[entry.only].agent} already")
    _ring_at(turn, entry, logged_in(turn, request.agent), TAKEN, request.agent)


def assign(turn: Turn, request: AssignEntry) -> None:
    """A supervisor has chosen the agent, and may choose another one while it rings."""
    entry = _waiting(turn, request.interaction)
    _ring_at(turn, entry, logged_in(turn, request.agent), ASSIGNED, request.by)


def obstacle(turn: Turn, entry: Entry, agent: Agent) -> str | None:
    """Why this agent can never have the entry, however free; None if it may be."""
    project = turn.state.queue(entry.queue).project
    if agent.project != project:
        return f"the call is of project {project}, in which {agent.id} does not work now"
    node = turn.state.interactions[entry.interaction].node
    if turn.state.settings.agents[agent.id].node != node:
        return f"the call is on node {node}, the phone of {agent.id} is not"
    return None


def _waiting(turn: Turn, interaction: InteractionId) -> Entry:
    waiting = (entry for entry in turn.state.entries_of(interaction) if entry.waits)
    entry = next(waiting, None)
    if entry is None:
        raise Refused(f"{interaction} is no call that waits")
    if entry.not_before:
        raise Refused(f"{interaction} is to be called back later")
    return entry


def _ring_at(turn: Turn, entry: Entry, agent: Agent, decided: str, by: str) -> None:
    """Ring there and nowhere else; if nothing comes of it the entry has kept its place."""
    if any(turn.state.offers[open_].agent == agent.id for open_ in entry.offers):
        raise Refused(f"{agent.id} is being offered it already")
    why = IN_WORDS[agent.not_ready] if agent.not_ready else None
    if refused := (why and f"{agent.id} {why}") or obstacle(turn, entry, agent):
        raise Refused(refused)
    for other in entry.offers:
        cancel_attempts(turn, turn.state.offers[other], Reason.ANSWERED_ELSEWHERE)
        end_offer(turn, turn.state.offers[other], OfferOutcome.WITHDRAWN)
    offer(turn, turn.state.entries[entry.id], agent.id, said(turn, decided, by))
    entry = turn.state.entries[entry.id]
    turn.state.put(replace(entry, only=entry.offers[-1]))


def said(turn: Turn, decided: str, *by: str) -> Explanation:
    """What is to be said of an offer that no strategy has made."""
    return Explanation(
        strategy=decided,
        key=by,
        runners_up=(),
        excluded=(),
        settings_version=turn.state.settings.version,
    )
