"""Picking up: a phone that dials the code has the call that rings at a colleague's."""

from acd.agents.agent import Agent, NotReady
from acd.calls.leg import Leg, LegState, Role
from acd.distributor import arriving
from acd.distributor.arriving import begin, picked_leg
from acd.distributor.connecting import win
from acd.distributor.dialling import refuse, target_answered
from acd.distributor.offering import answered_unasked
from acd.distributor.taking import obstacle, said
from acd.distributor.turn import Turn
from acd.effects import Reason
from acd.facts import CallArrived
from acd.ids import ExtensionNumber, NodeId
from acd.queues.entry import Entry

PICKED_UP = "picked up"
"""In place of a strategy: whose phone rang was not there."""
RINGS = {LegState.ASKED, LegState.RINGING}
ON_A_PHONE = {None, NotReady.DEVICE}
"""Whether the phone could ring says nothing of who has it in hand."""


def call_arrived(turn: Turn, fact: CallArrived) -> None:
    """A call of its own, or the code, which makes none where there is something to take."""
    groups, node = turn.state.settings.pickup_groups.values(), fact.channel.node
    mine = [group for group in groups if fact.extension in group]
    if not mine or fact.number != turn.state.settings.pickup_code:
        arriving.call_arrived(turn, fact)
    elif fact.channel not in turn.state.legs:
        numbers = dict.fromkeys(number for group in mine for number in group)
        _pick_up(turn, fact, _ringing(turn, node, [n for n in numbers if n != fact.extension]))


def _ringing(turn: Turn, node: NodeId, numbers: list[ExtensionNumber]) -> list[Leg]:
    """What rings at these phones for somebody; what has rung for longest first."""
    legs = (leg for number in numbers for leg in turn.state.legs_on(node, number))
    rings = (leg for leg in legs if leg.state in RINGS and leg.role in (Role.AGENT, Role.TARGET))
    return sorted(rings, key=lambda leg: (leg.asked_at, leg.channel.id))


def _pick_up(turn: Turn, fact: CallArrived, ringing: list[Leg]) -> None:
    """Take the first that may be taken; where there is none the phone says so."""
    if any(_taken(turn, fact, leg) for leg in ringing):
        return
    _, leg = begin(turn, fact)
    refuse(turn, leg, Reason.BUSY if ringing else Reason.UNALLOCATED)


def _taken(turn: Turn, fact: CallArrived, leg: Leg) -> bool:
    """Take what rings there; False where it is not for this phone."""
    attempt = turn.state.attempts.get(leg.channel)
    if attempt is None:
        # Of no queue: anybody may have it, be it the phone of an agent or not.
        target_answered(turn, picked_leg(turn, fact, leg.interaction, Role.TARGET))
        return True
    offer = turn.state.offers[attempt.offer]
    entry = turn.state.entries[offer.entry]
    agent = _agent_for(turn, fact, entry)
    if agent is None:
        return False
    picked = picked_leg(turn, fact, leg.interaction, Role.AGENT)
    why = said(turn, PICKED_UP, agent.id, f"from {offer.agent}")
    win(turn, answered_unasked(turn, picked, turn.state.entries[entry.id], why))
    return True


def _agent_for(turn: Turn, fact: CallArrived, entry: Entry) -> Agent | None:
    """Who picks up, if that is an agent who could take a call of the queue."""
    assert fact.extension
    agent = turn.state.agent_on(fact.channel.node, fact.extension)
    if agent is None or agent.not_ready not in ON_A_PHONE or obstacle(turn, entry, agent):
        return None
    return agent
