"""Dialling: a phone of ours calls another one. Whoever talks so is busy for the queues."""

from dataclasses import replace
from datetime import timedelta

from acd.agents.agent import Agent
from acd.agents.device import DeviceKind
from acd.calls.interaction import Interaction, InteractionOutcome
from acd.calls.leg import Leg, LegMove, Role
from acd.distributor.closing import reach
from acd.distributor.turn import Turn, caller_leg, hang_up, join, make_bridge, ring
from acd.effects import Answer, Reason, SignalRinging
from acd.ids import lane_of

RING = timedelta(seconds=30)
BUSY = {486, 600, 603}


def call_colleague(turn: Turn, interaction: Interaction, caller: Leg, colleague: Agent) -> None:
    """Ring all phones of the colleague's extension; one who is busy is not disturbed."""
    device = colleague.device(DeviceKind.EXTENSION)
    if colleague.assignments or not device.usable:
        reach(turn, interaction.id, InteractionOutcome.FAILED)
        hang_up(turn, caller, Reason.BUSY)
        return
    turn.do(SignalRinging(lane=lane_of(interaction.id), channel=caller.channel))
    for endpoint in device.endpoints:
        leg = ring(turn, interaction, endpoint, Role.TARGET, colleague.id, turn.now + RING)
        colleague = colleague.with_leg(DeviceKind.EXTENSION, leg.channel.id)
        turn.state.put(colleague)


def target_answered(turn: Turn, leg: Leg) -> None:
    """The first phone that answers has the call."""
    caller = caller_leg(turn, turn.state.interactions[leg.interaction])
    if caller is None or caller.up:
        hang_up(turn, leg, Reason.ANSWERED_ELSEWHERE)
        return
    for other in _targets(turn, leg):
        hang_up(turn, other, Reason.ANSWERED_ELSEWHERE)
    turn.do(Answer(lane=lane_of(leg.interaction), channel=caller.channel))
    answered = replace(caller.move(LegMove.ANSWER) or caller, up_at=turn.now)
    turn.state.put(answered)
    bridge = make_bridge(turn, leg.interaction)
    join(turn, leg, bridge)
    join(turn, answered, bridge)
    reach(turn, leg.interaction, InteractionOutcome.ANSWERED)


def target_left(turn: Turn, leg: Leg, sip_status: int | None) -> None:
    """Nobody rings any more: the caller is told why."""
    caller = caller_leg(turn, turn.state.interactions[leg.interaction])
    if caller and not _targets(turn, leg):
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
