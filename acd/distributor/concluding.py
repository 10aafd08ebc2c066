"""Concluding: an agent closes a call with a result code, or the queue's default one does.

Each agent who had the caller closes his or her part of the call, once.
"""

from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.dispositions.choosing import chosen, codes_of, default_of, must_close
from acd.dispositions.disposition import Disposition
from acd.distributor.state import State
from acd.distributor.turn import Turn
from acd.ids import AgentId, InteractionId
from acd.requests import Refused, SubmitDisposition
from acd.settings import QueueSettings, ResultCode


def submit(turn: Turn, request: SubmitDisposition) -> None:
    """Close the call; a code's extra time begins now, or when the talk ends. Raises Refused."""
    agent = turn.state.agents.get(request.agent)
    assignment = agent.assignment(request.interaction) if agent else None
    if agent is None or assignment is None or not assignment.is_call:
        raise Refused(
            f"{request.agent} has no call {request.interaction} to close: a call is closed while "
            "the agent talks, or in the after-call work"
        )
    if assignment.disposition:
        raise Refused(
            f"{agent.id} has closed {request.interaction} already, with {assignment.disposition}"
        )
    code = chosen(request.code, _codes(turn.state, assignment), request.note)
    _close(turn, agent, assignment, code, note=request.note, tags=request.tags)
    _give_extra_time(turn, agent.id, assignment, code)


def close_by_default(turn: Turn, agent_id: AgentId, interaction: InteractionId) -> None:
    """The agent lets go of the call: where it had to be closed and was not, it is now."""
    agent = turn.state.agents[agent_id]
    assignment = agent.assignment(interaction)
    if assignment is None or assignment.disposition or not assignment.is_call:
        return
    code = default_of(_queue(turn.state, assignment), turn.state.settings.result_codes)
    if code:
        _close(turn, agent, assignment, code, automatic=True)


def must_be_closed(turn: Turn, assignment: Assignment) -> None:
    """Raises Refused where the call has to be closed first."""
    if assignment.disposition is None:
        must_close(_queue(turn.state, assignment), _codes(turn.state, assignment))


def _close(
    turn: Turn,
    agent: Agent,
    assignment: Assignment,
    code: ResultCode,
    *,
    note: str = "",
    tags: tuple[str, ...] = (),
    automatic: bool = False,
) -> None:
    """Write it down. The row is for reports only: that the call is closed the assignment knows."""
    assert assignment.offer
    disposition = Disposition(
        offer=assignment.offer,
        interaction=assignment.interaction,
        agent=agent.id,
        project=agent.project,
        queue=assignment.queue,
        code=code.name,
        category=code.category,
        note=note,
        tags=tags,
        automatic=automatic,
        at=turn.now,
    )
    turn.state.put(disposition)
    turn.state.end(disposition)
    turn.state.put(agent.with_assignment(replace(assignment, disposition=code.name)))


def _give_extra_time(
    turn: Turn, agent_id: AgentId, assignment: Assignment, code: ResultCode
) -> None:
    """It takes the place of what is left of after-call work, or of all of it."""
    if not code.extra_time_s:
        return
    agent = turn.state.agents[agent_id]
    if assignment.phase is Phase.ACW:
        until = turn.now + timedelta(seconds=code.extra_time_s)
        turn.state.put(replace(agent, acw_until=until))
        return
    closed = replace(assignment, disposition=code.name, acw_s=code.extra_time_s)
    turn.state.put(agent.with_assignment(closed))


def _queue(state: State, assignment: Assignment) -> QueueSettings | None:
    return state.settings.queues.get(assignment.queue) if assignment.queue else None


def _codes(state: State, assignment: Assignment) -> tuple[ResultCode, ...]:
    return codes_of(_queue(state, assignment), state.settings.result_codes)
