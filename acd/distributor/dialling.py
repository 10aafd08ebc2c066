"""Dialling: a phone of ours calls another one. Whoever talks so is busy for the queues."""

from datetime import timedelta

from acd.agents.device import DeviceKind
from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import Leg, LegMove, Role
from acd.distributor.closing import reach
from acd.distributor.turn import Turn, caller_leg, hang_up, join, make_bridge, ring
from acd.distributor.waiting import answer, come_back
from acd.effects import Reason, SignalRinging
from acd.ids import HOLDING, CallGroupName, ExtensionNumber, NodeId, lane_of

RING = timedelta(seconds=30)
BUSY = {486, 600, 603}


def call_colleague(turn: Turn, caller: Leg, number: ExtensionNumber) -> None:
    """One of our phones calls another; one who cannot be disturbed is busy."""
    if not call_extension(turn, caller, number):
        refuse(turn, caller, Reason.BUSY)


def refuse(turn: Turn, caller: Leg, reason: Reason) -> None:
    """Nothing comes of the call, and the phone says why."""
    reach(turn, caller.interaction, InteractionOutcome.FAILED)
    hang_up(turn, caller, reason)


def call_extension(turn: Turn, caller: Leg, number: ExtensionNumber) -> bool:
    """Ring all phones of the extension; False if there is none, or it is busy."""
    return _ring(turn, caller, (number,), RING)


def can_ring(turn: Turn, node: NodeId, number: ExtensionNumber) -> bool:
    """Whether the extension has phones, and is not busy."""
    return bool(_endpoints(turn, node, number))


def call_group(turn: Turn, caller: Leg, name: CallGroupName) -> bool:
    """Ring all extensions of the group but the caller's own; False if none can be rung."""
    group = turn.state.settings.call_groups.get(name)
    if group is None:
        return False
    others = tuple(number for number in group.extensions if number != caller.extension)
    return _ring(turn, caller, others, timedelta(seconds=group.ring_s), group.name)


def _ring(
    turn: Turn,
    caller: Leg,
    numbers: tuple[ExtensionNumber, ...],
    ring_for: timedelta,
    name: str | None = None,
) -> bool:
    """Ring all phones of these extensions together; False if none can be."""
    node = turn.state.interactions[caller.interaction].node
    found = [(number, to) for number in numbers for to in _endpoints(turn, node, number)]
    if found and not caller.up:
        turn.do(SignalRinging(lane=lane_of(caller.interaction), channel=caller.channel))
    for number, endpoint in found:
        interaction = turn.state.interactions[caller.interaction]
        agent = turn.state.agent_on(node, number)
        who, due = agent.id if agent else None, turn.now + ring_for
        leg = ring(turn, interaction, endpoint, Role.TARGET, who, due, name=name)
        if agent:
            turn.state.put(agent.with_leg(DeviceKind.EXTENSION, leg.channel.id))
    return bool(found)


def _endpoints(turn: Turn, node: NodeId, number: ExtensionNumber) -> tuple[str, ...]:
    """What can be rung: one who is busy is not disturbed."""
    agent = turn.state.agent_on(node, number)
    if agent is None:
        phone = turn.state.phones.get((node, number))
        return phone.contacts if phone and not turn.state.legs_on(node, number) else ()
    device = agent.device(DeviceKind.EXTENSION)
    return device.endpoints if device.usable and not agent.assignments else ()


def target_answered(turn: Turn, leg: Leg) -> None:
    """The first phone that answers has the call; a caller may have waited in a queue before."""
    caller = caller_leg(turn, turn.state.interactions[leg.interaction])
    if caller is None or caller.bridge not in (None, HOLDING):
        hang_up(turn, leg, Reason.ANSWERED_ELSEWHERE)
        return
    join(turn, leg, make_bridge(turn, leg.interaction))
    _bring(turn, caller, turn.state.legs[leg.channel])


def target_found(turn: Turn, leg: Leg) -> None:
    """After a gap a phone is in a bridge, with the caller or before the caller is."""
    caller = caller_leg(turn, turn.state.interactions[leg.interaction])
    if caller is None or caller.bridge not in (None, HOLDING, leg.bridge):
        hang_up(turn, leg, Reason.ANSWERED_ELSEWHERE)
        return
    _bring(turn, caller, leg)


def _bring(turn: Turn, caller: Leg, leg: Leg) -> None:
    """That phone has the call: the caller comes to it, and no other rings."""
    for other in _targets(turn, leg):
        hang_up(turn, other, Reason.ANSWERED_ELSEWHERE)
    if caller.bridge != leg.bridge:
        assert leg.bridge
        answered = answer(turn, caller)
        turn.state.put(answered)
        join(turn, answered, leg.bridge)
    reach(turn, leg.interaction, InteractionOutcome.ANSWERED)


def target_left(turn: Turn, leg: Leg, sip_status: int | None) -> None:
    """Nobody rings any more: the caller is told why, and one who has waited waits again."""
    caller = caller_leg(turn, turn.state.interactions[leg.interaction])
    if caller is None or _targets(turn, leg):
        return
    if caller.up and caller.bridge == HOLDING and not turn.state.entries_of(leg.interaction):
        come_back(turn, caller)
    else:
        hang_up(turn, caller, Reason.BUSY if sip_status in BUSY else Reason.NO_ANSWER)


def _targets(turn: Turn, leg: Leg) -> list[Leg]:
    """The other phones of the call, of those that are not being hung up."""
    others = turn.state.legs_of(leg.interaction)
    return [
        other
        for other in others
        if other.role is Role.TARGET
        and other.channel != leg.channel
        and other.move(LegMove.HANG_UP)
    ]
