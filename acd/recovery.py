"""Recovery: what we believe of a node, compared with what it has, as facts.

Pure; acd/app asks Asterisk for the snapshot on every connect and every 60 s.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from acd.calls.leg import Leg, LegState, Role
from acd.facts import BridgeMissing, Fact, LegFound, LegGone, NodeUp, PairFound, StrayFound
from acd.ids import HOLDING, BridgeId, Channel, ChannelId
from acd.views import FoundChannel, Snapshot

CODES = ("*", "#")
"""What begins so is dialled to pick up; which code it is the core knows."""


def after_connect(
    snapshot: Snapshot, legs: Iterable[Leg], bridges: set[BridgeId], *, restarted: bool = False
) -> list[Fact]:
    """What a gap has done. While the node is looked at acd/app lets no command through, so
    nothing is in flight.
    restarted: Asterisk is not the one we knew, all its calls are lost."""
    own = {leg.channel.id: leg for leg in legs if leg.channel.node == snapshot.node}
    facts: list[Fact] = [
        BridgeMissing(node=snapshot.node, bridge=bridge)
        for bridge in sorted(bridges - snapshot.bridges)
    ]
    members = Counter(found.bridge for found in snapshot.channels.values())
    # Who is there first: a leg is moved out of a bridge before that is destroyed. Callers before
    # agents: an agent found beside a caller has won.
    for leg in sorted(own.values(), key=lambda leg: leg.role is not Role.CALLER):
        if found := snapshot.channels.get(leg.channel.id):
            alone = members[found.bridge] == 1
            facts.append(
                LegFound(channel=leg.channel, up=found.up, bridge=found.bridge, alone=alone)
            )
    pairs, picked = _pairs(snapshot, set(own)), _picked(snapshot, set(own))
    # Who has picked up has the call before the phone it rang at is gone.
    facts += picked
    # A caller who hung up is told before the leg of the agent that this has ended. Where all went
    # at once nobody hung up: what rang was withdrawn, and the caller has not left it.
    for leg in sorted(own.values(), key=lambda leg: (leg.role is Role.CALLER) == restarted):
        if leg.channel.id not in snapshot.channels:
            facts.append(LegGone(channel=leg.channel, lost=restarted))
    facts += pairs
    pairs += picked
    known = {*own, *(pair.arrived.channel.id for pair in pairs), *(p.other.id for p in pairs)}
    facts += strays(snapshot, known, bridges)
    up = NodeUp(node=snapshot.node, contacts=snapshot.contacts, started=snapshot.started)
    facts.append(up)
    return facts


def _pairs(snapshot: Snapshot, ours: set[ChannelId]) -> list[PairFound]:
    """A caller, and a phone that we have rung and do not know."""
    return [
        PairFound(
            arrived=caller.arrived,
            other=Channel(snapshot.node, phone.id),
            extension=phone.extension,
        )
        for caller, phone in _together(snapshot)
        if caller.arrived and phone.extension and phone.arrived is None and phone.id not in ours
    ]


def _picked(snapshot: Snapshot, ours: set[ChannelId]) -> list[PairFound]:
    """A caller, and a phone that has picked up: nobody else is put to a caller having called."""
    return [
        PairFound(
            arrived=caller.arrived,
            other=phone.arrived.channel,
            extension=phone.arrived.extension,
            picked=phone.arrived,
        )
        for caller, phone in _together(snapshot)
        if caller.arrived and phone.arrived and phone.arrived.extension and phone.id not in ours
        if phone.arrived.number.startswith(CODES) and not caller.arrived.number.startswith(CODES)
    ]


def _together(snapshot: Snapshot) -> Iterator[tuple[FoundChannel, FoundChannel]]:
    """Those who are by themselves in a bridge, either of the two first."""
    together: dict[BridgeId, list[FoundChannel]] = {}
    for found in snapshot.channels.values():
        if found.bridge and found.bridge != HOLDING:
            together.setdefault(found.bridge, []).append(found)
    for pair in together.values():
        if len(pair) == 2:
            one, other = pair
            yield one, other
            yield other, one


def sweep(
    snapshot: Snapshot, before: Iterable[Leg], now: Iterable[Leg], bridges: set[BridgeId]
) -> list[Fact]:
    """What is wrong although events come: legs that were ours all the while and are not there,
    and what is there and nobody's. before: our legs when the snapshot was asked for. A leg that
    is only asked for has its own deadline; one that has ended meanwhile was ours, whatever the
    snapshot shows."""
    then = {leg.channel.id: leg for leg in before if leg.channel.node == snapshot.node}
    ours = {leg.channel.id for leg in now if leg.channel.node == snapshot.node}
    facts: list[Fact] = [
        LegGone(channel=leg.channel)
        for leg in then.values()
        if leg.channel.id in ours and leg.state is not LegState.ASKED
        if leg.channel.id not in snapshot.channels
    ]
    return facts + strays(snapshot, {*then, *ours}, bridges)


def strays(snapshot: Snapshot, ours: set[ChannelId], bridges: set[BridgeId]) -> list[Fact]:
    """What is there and nobody's; a caller among them is a call that nobody has heard of."""
    facts: list[Fact] = []
    for found in snapshot.channels.values():
        if found.id not in ours:
            channel = Channel(snapshot.node, found.id)
            facts.append(found.arrived or StrayFound(node=snapshot.node, channel=channel))
    for bridge in sorted(snapshot.bridges - bridges):
        facts.append(StrayFound(node=snapshot.node, bridge=bridge))
    return facts
