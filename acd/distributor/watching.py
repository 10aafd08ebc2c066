"""Watching: what failed, what took too long, and what recovery finds when a node is back.

After a gap nobody knows which effects were done. All are safe to do twice, so what the state
presupposes is simply asked for again.
"""

from collections.abc import Callable
from dataclasses import replace

from acd.agents.agent import Agent
from acd.agents.attempt import Attempt
from acd.agents.device import Phone
from acd.calls.interaction import InteractionOutcome
from acd.calls.leg import Leg, LegMove, LegState, Role
from acd.distributor import connecting
from acd.distributor.announcing import playback_over
from acd.distributor.closing import end_offer, reach
from acd.distributor.connecting import customer_answered, joined, win
from acd.distributor.dialling import target_answered, target_found
from acd.distributor.leaving import leg_gone
from acd.distributor.listening import snoop_answered, supervisor_answered
from acd.distributor.offering import attempt_answered, attempt_due, ring_again
from acd.distributor.staffing import out_of_reach, reach_devices
from acd.distributor.state import Node, Row
from acd.distributor.turn import ASK_AGAIN, Turn, arm, hang_up, join, lane, make, park
from acd.effects import (
    Alarm,
    Answer,
    ArmDeadMan,
    DestroyBridge,
    HangUp,
    Join,
    MakeBridge,
    Play,
    Reason,
    Ring,
    Snoop,
    StartMusic,
    StopMusic,
    Watch,
)
from acd.facts import (
    BridgeMissing,
    EffectFailed,
    LegAnswered,
    LegFound,
    LegGone,
    LegJoined,
    NodeLost,
    NodeUp,
    StrayFound,
    TrunkChanged,
)
from acd.ids import HOLDING, BridgeId, Channel, Lane, NodeId, lane_of, maker_of
from acd.queues.entry import Entry
from acd.queues.offer import Offer, OfferOutcome

ANSWERED: dict[Role, Callable[[Turn, Leg], None]] = {
    Role.AGENT: attempt_answered,
    Role.CALLER: customer_answered,
    Role.TARGET: target_answered,
    Role.SUPERVISOR: supervisor_answered,
    Role.SNOOP: snoop_answered,
}


def leg_answered(turn: Turn, fact: LegAnswered) -> None:
    leg = turn.state.legs.get(fact.channel)
    if leg is None:
        # We have made it, or the run before, and know it no more: whoever answers hears nothing.
        turn.do(HangUp(lane=lane_of(fact.channel.id), channel=fact.channel))
        return
    up = leg.move(LegMove.ANSWER)
    if up is None:
        return
    up = replace(up, up_at=turn.now, due=None)
    turn.state.put(up)
    ANSWERED[up.role](turn, up)


# What failed or took too long.


def effect_failed(turn: Turn, fact: EffectFailed) -> None:
    """A leg that could not be made is gone. One that could not be placed is placed again after a
    while. The rest mends itself: by the deadline of what it was for, by the next sweep, or when
    the node is reached again."""
    match fact.effect:
        case Ring(channel=channel) | Snoop(channel=channel):
            if fact.unreachable:
                # It may have been made all the same.
                turn.do(HangUp(lane=fact.effect.lane, channel=channel))
            leg_gone(turn, LegGone(channel=channel))
        case Watch() | Answer() | Join() | StartMusic() | StopMusic() | ArmDeadMan():
            _doubt(turn, fact.effect.channel)
        case Play(playback=playback):
            playback_over(turn, playback)
        case _:
            pass


def _doubt(turn: Turn, channel: Channel) -> None:
    leg = turn.state.legs.get(channel)
    if leg and leg.up and leg.bridge:
        turn.state.put(replace(leg, doubted=True, due=turn.now + ASK_AGAIN))


def leg_due(turn: Turn, leg: Leg) -> None:
    """Ask again for an end or a place, re-arm a waiting caller, give up one who does not
    answer."""
    if leg.state is LegState.ENDING:
        turn.state.put(replace(leg, due=turn.now + ASK_AGAIN))
        turn.do(HangUp(lane=lane(leg), channel=leg.channel))
    elif leg.up and leg.doubted:
        _place_again(turn, replace(leg, doubted=False, due=None))
    elif leg.up:
        arm(turn, leg)
    else:
        hang_up(turn, leg, Reason.NO_ANSWER)


def attempt_or_gap_due(turn: Turn, attempt: Attempt) -> None:
    """While its node is lost nobody can tell whether a device rings: nothing was missed."""
    if turn.state.node_up(attempt.channel.node):
        attempt_due(turn, attempt)
    else:
        end_offer(turn, turn.state.offers[attempt.offer], OfferOutcome.WITHDRAWN)


def offer_due(turn: Turn, offer: Offer) -> None:
    if offer.won_by:
        connecting.offer_due(turn, offer)
    else:
        ring_again(turn, offer)


# Nodes.


def node_lost(turn: Turn, fact: NodeLost) -> None:
    """Nothing new is offered there until the node is reached again."""
    known = turn.state.nodes.get(fact.node, Node(id=fact.node, up=False))
    turn.state.put(replace(known, up=False))
    for _, phone in sorted(turn.state.phones.items()):
        if phone.node == fact.node:
            turn.state.put(asleep(phone))
    for agent in _agents_on(turn, fact.node):
        reach_devices(turn, agent)


def asleep(row: Row) -> Row:
    """The row without what is known only while its node is reached."""
    match row:
        case Node():
            return replace(row, up=False)
        case Phone():
            return replace(row, contacts=())
        case Agent():
            return out_of_reach(row)
        case _:
            return row


def bridge_missing(turn: Turn, fact: BridgeMissing) -> None:
    """Another one takes its place: an id that Asterisk may have had is not used again."""
    interaction = turn.state.interactions.get(maker_of(fact.bridge))
    if interaction is None or fact.bridge not in interaction.bridges:
        return
    new = BridgeId(make(turn, interaction.id))
    interaction = turn.state.interactions[interaction.id]
    bridges = tuple(new if bridge == fact.bridge else bridge for bridge in interaction.bridges)
    turn.state.put(replace(interaction, bridges=bridges))
    for leg in turn.state.legs_of(interaction.id):
        if leg.bridge == fact.bridge:
            turn.state.put(replace(leg, bridge=new))
    for entry in turn.state.entries_of(interaction.id):
        if entry.bridge == fact.bridge:
            turn.state.put(replace(entry, bridge=new))
    turn.do(MakeBridge(lane=lane_of(interaction.id), node=fact.node, bridge=new))


def leg_found(turn: Turn, fact: LegFound) -> None:
    """The leg has outlived the gap: see where it got to, and put it again where it belongs."""
    leg = turn.state.legs.get(fact.channel)
    if leg is None:
        return
    if leg.state is LegState.ENDING:
        turn.do(HangUp(lane=lane(leg), channel=leg.channel))
        return
    leg = _believe(turn, leg, fact)
    _look_after(turn, leg)
    _go_on(turn, leg, fact)


def _go_on(turn: Turn, leg: Leg, fact: LegFound) -> None:
    """What would have followed, had the gap not been."""
    attempt = turn.state.attempts.get(leg.channel)
    if attempt and fact.bridge and fact.bridge == leg.bridge:
        win(turn, attempt)
    elif fact.up and leg.made and not leg.up:
        leg_answered(turn, LegAnswered(channel=leg.channel))
    elif leg.role is Role.TARGET and leg.bridge and leg.bridge == fact.bridge:
        target_found(turn, leg)
    elif leg.bridge and leg.bridge == fact.bridge != HOLDING:
        _found_in_talk(turn, leg, leg.bridge, alone=fact.alone)
    elif leg.bridge:
        _place_again(turn, leg)


def _found_in_talk(turn: Turn, leg: Leg, bridge: BridgeId, *, alone: bool) -> None:
    """With somebody, the win is done. Alone, the winner has gone before it was, or is not there
    yet: the end of that leg is still told, or the deadline of the offer decides."""
    if not alone:
        joined(turn, LegJoined(channel=leg.channel, bridge=bridge))
    elif leg.role is Role.CALLER and not turn.state.entries_of(leg.interaction):
        # Sent to one of our phones, which had answered.
        reach(turn, leg.interaction, InteractionOutcome.ANSWERED)


def _believe(turn: Turn, leg: Leg, fact: LegFound) -> Leg:
    """Take over where the leg is, if it was on the way there: in the bridge of its entry, or
    of what it is being rung for."""
    if fact.bridge is None or fact.bridge not in _on_the_way(turn, leg, fact.bridge):
        return leg
    leg = leg.move(LegMove.ANSWER) or leg
    leg = replace(leg, bridge=fact.bridge, due=None, up_at=leg.up_at or turn.now)
    turn.state.put(leg)
    return leg


def _on_the_way(turn: Turn, leg: Leg, found: BridgeId) -> set[BridgeId | None]:
    """Where the leg may have got to without our knowing. A supervisor or a snoop begins anew:
    one is of no use without the other, and of that nothing is known."""
    if leg.listens_to:
        return set()
    interaction = turn.state.interactions[leg.interaction]
    entries = turn.state.entries_of(leg.interaction)
    if not entries and leg.bridge in (None, HOLDING) and maker_of(found) == interaction.id:
        # One of our phones and the other: even the bridge may have been made since.
        if found not in interaction.bridges:
            turn.state.put(replace(interaction, bridges=(*interaction.bridges, found)))
        return {found}
    return {
        entry.bridge
        for entry in entries
        if entry.channel == leg.channel or (leg.role is Role.AGENT and leg.bridge is None)
    }


def _look_after(turn: Turn, leg: Leg) -> None:
    """Of one who talks the wait may not have been ended: that it failed was not kept."""
    lane, talks = lane_of(leg.interaction), leg.bridge not in (None, HOLDING)
    if not leg.made:
        turn.do(Watch(lane=lane, channel=leg.channel))
    if talks:
        turn.do(StopMusic(lane=lane, channel=leg.channel, talks=True))
    if talks and not leg.made:
        turn.do(ArmDeadMan(lane=lane, channel=leg.channel, seconds=0))


def _place_again(turn: Turn, leg: Leg) -> None:
    assert leg.bridge
    if not leg.made:
        turn.do(Watch(lane=lane_of(leg.interaction), channel=leg.channel))
        turn.do(Answer(lane=lane_of(leg.interaction), channel=leg.channel))
    if leg.bridge != HOLDING:
        lane, node = lane_of(leg.interaction), leg.channel.node
        turn.do(MakeBridge(lane=lane, node=node, bridge=leg.bridge))
        join(turn, replace(leg, bridge=HOLDING), leg.bridge)
        return
    interaction = turn.state.interactions[leg.interaction]
    park(turn, leg, interaction.queue)


def trunk_changed(turn: Turn, fact: TrunkChanged) -> None:
    """People are told; calls go on being tried, for the question may be all that fails."""
    node = turn.state.nodes.get(fact.node, Node(id=fact.node, up=False))
    down = {*node.trunks_down} - {fact.trunk} if fact.up else {*node.trunks_down, fact.trunk}
    if down == {*node.trunks_down}:
        return
    turn.state.put(replace(node, trunks_down=tuple(sorted(down))))
    text = "a trunk answers" if fact.up else "a trunk does not answer"
    turn.do(Alarm(lane=Lane(fact.trunk), text=text, about=fact.trunk))


def stray_found(turn: Turn, fact: StrayFound) -> None:
    """Whatever nobody owns is ended."""
    if fact.channel and fact.channel not in turn.state.legs:
        turn.do(HangUp(lane=lane_of(fact.channel.id), channel=fact.channel))
    if fact.bridge and not turn.state.owns_bridge(fact.node, fact.bridge):
        # In the lane in which a leg may be moved out of it.
        lane = lane_of(maker_of(fact.bridge))
        turn.do(DestroyBridge(lane=lane, node=fact.node, bridge=fact.bridge))


def node_up(turn: Turn, fact: NodeUp) -> None:
    """All findings are told. What was being offered is withdrawn, not missed: nobody knows for
    how long it has rung."""
    known = turn.state.nodes.get(fact.node, Node(id=fact.node, up=True))
    turn.state.put(replace(known, up=True, started=fact.started))
    for _, offer in sorted(turn.state.offers.items()):
        if turn.state.interactions[offer.interaction].node != fact.node:
            continue
        if offer.won_by is None:
            end_offer(turn, offer, OfferOutcome.WITHDRAWN)
    for _, entry in sorted(turn.state.entries.items()):
        if turn.state.interactions[entry.interaction].node == fact.node and not entry.winner:
            _wait_again(turn, entry)
    _phones_found(turn, fact)
    for agent in _agents_on(turn, fact.node):
        reach_devices(turn, agent)


def _phones_found(turn: Turn, fact: NodeUp) -> None:
    """All that are registered are told: one that was heard of while the node was away, and is not
    among them, has gone since."""
    heard_of = {phone.extension for phone in turn.state.phones.values() if phone.node == fact.node}
    for extension in sorted(heard_of | fact.contacts.keys()):
        contacts = fact.contacts.get(extension, ())
        turn.state.put(Phone(node=fact.node, extension=extension, contacts=contacts))


def _wait_again(turn: Turn, entry: Entry) -> None:
    """On the way to an agent who is not there any more."""
    leg = turn.state.legs.get(entry.channel) if entry.channel else None
    if leg and leg.up and leg.bridge != HOLDING:
        park(turn, leg, entry.queue)


def _agents_on(turn: Turn, node: NodeId) -> list[Agent]:
    settings = turn.state.settings.agents
    agents = sorted(turn.state.agents.items())
    return [agent for name, agent in agents if name in settings and settings[name].node == node]
