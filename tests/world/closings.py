"""What must be so of calls that are closed, by the rows alone."""

from datetime import timedelta

from acd.agents.agent import Agent
from acd.agents.assignment import Assignment, Phase
from acd.dispositions.disposition import Disposition
from acd.distributor import State
from acd.ids import AgentId, OfferId, QueueName
from tests.world.world import World


def always(world: World) -> None:
    state = world.core.state
    rows = [row for row in world.ended if isinstance(row, Disposition)]
    rows += [change.row for change in world.group if isinstance(change.row, Disposition)]
    closed = {row.offer: row for row in rows}
    assert len(closed) == len(rows), "a part of a call is closed twice"
    for agent in state.agents.values():
        for assignment in agent.assignments:
            _one(agent, assignment, closed)
    must, now = _must(state), _open(state)
    for offer, (name, queue) in world.open_parts.get(world.run, {}).items():
        if offer not in now and offer not in closed and queue in must:
            agent = state.agents.get(name)
            # Set aside after a bug of ours, or removed.
            gone = agent is None or agent.project is None or agent.because
            assert gone, f"{name} has let go of a call that must be closed"
    world.open_parts = {world.run: now}


def _one(agent: Agent, assignment: Assignment, closed: dict[OfferId, Disposition]) -> None:
    row = closed.get(assignment.offer) if assignment.offer else None
    assert (row.code if row else None) == assignment.disposition, "what is closed is not known"
    if row and assignment.phase is Phase.ACW and row.code == "Later" and not row.automatic:
        assert agent.acw_until, "extra time without an end"
        assert agent.acw_until >= row.at + timedelta(seconds=30), "extra time is too short"


def _must(state: State) -> set[QueueName]:
    """The queues whose calls must be closed, and can be."""
    codes = state.settings.result_codes
    queues = state.settings.queues.values()
    return {q.queue for q in queues if q.disposition_required and q.default_result_code in codes}


def _open(state: State) -> dict[OfferId, tuple[AgentId, QueueName]]:
    """The parts of calls that are not closed, whose they are, and of which queue."""
    return {
        one.offer: (agent.id, one.queue)
        for agent in state.agents.values()
        for one in agent.assignments
        if one.offer and one.queue and one.is_call and one.disposition is None
    }
