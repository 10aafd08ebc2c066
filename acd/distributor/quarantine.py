"""Quarantine: a bug met this interaction or agent; nobody else shall notice."""

from dataclasses import replace

from acd.agents.agent import Activity
from acd.agents.assignment import Phase
from acd.agents.attempt import AttemptOutcome
from acd.calls.interaction import Interaction, InteractionOutcome
from acd.distributor.closing import let_go
from acd.distributor.turn import Turn, logged_out
from acd.effects import DestroyBridge
from acd.ids import AgentId, InteractionId, lane_of
from acd.queues.entry import Entry, EntryOutcome
from acd.queues.offer import OfferOutcome
from acd.settings import NOT_RESPONDING


def quarantine(turn: Turn, owner: InteractionId | AgentId) -> None:
    if owner in turn.state.interactions:
        _give_up(turn, turn.state.interactions[InteractionId(owner)])
    elif owner in turn.state.agents:
        _set_aside(turn, AgentId(owner))


def _give_up(turn: Turn, interaction: Interaction) -> None:
    """End every row of the interaction by hand: the usual ways may be what is broken."""
    state = turn.state
    for attempt in [a for a in state.attempts.values() if a.interaction == interaction.id]:
        cancelled = AttemptOutcome.CANCELLED
        state.end(replace(attempt, outcome=cancelled, ended_at=turn.now, due=None))
    for offer in [o for o in state.offers.values() if o.interaction == interaction.id]:
        state.end(replace(offer, outcome=OfferOutcome.WITHDRAWN, ended_at=turn.now, due=None))
    for entry in state.entries_of(interaction.id):
        _end_entry(turn, entry)
    for leg in state.legs_of(interaction.id):
        let_go(turn, leg)
    for bridge in interaction.bridges:
        own = lane_of(interaction.id)
        turn.do(DestroyBridge(lane=own, node=interaction.node, bridge=bridge))
    for agent in list(state.agents.values()):
        rest = tuple(a for a in agent.assignments if a.interaction != interaction.id)
        if rest != agent.assignments:
            state.put(replace(agent, assignments=rest))
            _set_aside(turn, agent.id)
    failed = InteractionOutcome.FAILED
    state.end(replace(interaction, reached=failed, outcome=failed, ended_at=turn.now))


def _end_entry(turn: Turn, entry: Entry) -> None:
    announcer = turn.state.announcers.get(entry.id)
    if announcer:
        turn.state.end(announcer)
    turn.state.end(replace(entry, outcome=EntryOutcome.MOVED, ended_at=turn.now, timeout_at=None))


def _set_aside(turn: Turn, agent_id: AgentId) -> None:
    """Nothing of the agent's own is waited for any more: its deadline may be what was met."""
    agent = turn.state.agents[agent_id]
    agent = replace(
        agent,
        assignments=tuple(a for a in agent.assignments if a.phase is not Phase.ACW),
        acw_until=None,
        devices=tuple(device.at(turn.now) for device in agent.devices),
    )
    if agent.leaving and not agent.assignments:
        agent = logged_out(agent, turn.now)
    if agent.project is not None:
        agent = replace(
            agent,
            status=NOT_RESPONDING,
            category=turn.state.settings.statuses[NOT_RESPONDING].category,
            since=turn.now,
            pending=None,
            because="met a bug of the ACD",
        ).did(Activity.STATUS, turn.now)
    turn.state.put(agent)
