"""Moving: transfer, consult, conference, callback. An agent decides where the caller goes."""

from acd.agents.assignment import Move, Phase
from acd.calls.interaction import Interaction
from acd.calls.leg import Leg
from acd.distributor.admitting import refusal
from acd.distributor.closing import end_entry, settle
from acd.distributor.dialling import call_extension, can_ring
from acd.distributor.sending import call_back, can_call_back, is_open
from acd.distributor.turn import (
    Turn,
    caller_leg,
    hang_up,
    join,
    make_bridge,
    move_agent,
    park,
    parties,
)
from acd.distributor.waiting import enter
from acd.ids import HOLDING, AgentId, BridgeId, ExtensionNumber, QueueName
from acd.queues.entry import Entry, EntryKind, EntryOutcome
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    EndCall,
    Refused,
    RequestCallback,
    Transfer,
    TransferToAgent,
)
from acd.routing.number import normalised
from acd.settings import Category
from acd.targets import TargetKind


def end_call(turn: Turn, request: EndCall) -> None:
    """Hang up the caller; in a conference it is the caller all the same."""
    interaction, _, caller = _talk(turn, request.agent)
    hang_up(turn, caller)
    settle(turn, interaction.id)


def transfer(turn: Turn, request: Transfer) -> None:
    """The caller waits in the other queue, as from now; the agent is done."""
    interaction, _, caller = _talk(turn, request.agent)
    queue = _queue_meant(turn, request.queue)
    if refused := refusal(turn, turn.state.queue(queue)):
        raise Refused(f"{queue} takes nobody in now: {refused.outcome}")
    for other in parties(turn, interaction.id):
        hang_up(turn, other)
    enter(turn, interaction, queue, EntryKind.CALLER, caller)


def transfer_to_agent(turn: Turn, request: TransferToAgent) -> None:
    """The colleague's extension rings, and the caller hears music; nobody there means the old
    place in the queue."""
    interaction, _, caller = _talk(turn, request.agent)
    number = _extension_of(turn, request.colleague, interaction)
    for other in parties(turn, interaction.id):
        hang_up(turn, other)
    park(turn, caller, interaction.queue)
    call_extension(turn, turn.state.legs[caller.channel], number)


def _extension_of(turn: Turn, name: AgentId, interaction: Interaction) -> ExtensionNumber:
    """Of a colleague who takes transferred calls now, and can be rung."""
    agent, settings = turn.state.agents.get(name), turn.state.settings.agents.get(name)
    if agent is None or settings is None:
        raise Refused(f"there is no agent {name}")
    status = turn.state.settings.statuses.get(agent.status) if agent.status else None
    if status is None:
        raise Refused(f"{name} is not logged in")
    if status.category is not Category.AVAILABLE and not status.transferable:
        raise Refused(f"{name} is in the status {status.name}, and takes no transferred calls")
    number = settings.extension
    if number is None or not can_ring(turn, interaction.node, number):
        raise Refused(f"{name} has no free phone")
    return number


def consult(turn: Turn, request: Consult) -> None:
    """The caller is put on hold, the agent waits in the queue for a colleague."""
    interaction, leg, caller = _talk(turn, request.agent)
    queue = _queue_meant(turn, request.queue)
    if len(parties(turn, interaction.id)) > 1:
        raise Refused("a conference is going on")
    park(turn, caller, interaction.queue)
    move_agent(turn, request.agent, interaction.id, Move.HOLD)
    enter(turn, interaction, queue, EntryKind.CONSULT, leg)


def cancel_consult(turn: Turn, request: CancelConsult) -> None:
    """The colleague, or the wait for one, is ended; agent and caller talk again."""
    interaction, leg, caller = _consultation(turn, request.agent)
    for entry in _consults(turn, interaction):
        end_entry(turn, entry, EntryOutcome.ABANDONED)
    for other in parties(turn, interaction.id):
        if other.channel != leg.channel:
            hang_up(turn, other)
    # In the other bridges of the call there may still be the colleague, or a supervisor.
    bridge = make_bridge(turn, interaction.id)
    _bring_together(turn, request.agent, bridge, leg, caller)


def confer(turn: Turn, request: Confer) -> None:
    """The caller comes to where the two already talk."""
    interaction, leg, caller = _consultation(turn, request.agent)
    if leg.bridge is None or leg.bridge == HOLDING or _consults(turn, interaction):
        raise Refused("nobody has answered yet")
    _bring_together(turn, request.agent, leg.bridge, leg, caller)


def request_callback(turn: Turn, request: RequestCallback) -> None:
    """The caller need not stay: the place in the queue does."""
    interaction = turn.state.interactions.get(request.interaction)
    entry = _waiting(turn, request)
    if interaction is None or entry is None:
        raise Refused("this caller is not waiting")
    if not can_call_back(turn, interaction.id, entry.queue):
        raise Refused(f"no outbound route leads to {interaction.caller}")
    caller = caller_leg(turn, interaction)
    assert caller
    end_entry(turn, entry, EntryOutcome.CALLBACK)
    call_back(turn, caller, entry.queue)


def _waiting(turn: Turn, request: RequestCallback) -> Entry | None:
    entries = turn.state.entries_of(request.interaction)
    return next((e for e in entries if e.kind is EntryKind.CALLER and not e.winner), None)


def _talk(turn: Turn, agent: AgentId) -> tuple[Interaction, Leg, Leg]:
    """The interaction in which the agent talks, the agent's leg and the caller's."""
    return _call(turn, agent, Phase.TALKING)


def _consultation(turn: Turn, agent: AgentId) -> tuple[Interaction, Leg, Leg]:
    return _call(turn, agent, Phase.HELD)


def _call(turn: Turn, agent_id: AgentId, phase: Phase) -> tuple[Interaction, Leg, Leg]:
    agent = turn.state.agents.get(agent_id)
    for assignment in agent.assignments if agent else ():
        interaction = turn.state.interactions.get(assignment.interaction)
        if interaction is None or assignment.phase is not phase:
            continue
        legs = [leg for leg in parties(turn, interaction.id) if leg.agent == agent_id]
        caller = caller_leg(turn, interaction)
        # A colleague who is consulted talks too, but not with the caller.
        if caller and legs and (phase is Phase.HELD or legs[0].bridge == caller.bridge):
            return interaction, legs[0], caller
    raise Refused(f"{agent_id} has no caller{' on hold' if phase is Phase.HELD else ''}")


def _queue_meant(turn: Turn, said: str) -> QueueName:
    """By its name, else by a number that leads to it, as it is dialled."""
    settings = turn.state.settings
    queue = QueueName(said)
    if queue not in settings.queues:
        route = settings.route(normalised(said, settings.country))
        if route and route.to.kind is TargetKind.QUEUE:
            queue = QueueName(route.to.name)
    if not is_open(turn, queue):
        raise Refused(f"there is no queue {said}")
    return queue


def _consults(turn: Turn, interaction: Interaction) -> list[Entry]:
    entries = turn.state.entries_of(interaction.id)
    return [entry for entry in entries if entry.kind is EntryKind.CONSULT]


def _bring_together(turn: Turn, agent: AgentId, bridge: BridgeId, *legs: Leg) -> None:
    """Join the legs that are not in the bridge yet; the agent is talking again."""
    for leg in legs:
        if leg.bridge != bridge:
            join(turn, leg, bridge)
    interaction = legs[0].interaction
    move_agent(turn, agent, interaction, Move.RESUME)
